package moderation_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muckick/web/moderation"
	"muckick/xmpp"
)

// A silentRoom is a room that is locked, in which some were muted.
type silentRoom struct {
	moderation.Chat
	roster xmpp.Roster
	refuse string // a nick that gets no voice

	mu    sync.Mutex
	asked []string // the kinds of actions, and whom they were on
}

func (r *silentRoom) Occupants(context.Context, xmpp.RoomJID) (xmpp.Roster, error) {
	return r.roster, nil
}

func (r *silentRoom) DoRecorded(_ context.Context, a xmpp.Action, _ func(xmpp.Result) error) (xmpp.Result, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, strings.TrimSpace(string(a.Kind)+" "+a.Target.Nick))
	if r.refuse != "" && a.Target.Nick == r.refuse {
		return xmpp.Result{}, &xmpp.RefusedError{Err: &xmpp.StanzaError{Type: "cancel", Condition: "not-allowed"}}
	}
	return xmpp.Result{}, nil
}

type effectStore = moderation.Effects

// someEffects are those on record; none is changed but by its end.
type someEffects struct {
	effectStore
	all []moderation.Effect
}

func (e someEffects) Effects(_ context.Context, f moderation.EffectFilter, _ int) ([]moderation.Effect, error) {
	var found []moderation.Effect
	for _, effect := range e.all {
		if effect.Action == f.Action && (f.Account == "" || effect.Account == f.Account) && (f.Nick == "" || effect.Nick == f.Nick) {
			found = append(found, effect)
		}
	}
	return found, nil
}

func (e someEffects) EndEffect(context.Context, moderation.Effect) error { return nil }

func (e someEffects) PutOffEffect(context.Context, moderation.Effect) error { return nil }

// A busyTrail forgets, for many at once.
type busyTrail struct{}

func (busyTrail) Intend(context.Context, moderation.Intent) (moderation.AttemptID, error) {
	return "1", nil
}

func (busyTrail) Conclude(context.Context, moderation.AttemptID, moderation.Conclusion) error {
	return nil
}

var lockedAt = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// visitor is somebody without voice and affiliation who came so long after the lock.
func visitor(nick string, after time.Duration) xmpp.Occupant {
	return xmpp.Occupant{Nick: nick, RealJID: nick + "@x/1", Role: xmpp.RoleVisitor, Affiliation: xmpp.AffiliationNone, Since: lockedAt.Add(after)}
}

func undated(o xmpp.Occupant) xmpp.Occupant { o.Since = time.Time{}; return o }
func hidden(o xmpp.Occupant) xmpp.Occupant  { o.RealJID = ""; return o }

func newSilentDesk(room *silentRoom, effects ...moderation.Effect) *moderation.Desk {
	return moderation.NewDesk(moderation.Options{
		Chat: room, Trail: busyTrail{}, Effects: someEffects{all: effects}, Logger: slog.New(slog.DiscardHandler), Now: time.Now,
		Stored: func(string, time.Duration, error) {}, Panicked: func(any, []byte) {},
	})
}

// Only who came since a lock has lost their voice by it.
func TestSilenced(t *testing.T) {
	member := visitor("mia", time.Minute)
	member.Affiliation = xmpp.AffiliationMember
	talker := visitor("tom", time.Minute)
	talker.Role = xmpp.RoleParticipant
	ours := visitor("ours", time.Minute)
	ours.Ours = true
	tests := []struct {
		name        string
		occupant    xmpp.Occupant
		muckickCame time.Duration // after the lock
		membersOnly bool
		want        bool
	}{
		{name: "came since", occupant: visitor("bob", time.Minute), want: true},
		{name: "came at the moment of the lock", occupant: visitor("bob", 0), want: true},
		{name: "was there before", occupant: visitor("bob", -time.Minute)},
		{name: "is muted by account", occupant: visitor("eve", time.Minute)},
		{name: "bears a nick that is muted", occupant: hidden(visitor("zed", time.Minute))},
		{name: "is a member", occupant: member},
		{name: "can talk", occupant: talker},
		{name: "is muckick's", occupant: ours},
		{name: "was there when muckick came, before the lock", occupant: undated(visitor("bob", 0)), muckickCame: -time.Hour},
		{name: "was there when muckick came, after the lock", occupant: undated(visitor("bob", 0)), muckickCame: time.Hour, want: true},
		{name: "the lock lets nobody in", occupant: visitor("bob", time.Minute), membersOnly: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			roster := xmpp.Roster{Live: true, Self: xmpp.Occupant{Nick: "muckick", Since: lockedAt.Add(tt.muckickCame)}, Occupants: []xmpp.Occupant{tt.occupant}}
			desk := newSilentDesk(&silentRoom{roster: roster},
				moderation.Effect{Action: xmpp.ActionMute, Account: "eve@x"}, moderation.Effect{Action: xmpp.ActionMute, Nick: "zed"})
			got, err := desk.Silenced(t.Context(), moderation.Effect{Action: xmpp.ActionLock, Since: lockedAt, MembersOnly: tt.membersOnly})
			if err != nil || (len(got) == 1) != tt.want {
				t.Errorf("got %v, %v, want them: %t", got, err, tt.want)
			}
		})
	}
}

// Voice is given back when the room is open, and what failed of that is said.
func TestUnlockGivesVoiceBack(t *testing.T) {
	lock := moderation.Effect{ID: "1", Action: xmpp.ActionLock, Since: lockedAt, Fields: map[string]string{"muc#roomconfig_moderatedroom": "0"}}
	for _, tt := range []struct {
		name, refuse, detail string
	}{
		{name: "to all"},
		{name: "one is refused", refuse: "bob", detail: "the room is open, but 1 of 2 who came meanwhile have no voice yet"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			room := &silentRoom{refuse: tt.refuse, roster: xmpp.Roster{Occupants: []xmpp.Occupant{visitor("bob", time.Minute), visitor("carol", time.Minute)}}}
			desk := newSilentDesk(room, lock)
			may, err := moderation.Grants{}.Add([]moderation.Capability{moderation.Lock}, moderation.Everywhere)
			if err != nil {
				t.Fatal(err)
			}
			conclusion, err := desk.Do(t.Context(), moderation.Order{
				Principal: moderation.Principal{Grants: may}, Action: xmpp.Action{Kind: xmpp.ActionUnlock},
			})
			if err != nil || conclusion.Outcome != xmpp.Done || !strings.HasPrefix(conclusion.Detail, tt.detail) || (tt.detail == "") != (conclusion.Detail == "") {
				t.Errorf("got %+v, %v, want that it is done, and %q", conclusion, err, tt.detail)
			}
			if diff := cmp.Diff("unlock", room.asked[0]); diff != "" || len(room.asked) != 3 {
				t.Errorf("got %q, want that the room is opened first, and two get their voice", room.asked)
			}
		})
	}
}

// A lock whose end leaves some without voice stands until they have it, and is then
// on record as lifted by whoever did that.
func TestVoicesLater(t *testing.T) {
	inScene(t, func(s *scene) {
		s.do(s.order(xmpp.ActionLock, "", 0), xmpp.Done)
		s.come("Carol", "Dave", "Eve")
		var voices atomic.Int32
		s.chat.change(func() {
			s.chat.before = func(kind xmpp.ActionKind) error {
				if kind == xmpp.ActionUnmute && voices.Add(1) > 1 {
					return context.DeadlineExceeded
				}
				return nil
			}
		})
		conclusion := s.do(s.order(xmpp.ActionUnlock, "", 0), xmpp.Done)
		if want := "the room is open, but 2 of 3 who came meanwhile have no voice yet"; !strings.HasPrefix(conclusion.Detail, want) {
			t.Errorf("got %q, want %q", conclusion.Detail, want)
		}
		if e := s.expect(0, moderation.EffectStanding, ""); e.EndedBy.Name != "mod" || e.Problem != conclusion.Detail {
			t.Errorf("got %+v, want that mod lifted it, and %q", e, conclusion.Detail)
		}
		s.chat.change(func() { s.chat.before = nil })
		if e := s.expect(7*time.Second, moderation.EffectLifted, ""); e.EndedBy.Name != "mod" || e.Problem != "" {
			t.Errorf("got %+v, want that mod lifted it", e)
		}
		for nick, o := range s.chat.now().occupants {
			if o.Role != xmpp.RoleParticipant {
				t.Errorf("%s is %s", nick, o.Role)
			}
		}
	})
}

// A lock that ends by itself does not open a room that was locked again since, and
// ends with that lock.
func TestLockedAgain(t *testing.T) {
	inScene(t, func(s *scene) {
		s.do(s.order(xmpp.ActionLock, "", time.Minute), xmpp.Done)
		s.chat.change(func() { s.chat.fields["moderated"] = "0" })
		s.sleep(time.Second)
		s.do(s.order(xmpp.ActionLock, "", 0), xmpp.Done)
		s.sleep(5 * time.Minute)
		if got := s.chat.now().fields["moderated"]; got != "1" {
			t.Fatal("the older lock has opened the room")
		}
		s.do(s.order(xmpp.ActionUnlock, "", 0), xmpp.Done)
		for _, e := range s.effects() {
			if e.State != moderation.EffectLifted {
				t.Errorf("got %+v, want that it is lifted", e)
			}
		}
	})
}
