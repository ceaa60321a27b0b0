package moderation_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/xmpp"
)

const (
	member = "mia@example.org"
	nobody = "bob@example.org"
)

// A scene is a room on a chat server that answers at once, a store, and a desk that
// keeps effects, in time that passes as soon as nothing else happens.
type scene struct {
	*testing.T
	chat  *roomChat
	store *store.Store
	desk  *moderation.Desk
	room  xmpp.RoomJID
}

// inScene runs a test in a scene.
func inScene(t *testing.T, run func(s *scene), adjust ...func(*moderation.Options)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &scene{T: t, room: must(xmpp.ParseRoom("snuggery@chat.example.org"))}
		s.chat = &roomChat{
			effect: xmpp.MuteEffect{Rejoin: xmpp.No, RejoinMember: xmpp.No},
			roomState: roomState{
				affiliations: map[string]xmpp.Affiliation{member: xmpp.AffiliationMember},
				fields:       map[string]string{"moderated": "0", "membersonly": "0"},
				occupants: map[string]xmpp.Occupant{
					"Bob": {Nick: "Bob", RealJID: nobody + "/x", OccupantID: "b0b", Role: xmpp.RoleParticipant, Affiliation: xmpp.AffiliationNone},
				},
			},
		}
		var err error
		s.store, err = store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "db"), Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		defer s.store.Close()
		ctx, end := context.WithCancel(t.Context())
		var working sync.WaitGroup
		s.desk = s.newDesk(adjust...)
		desk := s.desk // tests give orders to others too
		working.Go(func() { desk.KeepEffects(ctx) })
		run(s)
		end()
		working.Wait()
	})
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func (s *scene) newDesk(adjust ...func(*moderation.Options)) *moderation.Desk {
	o := moderation.Options{
		Chat: s.chat, Trail: s.store, Effects: s.store, Logger: slog.New(slog.DiscardHandler), Now: time.Now,
		Stored: func(string, time.Duration, error) {}, Panicked: func(any, []byte) {},
	}
	for _, change := range adjust {
		change(&o)
	}
	return moderation.NewDesk(o)
}

// order is an order of an operator who may do everything.
func (s *scene) order(kind xmpp.ActionKind, account string, lasting time.Duration) moderation.Order {
	o := moderation.Order{
		Principal: moderation.Principal{Actor: moderation.Actor{Kind: moderation.ByOperator, Name: "mod"}, Grants: moderation.Everything()},
		Action:    xmpp.Action{Kind: kind, Room: s.room},
	}
	if kind.IsOfPerson() {
		o.Action.Target = xmpp.Target{Nick: "Bob", RealJID: account}
	}
	if lasting > 0 {
		o.Until = time.Now().Add(lasting).UTC()
	}
	return o
}

// do carries out an order, which has to have the outcome.
func (s *scene) do(order moderation.Order, want xmpp.Outcome) moderation.Conclusion {
	s.Helper()
	got, err := s.desk.Do(s.Context(), order)
	if got.Outcome != want {
		s.Fatalf("%s: got %+v, %v, want %s", order.Action.Kind, got, err, want)
	}
	return got
}

// effects returns the effects, those that end first at the beginning.
func (s *scene) effects() []moderation.Effect {
	s.Helper()
	all, err := s.store.Effects(s.Context(), moderation.EffectFilter{Ended: true}, 10_000)
	if err != nil {
		s.Fatal(err)
	}
	return all
}

// sleep waits, and then until nothing is under way.
func (s *scene) sleep(wait time.Duration) {
	time.Sleep(wait)
	synctest.Wait()
}

// expect waits, and checks the one effect that there is.
func (s *scene) expect(wait time.Duration, state moderation.EffectState, problem string) moderation.Effect {
	s.Helper()
	s.sleep(wait)
	all := s.effects()
	if len(all) != 1 || all[0].State != state || problem != "" && all[0].Problem != problem {
		s.Fatalf("got %+v, want one effect, which is %s %s", all, state, problem)
	}
	return all[0]
}

// A roomChat is one room, where everything is allowed.
type roomChat struct {
	mu           sync.Mutex
	gone, asleep bool
	effect       xmpp.MuteEffect
	refuse       []string // accounts that are not made members
	roomState

	before, after func(xmpp.ActionKind) error // a change is made
	reading       func(ctx context.Context) error
}

// roomState is what tests look at of a room.
type roomState struct {
	affiliations map[string]xmpp.Affiliation
	fields       map[string]string
	occupants    map[string]xmpp.Occupant
	sent         []xmpp.ActionKind // changes that were made
	reads        int               // of the list of outcasts
}

// now returns how the room is, while others may be at it.
func (c *roomChat) now() roomState {
	c.mu.Lock()
	defer c.mu.Unlock()
	return roomState{maps.Clone(c.affiliations), maps.Clone(c.fields), maps.Clone(c.occupants), slices.Clone(c.sent), c.reads}
}

func (c *roomChat) exists() error {
	if c.gone || c.asleep {
		return &xmpp.NoRoomError{}
	}
	return nil
}

func (c *roomChat) DoRecorded(ctx context.Context, a xmpp.Action, record func(xmpp.Result) error) (result xmpp.Result, err error) {
	c.mu.Lock()
	err = c.exists()
	account, occupant := a.Target.RealJID, c.occupants[a.Target.Nick]
	change := func() {}
	switch a.Kind {
	case xmpp.ActionBan, xmpp.ActionUnban:
		result.Account, result.Before = account, c.affiliations[account]
		if result.Before == "" {
			result.Before = xmpp.AffiliationNone
		}
		to := xmpp.AffiliationOutcast
		if a.Kind == xmpp.ActionUnban {
			to = a.Restore
		}
		result.Already = (result.Before == xmpp.AffiliationOutcast) == (a.Kind == xmpp.ActionBan)
		change = func() { c.affiliations[account] = to }
	case xmpp.ActionMute, xmpp.ActionUnmute:
		to := xmpp.RoleVisitor
		if a.Kind == xmpp.ActionUnmute {
			to = xmpp.RoleParticipant
		}
		if occupant.Nick == "" && err == nil {
			err = xmpp.ErrNoOccupant
		}
		result.Occupant, result.Before, result.Already = occupant, occupant.Affiliation, occupant.Role == to
		change = func() { occupant.Role = to; c.occupants[occupant.Nick] = occupant }
	case xmpp.ActionLock:
		name := map[bool]string{false: "moderated", true: "membersonly"}[a.MembersOnly]
		result.Fields = map[string]string{name: c.fields[name]}
		result.Already = c.fields[name] == "1"
		change = func() {
			c.fields[name] = "1"
			for nick, o := range c.occupants {
				if a.MembersOnly && o.Affiliation == xmpp.AffiliationNone {
					delete(c.occupants, nick)
				}
			}
		}
	case xmpp.ActionUnlock:
		result.Already = true
		for name, value := range a.Fields {
			result.Already = result.Already && c.fields[name] == value
		}
		change = func() {
			for name, value := range a.Fields {
				c.fields[name] = value
			}
		}
	}
	if from, to := membership(a.Kind); to != "" {
		if result.Before = c.affiliations[account]; result.Before == "" {
			result.Before = xmpp.AffiliationNone
		}
		result.Already = result.Before != from
		if slices.Contains(c.refuse, account) && err == nil {
			err = &xmpp.RefusedError{Err: &xmpp.StanzaError{Type: "cancel", Condition: "not-allowed"}}
		}
		change = func() { c.affiliate(account, to) }
	}
	before, after := c.before, c.after
	c.mu.Unlock()
	if err != nil || result.Already {
		return result, err
	}
	if _, undo := undone[a.Kind]; !undo {
		if err := record(result); err != nil {
			return result, err
		}
	}
	if before != nil {
		if err := before(a.Kind); err != nil {
			return result, err
		}
	}
	c.mu.Lock()
	change()
	c.sent = append(c.sent, a.Kind)
	c.mu.Unlock()
	if after != nil {
		return result, after(a.Kind)
	}
	return result, nil
}

// membership returns what a change of it is from and to; empty for another action.
func membership(kind xmpp.ActionKind) (from, to xmpp.Affiliation) {
	switch kind {
	case xmpp.ActionMember:
		return xmpp.AffiliationNone, xmpp.AffiliationMember
	case xmpp.ActionUnmember:
		return xmpp.AffiliationMember, xmpp.AffiliationNone
	}
	return "", ""
}

// affiliate changes an affiliation as chat servers do: with it, the role is that of
// newcomers, and who may not be there is thrown out.
func (c *roomChat) affiliate(account string, to xmpp.Affiliation) {
	c.affiliations[account] = to
	for nick, o := range c.occupants {
		if o.Account() != account {
			continue
		}
		o.Affiliation, o.Role = to, xmpp.RoleParticipant
		if to == xmpp.AffiliationNone && c.fields["moderated"] == "1" {
			o.Role = xmpp.RoleVisitor
		}
		if c.occupants[nick] = o; to == xmpp.AffiliationNone && c.fields["membersonly"] == "1" {
			delete(c.occupants, nick)
		}
	}
}

func (c *roomChat) MembersOnly(context.Context, xmpp.RoomJID) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fields["membersonly"] == "1", c.exists()
}

func (c *roomChat) Census(ctx context.Context, room xmpp.RoomJID) (xmpp.Roster, error) {
	roster, err := c.Occupants(ctx, room)
	roster.Room = room
	return roster, err
}

var undone = map[xmpp.ActionKind]xmpp.ActionKind{
	xmpp.ActionUnban: xmpp.ActionBan, xmpp.ActionUnmute: xmpp.ActionMute, xmpp.ActionUnlock: xmpp.ActionLock,
}

func (c *roomChat) Affiliation(_ context.Context, _ xmpp.RoomJID, account string) (xmpp.Affiliation, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.affiliations[account], c.exists()
}

func (c *roomChat) Affiliations(ctx context.Context, _ xmpp.RoomJID, wanted xmpp.Affiliation) (list []xmpp.Affiliated, err error) {
	c.mu.Lock()
	reading := c.reading
	c.mu.Unlock()
	if reading != nil {
		if err := reading(ctx); err != nil {
			return nil, err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reads++
	for account, affiliation := range c.affiliations {
		if affiliation == wanted {
			list = append(list, xmpp.Affiliated{Account: account, Affiliation: affiliation})
		}
	}
	return list, c.exists()
}

func (c *roomChat) Occupants(context.Context, xmpp.RoomJID) (roster xmpp.Roster, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, o := range c.occupants {
		roster.Occupants = append(roster.Occupants, o)
	}
	return roster, c.exists()
}

func (c *roomChat) Locked(_ context.Context, _ xmpp.RoomJID, before map[string]string) (is bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name := range before {
		is = is || c.fields[name] == "1"
	}
	return is, c.exists()
}

// RoomInfo wakes the room, as ejabberd does.
func (c *roomChat) RoomInfo(context.Context, xmpp.RoomJID) (xmpp.RoomInfo, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asleep = false
	return xmpp.RoomInfo{}, c.exists()
}

func (c *roomChat) MuteEffect(context.Context, xmpp.RoomInfo) (xmpp.MuteEffect, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.effect, nil
}

// change changes the room by hand.
func (c *roomChat) change(do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	do()
}

// occupy puts an occupant in, or takes the nick out.
func (c *roomChat) occupy(nick string, role xmpp.Role) {
	c.change(func() {
		if role == "" {
			delete(c.occupants, nick)
			return
		}
		c.occupants[nick] = xmpp.Occupant{Nick: nick, RealJID: nobody + "/y", OccupantID: "b0b", Role: role, Affiliation: xmpp.AffiliationNone}
	})
}

// come lets newcomers in, who have no voice.
func (s *scene) come(nicks ...string) {
	s.chat.change(func() {
		for _, nick := range nicks {
			s.chat.occupants[nick] = xmpp.Occupant{
				Nick: nick, RealJID: nick + "@example.org/x", Role: xmpp.RoleVisitor, Affiliation: xmpp.AffiliationNone, Since: time.Now(),
			}
		}
	})
}

var errBroken = errors.New("broken")
