package moderation_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muckick/web/moderation"
	"muckick/xmpp"
)

// crowd puts people without affiliation in the room: Bob, who is there already, Carol,
// who was muted, and a bot.
func (s *scene) crowd() {
	s.chat.change(func() {
		for nick, role := range map[string]xmpp.Role{"Carol": xmpp.RoleVisitor, "bot": xmpp.RoleParticipant} {
			s.chat.occupants[nick] = xmpp.Occupant{Nick: nick, RealJID: account(nick) + "/x", Role: role, Affiliation: xmpp.AffiliationNone}
		}
	})
}

func account(nick string) string {
	if nick == "Bob" {
		return nobody
	}
	return nick + "@example.org"
}

// closing is the order of a lock that keeps some by making them members.
func (s *scene) closing(lasting time.Duration, keep ...string) moderation.Order {
	order := s.order(xmpp.ActionLock, "", lasting)
	order.Action.MembersOnly = true
	for _, nick := range keep {
		order.Keep = append(order.Keep, moderation.Stayer{Account: account(nick), Nick: nick, Role: s.chat.now().occupants[nick].Role})
	}
	return order
}

// who says who is in the room, with which affiliation and role.
func (s *scene) who() map[string]string {
	who := make(map[string]string)
	for nick, o := range s.chat.now().occupants {
		who[nick] = fmt.Sprintf("%s %s", o.Affiliation, o.Role)
	}
	return who
}

func (s *scene) expectWho(when string, want map[string]string) {
	s.Helper()
	if diff := cmp.Diff(want, s.who()); diff != "" {
		s.Errorf("%s (-want +got):\n%s", when, diff)
	}
}

var (
	kept   = map[string]string{"Bob": "member participant", "Carol": "member visitor"}
	after  = map[string]string{"Bob": "none participant", "Carol": "none visitor"}
	before = map[string]string{"Bob": "none participant", "Carol": "none visitor", "bot": "none participant"}
)

// Who is kept outlasts a lock as a member, with the voice that they had, and is none
// any more when it ends, however that comes.
func TestLockKeeps(t *testing.T) {
	for _, tt := range []struct {
		end   string
		do    func(s *scene)
		state moderation.EffectState
	}{
		{"by itself", func(s *scene) { s.sleep(5*time.Minute + 2*time.Second) }, moderation.EffectLifted},
		{"by hand", func(s *scene) { s.do(s.order(xmpp.ActionUnlock, "", 0), xmpp.Done) }, moderation.EffectLifted},
		{"on the chat server", func(s *scene) {
			s.chat.change(func() { s.chat.fields["membersonly"] = "0" })
			s.sleep(2 * time.Minute)
		}, moderation.EffectGone},
	} {
		t.Run(tt.end, func(t *testing.T) {
			inScene(t, func(s *scene) {
				s.crowd()
				s.do(s.closing(5*time.Minute, "Bob", "Carol"), xmpp.Done)
				s.expectWho("locked", kept)
				want := []moderation.Stayer{{Account: nobody, Nick: "Bob", Role: xmpp.RoleParticipant}, {Account: account("Carol"), Nick: "Carol", Role: xmpp.RoleVisitor}}
				if diff := cmp.Diff(want, s.expect(0, moderation.EffectStanding, "").Granted); diff != "" {
					t.Errorf("on record (-want +got):\n%s", diff)
				}
				tt.do(s)
				s.expectWho("open", after)
				s.expect(0, tt.state, "")
				if got := s.chat.now().affiliations[member]; got != xmpp.AffiliationMember {
					t.Errorf("a member of before is %q", got)
				}
			})
		})
	}
}

// Roles are put back as they were when the lock ended, not when it began, under the
// nicks of then; who is somebody else by then keeps what they were given.
func TestLockKeepsWhatChanged(t *testing.T) {
	inScene(t, func(s *scene) {
		s.crowd()
		s.do(s.order(xmpp.ActionLock, "", 0), xmpp.Done)
		s.do(s.closing(time.Minute, "Bob", "Carol", "bot"), xmpp.Done)
		s.chat.change(func() {
			bob, carol := s.chat.occupants["Bob"], s.chat.occupants["Carol"]
			delete(s.chat.occupants, "Bob")
			bob.Nick, bob.Role = "Robert", xmpp.RoleParticipant
			carol.Role = xmpp.RoleParticipant
			s.chat.occupants["Robert"], s.chat.occupants["Carol"] = bob, carol
			s.chat.affiliations[account("bot")] = xmpp.AffiliationAdmin
			bot := s.chat.occupants["bot"]
			bot.Affiliation = xmpp.AffiliationAdmin
			s.chat.occupants["bot"] = bot
		})
		s.sleep(time.Minute + 2*time.Second)
		s.expectWho("open, and moderated", map[string]string{"Robert": "none participant", "Carol": "none participant", "bot": "admin participant"})
	})
}

// If somebody cannot be kept, the room is not locked and all is as before, unless
// that is what is wanted.
func TestLockRefusesToKeep(t *testing.T) {
	inScene(t, func(s *scene) {
		s.crowd()
		s.chat.change(func() { s.chat.refuse = []string{account("Carol")} })
		order := s.closing(time.Minute, "Carol", "Bob")
		_, err := s.desk.Do(s.Context(), order)
		var refused *moderation.AdmissionError
		if !errors.As(err, &refused) || len(refused.Refused) != 1 || refused.Refused[0].Nick != "Carol" || refused.Left != nil {
			t.Fatalf("got %+v, %v, want that Carol is refused", refused, err)
		}
		s.expectWho("not locked", before)
		if got := s.effects(); len(got) != 0 || s.chat.now().fields["membersonly"] != "0" {
			t.Errorf("got %+v, %v, want nothing", got, s.chat.now().fields)
		}
		order.Without = []string{account("Carol")}
		s.do(order, xmpp.Done)
		s.expectWho("locked without Carol", map[string]string{"Bob": "member participant"})
		s.sleep(time.Minute + 2*time.Second)
		s.expectWho("open", map[string]string{"Bob": "none participant"})
	})
}

// What cannot be taken back now is said, and tried until it is.
func TestMembershipsTakenBackLater(t *testing.T) {
	stuck := func(kind xmpp.ActionKind) error {
		if kind == xmpp.ActionUnmember {
			return xmpp.ErrOffline
		}
		return nil
	}
	const still = "memberships that were given"
	t.Run("after the lock", func(t *testing.T) {
		inScene(t, func(s *scene) {
			s.crowd()
			s.do(s.closing(0, "Bob", "Carol"), xmpp.Done)
			s.chat.change(func() { s.chat.before = stuck })
			got := s.do(s.order(xmpp.ActionUnlock, "", 0), xmpp.Done)
			if e := s.expect(0, moderation.EffectStanding, ""); !strings.Contains(got.Detail, still) || !strings.Contains(e.Problem, still) {
				t.Errorf("got %q, and %q on record: want that it is said", got.Detail, e.Problem)
			}
			s.expectWho("open", kept)
			s.chat.change(func() { s.chat.before = nil })
			s.sleep(time.Minute)
			s.expectWho("later", after)
			if got := s.effects(); got[0].Stands() {
				t.Errorf("got %+v, want that it has ended", got)
			}
		})
	})
	t.Run("before it", func(t *testing.T) {
		for name, later := range map[string]func(s *scene){
			"by itself": func(s *scene) { s.sleep(2 * time.Minute) },
			"by hand": func(s *scene) {
				e := s.effects()[0]
				if got, err := s.desk.Lift(s.Context(), s.desk.Lifting(s.order(xmpp.ActionUnlock, "", 0).Principal, "", e), e); err != nil || got.Outcome != xmpp.Already {
					t.Errorf("got %+v, %v, want that it never was locked", got, err)
				}
			},
		} {
			t.Run(name, func(t *testing.T) {
				inScene(t, func(s *scene) {
					s.crowd()
					s.chat.change(func() { s.chat.refuse, s.chat.before = []string{account("Carol")}, stuck })
					_, err := s.desk.Do(s.Context(), s.closing(0, "Carol", "Bob"))
					var refused *moderation.AdmissionError
					if !errors.As(err, &refused) || refused.Left == nil {
						t.Fatalf("got %+v, want that something is left", err)
					}
					s.expect(0, moderation.EffectPending, "")
					s.chat.change(func() { s.chat.before = nil })
					later(s)
					s.expectWho("later", before)
					if got := s.effects(); len(got) != 0 || s.chat.now().fields["membersonly"] != "0" {
						t.Errorf("got %+v, %v, want nothing", got, s.chat.now().fields)
					}
				})
			})
		}
	})
	t.Run("while somebody else keeps the room closed", func(t *testing.T) {
		inScene(t, func(s *scene) {
			s.crowd()
			s.chat.change(func() {
				s.chat.after = func(kind xmpp.ActionKind) error {
					if kind == xmpp.ActionMember {
						s.chat.change(func() { s.chat.fields["membersonly"] = "1" })
					}
					return nil
				}
			})
			got := s.do(s.closing(0, "Bob"), xmpp.Already)
			if !strings.Contains(got.Detail, "stays one until it is open") {
				t.Errorf("got %q, want that it is said who stays a member", got.Detail)
			}
			s.chat.change(func() { s.chat.after = nil })
			s.sleep(10 * time.Minute)
			if got := s.who()["Bob"]; got != "member participant" || s.chat.now().fields["membersonly"] != "1" {
				t.Errorf("Bob is %q in a room that is %v, want nothing changed", got, s.chat.now().fields)
			}
			s.chat.change(func() { s.chat.fields["membersonly"] = "0" })
			s.sleep(2 * time.Hour)
			if got := s.who()["Bob"]; got != "none participant" || len(s.effects()) != 0 {
				t.Errorf("Bob is %q, and %+v stands", got, s.effects())
			}
		})
	})
}

// dying is a store of effects with which the process ends when whom a lock made
// members is put on record.
type dying struct{ keeping }

func (dying) SetGranted(context.Context, moderation.EffectID, []moderation.Stayer) error {
	runtime.Goexit()
	return nil
}

// A process that dies leaves no membership behind for which there is no lock, and
// with the lock it takes them all back.
func TestDeathAmidKeeping(t *testing.T) {
	dieAt := func(wanted xmpp.ActionKind) func(xmpp.ActionKind) error {
		return func(kind xmpp.ActionKind) error {
			if kind == wanted {
				runtime.Goexit()
			}
			return nil
		}
	}
	for _, tt := range []struct {
		name   string
		die    func(s *scene)
		effect []func(*moderation.Options)
		locked bool
	}{
		{"members are made", func(*scene) {}, []func(*moderation.Options){func(o *moderation.Options) { o.Effects = dying{o.Effects} }}, false},
		{"before the lock", func(s *scene) { s.chat.before = dieAt(xmpp.ActionLock) }, nil, false},
		{"after the lock", func(s *scene) { s.chat.after = dieAt(xmpp.ActionLock) }, nil, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inScene(t, func(s *scene) {
				s.crowd()
				order := s.closing(5*time.Minute, "Bob", "Carol")
				s.chat.change(func() { tt.die(s) })
				s.doomed(order, tt.effect...)
				s.chat.change(func() { s.chat.before, s.chat.after = nil, nil })
				s.expect(0, moderation.EffectPending, "")
				if got := s.who()["Bob"]; got != "member participant" {
					t.Fatalf("Bob is %q, want a member", got)
				}
				s.sleep(2 * time.Minute)
				if !tt.locked {
					s.expectWho("two minutes later", before)
					if got := s.effects(); len(got) != 0 {
						t.Errorf("got %+v, want nothing", got)
					}
					return
				}
				s.expect(0, moderation.EffectStanding, "")
				s.expectWho("locked", kept)
				s.sleep(4 * time.Minute)
				s.expect(0, moderation.EffectLifted, "")
				s.expectWho("open", after)
			})
		})
	}
	t.Run("after the room is open", func(t *testing.T) {
		inScene(t, func(s *scene) {
			s.crowd()
			s.do(s.closing(5*time.Minute, "Bob", "Carol"), xmpp.Done)
			s.chat.change(func() { s.chat.after = dieAt(xmpp.ActionUnlock) })
			s.doomed(s.order(xmpp.ActionUnlock, "", 0))
			s.chat.change(func() { s.chat.after = nil })
			s.sleep(2 * time.Minute)
			s.expectWho("two minutes later", after)
			if e := s.effects()[0]; e.Stands() {
				t.Errorf("got %+v, want that it has ended", e)
			}
		})
	})
}
