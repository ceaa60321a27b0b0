package moderation_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muckick/web/moderation"
	"muckick/xmpp"
)

// A gathering is who is where, in memory.
type gathering map[xmpp.RoomJID][]xmpp.Occupant

func (c gathering) Services(context.Context) ([]xmpp.Service, error) {
	return []xmpp.Service{{Domain: "chat.example.org"}, {Domain: "chat.example.net"}}, nil
}

func (c gathering) Rooms(_ context.Context, service string) (rooms []xmpp.Room, err error) {
	for room := range c {
		if room.Domain() == service {
			rooms = append(rooms, xmpp.Room{JID: room})
		}
	}
	return rooms, nil
}

func (c gathering) Occupants(_ context.Context, room xmpp.RoomJID) (xmpp.Roster, error) {
	occupants, ok := c[room]
	if !ok {
		return xmpp.Roster{}, &xmpp.NoRoomError{Room: room}
	}
	return xmpp.Roster{Room: room, Occupants: occupants, Live: true}, nil
}

func (c gathering) Enter(ctx context.Context, room xmpp.RoomJID) (xmpp.Roster, error) {
	return c.Occupants(ctx, room)
}

func (c gathering) MembersOnly(context.Context, xmpp.RoomJID) (bool, error) { return false, nil }

func (c gathering) Arrivals(int, func(xmpp.Arrival) bool) []xmpp.Arrival { return nil }

func (c gathering) Status() (xmpp.Status, <-chan struct{}) {
	return xmpp.Status{Online: true, JID: "muckick@example.org/x"}, nil
}

// shelf keeps plans and the exempt list in memory.
type shelf struct {
	exempt []moderation.Exemption
	plans  map[moderation.PlanID]moderation.Plan
}

func (s *shelf) AddPlan(_ context.Context, p moderation.Plan) (moderation.PlanID, error) {
	if s.plans == nil {
		s.plans = make(map[moderation.PlanID]moderation.Plan)
	}
	id := moderation.PlanID(fmt.Sprint(len(s.plans)))
	s.plans[id] = p
	return id, nil
}

func (s *shelf) Plan(_ context.Context, id moderation.PlanID) (moderation.Plan, error) {
	return s.plans[id], nil
}

func (s *shelf) AddExemption(context.Context, moderation.Exemption) (moderation.Exemption, error) {
	return moderation.Exemption{}, errors.ErrUnsupported
}

func (s *shelf) RemoveExemption(context.Context, string) error { return errors.ErrUnsupported }

func (s *shelf) Exemptions(context.Context) ([]moderation.Exemption, error) { return s.exempt, nil }

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newPlanner(c moderation.Crowd, s *shelf) *moderation.Planner {
	return moderation.NewPlanner(moderation.PlannerOptions{Crowd: c, Plans: s, Exemptions: s, Now: func() time.Time { return noon }})
}

func accountGlob(t testing.TB, text string) moderation.Glob {
	t.Helper()
	glob, err := moderation.ParseAccountGlob(text)
	if err != nil {
		t.Fatal(err)
	}
	return glob
}

func nickGlob(t testing.TB, text string) moderation.Glob {
	t.Helper()
	glob, err := moderation.ParseNickGlob(text)
	if err != nil {
		t.Fatal(err)
	}
	return glob
}

// party are people of all kinds.
func party() []xmpp.Occupant {
	person := func(nick, account string, role xmpp.Role, affiliation xmpp.Affiliation, joined time.Duration) xmpp.Occupant {
		o := xmpp.Occupant{Nick: nick, RealJID: account, Role: role, Affiliation: affiliation}
		if joined > 0 {
			o.Since = noon.Add(-joined)
		}
		return o
	}
	none, participant := xmpp.AffiliationNone, xmpp.RoleParticipant
	return []xmpp.Occupant{
		person("muckick", "muckick@example.org/x", xmpp.RoleModerator, xmpp.AffiliationOwner, 0),
		person("other replica", "muckick@example.org/y", participant, none, time.Minute),
		person("Olga", "olga@example.org/p", xmpp.RoleModerator, xmpp.AffiliationOwner, time.Minute),
		person("Adam", "adam@example.org/p", xmpp.RoleModerator, xmpp.AffiliationAdmin, time.Minute),
		person("Mona", "mona@example.org/p", xmpp.RoleModerator, none, time.Minute),
		person("Mike", "mike@example.org/p", participant, xmpp.AffiliationMember, time.Minute),
		person("Eve", "eve@example.org/p", participant, none, time.Minute),
		person("Nobody knows", "", "", "", 0),
		person("Spam1", "a@spam.example/1", participant, none, time.Minute),
		person("Spam2", "b@spam.example/2", xmpp.RoleVisitor, none, time.Hour),
		person("Spam3", "", participant, none, time.Second),
		person("Spam4", "a@spam.example/3", participant, none, 0),
	}
}

func TestPlan(t *testing.T) {
	here, there := room(t, snuggery), room(t, garden)
	c := gathering{here: party(), there: nil, room(t, foreign): {{Nick: "Spam9", Role: xmpp.RoleParticipant, Affiliation: xmpp.AffiliationNone}}}
	list := &shelf{exempt: []moderation.Exemption{
		{Account: accountGlob(t, "EVE@example.org"), Why: "my sister", By: moderation.Actor{Name: "nurse"}},
		{Account: accountGlob(t, "*@spam.example"), Scope: moderation.InRoom(there)},
	}}
	everybody := moderation.Selection{Where: []moderation.Scope{moderation.InRoom(here)}, Everybody: true}
	members := everybody
	members.Members = true
	rule := func(r moderation.Traits, where ...moderation.Scope) moderation.Selection {
		if len(where) == 0 {
			where = []moderation.Scope{moderation.InRoom(here)}
		}
		return moderation.Selection{Where: where, Traits: r}
	}
	pick := func(targets ...xmpp.Target) (s moderation.Selection) {
		for _, target := range targets {
			s.Picks = append(s.Picks, moderation.Pick{Room: here, Target: target})
		}
		return s
	}
	const protectedOnes = "muckick ours, other replica ours, Olga owner, Adam admin, Mona moderator"
	tests := []struct {
		name      string
		kind      xmpp.ActionKind
		selection moderation.Selection
		do        string // nicks
		left      string // nicks and why
		undated   int
	}{
		{"everybody", xmpp.ActionKick, everybody, "Spam1, Spam2, Spam3, Spam4", protectedOnes + ", Mike member, Eve exempt, Nobody knows unknown", 0},
		{"members too", xmpp.ActionKick, members, "Mike, Spam1, Spam2, Spam3, Spam4", protectedOnes + ", Eve exempt, Nobody knows unknown", 0},
		{"nicks", xmpp.ActionKick, rule(moderation.Traits{Nicks: []moderation.Glob{nickGlob(t, "spam?")}}), "Spam1, Spam2, Spam3, Spam4", "", 0},
		{"accounts", xmpp.ActionKick, rule(moderation.Traits{Accounts: []moderation.Glob{accountGlob(t, "*@spam.example")}}), "Spam1, Spam2, Spam4", "", 0},
		{"a ban is of an account", xmpp.ActionBan, rule(moderation.Traits{Nicks: []moderation.Glob{nickGlob(t, "spam?")}}), "Spam1, Spam2, Spam3", "", 0},
		{"muted already", xmpp.ActionMute, rule(moderation.Traits{Nicks: []moderation.Glob{nickGlob(t, "spam?")}}), "Spam1, Spam3, Spam4", "Spam2 already", 0},
		{"joined since", xmpp.ActionKick, rule(moderation.Traits{Since: noon.Add(-time.Minute), Nicks: []moderation.Glob{nickGlob(t, "spam?")}}), "Spam1, Spam3", "", 1},
		{"role", xmpp.ActionKick, rule(moderation.Traits{Role: xmpp.RoleVisitor}), "Spam2", "", 0},
		{
			"service", xmpp.ActionKick, rule(moderation.Traits{Nicks: []moderation.Glob{nickGlob(t, "spam?")}}, moderation.InService("chat.example.net")),
			"Spam9", "", 0,
		},
		{
			"everywhere", xmpp.ActionKick, rule(moderation.Traits{Nicks: []moderation.Glob{nickGlob(t, "spam?")}}, moderation.Everywhere),
			"Spam9, Spam1, Spam2, Spam3, Spam4", "", 0,
		},
		{"one moderator", xmpp.ActionKick, pick(xmpp.Target{Nick: "Mona"}), "Mona", "", 0},
		{"one owner", xmpp.ActionKick, pick(xmpp.Target{Nick: "Olga"}), "", "Olga owner", 0},
		{"one of ours", xmpp.ActionKick, pick(xmpp.Target{Nick: "other replica"}), "", "other replica ours", 0},
		{"one who is exempt", xmpp.ActionKick, pick(xmpp.Target{Nick: "Eve"}), "", "Eve exempt", 0},
		{"a moderator among others", xmpp.ActionKick, pick(xmpp.Target{Nick: "Mona"}, xmpp.Target{Nick: "Spam1"}), "Spam1", "Mona moderator", 0},
		{"somebody else has the nick", xmpp.ActionKick, pick(xmpp.Target{Nick: "Spam1", RealJID: "x@spam.example"}), "", "Spam1 already", 0},
		{"an account with two nicks", xmpp.ActionKick, pick(xmpp.Target{RealJID: "A@spam.example"}), "Spam1, Spam4", "", 0},
		{"ban of who is absent", xmpp.ActionBan, pick(xmpp.Target{Nick: "gone", RealJID: "x@spam.example/1"}), "gone", "", 0},
		{"kick of who is absent", xmpp.ActionKick, pick(xmpp.Target{Nick: "gone", RealJID: "x@spam.example/1"}), "", "gone already", 0},
		{"picked twice", xmpp.ActionKick, pick(xmpp.Target{Nick: "Spam1"}, xmpp.Target{Nick: "Spam1", RealJID: "a@spam.example"}, xmpp.Target{Nick: "Spam1"}), "Spam1", "", 0},
		{"ban of who is absent, twice", xmpp.ActionBan, pick(xmpp.Target{Nick: "gone", RealJID: "x@spam.example/1"}, xmpp.Target{RealJID: "X@spam.example"}), "gone", "", 0},
		{"ban under an old nick too", xmpp.ActionBan, pick(xmpp.Target{Nick: "Spam1"}, xmpp.Target{Nick: "old", RealJID: "a@spam.example"}), "Spam1", "", 0},
		{"ban of our account", xmpp.ActionBan, pick(xmpp.Target{RealJID: "muckick@example.org"}), "", "muckick ours", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := moderation.Principal{Actor: moderation.Actor{ID: "1"}, Grants: moderation.Everything()}
			plan, err := newPlanner(c, list).Make(t.Context(), p, moderation.Wish{Kind: tt.kind, Selection: tt.selection, Reason: "Raid"})
			if err != nil {
				t.Fatal(err)
			}
			do, left := "", ""
			add := func(list *string, text string) {
				if *list != "" {
					*list += ", "
				}
				*list += text
			}
			for _, target := range plan.Targets {
				switch target.Verdict {
				case moderation.WillDo:
					add(&do, target.Action.Target.Nick)
				case moderation.AlreadySo:
					add(&left, target.Action.Target.Nick+" already")
				default:
					add(&left, target.Action.Target.Nick+" "+string(target.Protection))
				}
			}
			if diff := cmp.Diff([]any{tt.do, tt.left, tt.undated}, []any{do, left, plan.Undated}); diff != "" {
				t.Errorf("will do, left, undated (-want +got):\n%s", diff)
			}
		})
	}
}

// Who may not see a room any more does not see what they planned there.
func TestPlanOfLostRoom(t *testing.T) {
	shelf := &shelf{}
	planner := newPlanner(gathering{room(t, snuggery): party()}, shelf)
	granted := func(names ...string) (p moderation.Principal) {
		p.Actor.ID = "1"
		for _, name := range names {
			capabilities, _ := moderation.Named("moderator")
			var err error
			if p.Grants, err = p.Grants.Add(capabilities, moderation.InRoom(room(t, name))); err != nil {
				t.Fatal(err)
			}
		}
		return p
	}
	wish := moderation.Wish{Kind: xmpp.ActionKick, Selection: moderation.Selection{Picks: []moderation.Pick{{Room: room(t, snuggery), Target: xmpp.Target{Nick: "Spam1"}}}}}
	plan, err := planner.Make(t.Context(), granted(snuggery, garden), wish)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		rooms []string
		want  error
	}{{[]string{snuggery}, nil}, {[]string{garden}, moderation.ErrNoPlan}} {
		if _, err := planner.Plan(t.Context(), granted(tt.rooms...), plan.ID); !errors.Is(err, tt.want) {
			t.Errorf("in %s: got %v, want %v", tt.rooms, err, tt.want)
		}
	}
}

func TestSelectionRefused(t *testing.T) {
	here := []moderation.Scope{moderation.InRoom(room(t, snuggery))}
	spam := moderation.Traits{Nicks: []moderation.Glob{nickGlob(t, "spam*")}}
	domain := moderation.Traits{Accounts: []moderation.Glob{accountGlob(t, "?*@spam.example")}}
	scope := func(text string) moderation.Scope {
		s, err := moderation.ParseScope(text)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	tests := []struct {
		name   string
		grants string // of a preset and where
		wish   moderation.Wish
		want   any
	}{
		{"nobody", "administrator *", moderation.Wish{Kind: xmpp.ActionKick, Selection: moderation.Selection{Where: here}}, new(*moderation.SelectionError)},
		{"nowhere", "administrator *", moderation.Wish{Kind: xmpp.ActionKick, Selection: moderation.Selection{Traits: spam}}, new(*moderation.SelectionError)},
		{"members of nobody", "administrator *", moderation.Wish{Kind: xmpp.ActionKick, Selection: moderation.Selection{Where: here, Members: true}}, new(*moderation.SelectionError)},
		{"everybody by a moderator", "moderator *", moderation.Wish{Kind: xmpp.ActionKick, Selection: moderation.Selection{Where: here, Everybody: true}}, new(*moderation.ForbiddenError)},
		{"ban of a domain by a moderator", "moderator *", moderation.Wish{Kind: xmpp.ActionBan, Selection: moderation.Selection{Where: here, Traits: domain}}, new(*moderation.ForbiddenError)},
		{"kick of a domain by a moderator", "moderator *", moderation.Wish{Kind: xmpp.ActionKick, Selection: moderation.Selection{Where: here, Traits: domain}}, nil},
		{"viewer", "viewer *", moderation.Wish{Kind: xmpp.ActionKick, Selection: moderation.Selection{Where: here, Traits: spam}}, new(*moderation.ForbiddenError)},
		{"who sees nothing", "kick *", moderation.Wish{Kind: xmpp.ActionKick, Selection: moderation.Selection{Where: here, Traits: spam}}, new(*moderation.ForbiddenError)},
		{"room of others", "moderator " + garden, moderation.Wish{Kind: xmpp.ActionKick, Selection: moderation.Selection{Where: here, Traits: spam}}, new(*xmpp.NoRoomError)},
		{"pick in a room of others", "moderator " + garden, moderation.Wish{Kind: xmpp.ActionKick, Selection: moderation.Selection{
			Picks: []moderation.Pick{{Room: room(t, snuggery), Target: xmpp.Target{Nick: "Bob"}}},
		}}, new(*xmpp.NoRoomError)},
		{"pick of nobody", "moderator *", moderation.Wish{Kind: xmpp.ActionKick, Selection: moderation.Selection{
			Picks: []moderation.Pick{{Room: room(t, snuggery)}},
		}}, new(*moderation.SelectionError)},
		{"kick with an end", "moderator *", moderation.Wish{Kind: xmpp.ActionKick, Until: noon.Add(time.Hour), Selection: moderation.Selection{Where: here, Traits: spam}}, new(*moderation.SelectionError)},
		{"end in the past", "moderator *", moderation.Wish{Kind: xmpp.ActionBan, Until: noon, Selection: moderation.Selection{Where: here, Traits: spam}}, new(*moderation.SelectionError)},
		{"control character", "moderator *", moderation.Wish{Kind: xmpp.ActionKick, Reason: "\x00", Selection: moderation.Selection{Where: here, Traits: spam}}, new(*xmpp.ReasonError)},
		{"eviction", "moderator *", moderation.Wish{Kind: xmpp.ActionKick, Way: moderation.Evict, Selection: moderation.Selection{Where: here, Traits: spam}}, nil},
		{"eviction for a ban", "moderator *", moderation.Wish{Kind: xmpp.ActionBan, Way: moderation.Evict, Selection: moderation.Selection{Where: here, Traits: spam}}, new(*moderation.SelectionError)},
		{"another way", "moderator *", moderation.Wish{Kind: xmpp.ActionKick, Way: "magic", Selection: moderation.Selection{Where: here, Traits: spam}}, new(*moderation.SelectionError)},
		{"lock of people", "moderator *", moderation.Wish{Kind: xmpp.ActionLock, Selection: moderation.Selection{Where: here, Traits: spam}}, new(*moderation.SelectionError)},
		{"service, of which some rooms are granted", "moderator " + garden, moderation.Wish{Kind: xmpp.ActionKick, Selection: moderation.Selection{
			Where: []moderation.Scope{scope("chat.example.org")}, Traits: spam,
		}}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			grants, err := change(t, moderation.Grants{}, tt.grants)
			if err != nil {
				t.Fatal(err)
			}
			c := gathering{room(t, snuggery): party(), room(t, garden): party()}
			plan, err := newPlanner(c, &shelf{}).Make(t.Context(), moderation.Principal{Grants: grants}, tt.wish)
			if tt.want == nil {
				if err != nil {
					t.Errorf("got %v, want none", err)
				}
				for _, planned := range plan.Rooms {
					if !grants.May(moderation.Kick, planned.Room) {
						t.Errorf("the plan has %s, for which nothing is granted", planned.Room)
					}
				}
				return
			}
			if !errors.As(err, tt.want) {
				t.Errorf("got %v, want a %T", err, tt.want)
			}
		})
	}
}

// The number of targets has to be typed when there are many, or when they are more
// than half of a room.
func TestExpect(t *testing.T) {
	fullRoom := func(spam, others int) (list []xmpp.Occupant) {
		for i := range spam + others {
			o := xmpp.Occupant{Nick: fmt.Sprintf("guest %d", i), Role: xmpp.RoleParticipant, Affiliation: xmpp.AffiliationNone}
			if i < spam {
				o.Nick = fmt.Sprintf("spam %d", i)
			}
			list = append(list, o)
		}
		return list
	}
	tests := []struct{ spam, others, want int }{
		{25, 100, 0}, {26, 100, 26}, {5, 5, 0}, {6, 5, 6}, {1, 0, 0}, {2, 1, 2},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%d of %d", tt.spam, tt.spam+tt.others), func(t *testing.T) {
			p := moderation.Principal{Grants: moderation.Everything()}
			plan, err := newPlanner(gathering{room(t, snuggery): fullRoom(tt.spam, tt.others)}, &shelf{}).Make(t.Context(), p, moderation.Wish{
				Kind:      xmpp.ActionKick,
				Selection: moderation.Selection{Where: []moderation.Scope{moderation.Everywhere}, Traits: moderation.Traits{Nicks: []moderation.Glob{nickGlob(t, "spam*")}}},
			})
			if err != nil {
				t.Fatal(err)
			}
			if plan.Expect != tt.want {
				t.Errorf("got %d to be typed, want %d", plan.Expect, tt.want)
			}
		})
	}
}

// BenchmarkPlan plans over 1,000 rooms with 100 occupants each, of whom four are
// selected.
func BenchmarkPlan(b *testing.B) {
	c := make(gathering)
	for i := range 1000 {
		var list []xmpp.Occupant
		for n := range 100 {
			o := xmpp.Occupant{
				Nick: fmt.Sprintf("guest %d", n), RealJID: fmt.Sprintf("guest%d-%d@example.org/phone", i, n),
				Role: xmpp.RoleParticipant, Affiliation: xmpp.AffiliationNone, Since: noon.Add(-time.Minute),
			}
			if n%25 == 0 {
				o.RealJID = fmt.Sprintf("bot%d-%d@spam.example/x", i, n)
			}
			list = append(list, o)
		}
		c[room(b, fmt.Sprintf("room%d@chat.example.org", i))] = list
	}
	p := moderation.Principal{Grants: moderation.Everything()}
	planner := newPlanner(c, &shelf{})
	wish := moderation.Wish{Kind: xmpp.ActionKick, Reason: "Raid", Selection: moderation.Selection{
		Where:  []moderation.Scope{moderation.Everywhere},
		Traits: moderation.Traits{Accounts: []moderation.Glob{accountGlob(b, "*@spam.example")}, Since: noon.Add(-time.Hour)},
	}}
	for b.Loop() {
		plan, err := planner.Make(b.Context(), p, wish)
		if err != nil || plan.WillDo() != 4000 {
			b.Fatalf("got %d targets, error %v, want 4000", plan.WillDo(), err)
		}
	}
}
