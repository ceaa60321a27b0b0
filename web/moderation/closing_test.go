package moderation_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muckick/web/moderation"
	"muckick/xmpp"
)

// A flood is a gathering into which people came of late, and what else its rooms are.
type flood struct {
	gathering
	arrivals []xmpp.Arrival // the latest first
	closed   map[xmpp.RoomJID]bool
	gaps     []xmpp.Gap
	entered  time.Time // when muckick came
}

func (f flood) Arrivals(_ int, wanted func(xmpp.Arrival) bool) (list []xmpp.Arrival) {
	for _, a := range f.arrivals {
		if wanted(a) {
			list = append(list, a)
		}
	}
	return list
}

func (f flood) MembersOnly(_ context.Context, room xmpp.RoomJID) (bool, error) {
	return f.closed[room], nil
}

func (f flood) Occupants(ctx context.Context, room xmpp.RoomJID) (xmpp.Roster, error) {
	roster, err := f.gathering.Occupants(ctx, room)
	roster.Gaps, roster.Self.Since = f.gaps, f.entered
	return roster, err
}

// raided adds bots to a room who came one by one until ago.
func (f *flood) raided(room xmpp.RoomJID, count int, ago time.Duration) {
	for i := range count {
		o := outsider(fmt.Sprintf("bot%d", i), fmt.Sprintf("bot%d@spam.example", i), ago+time.Duration(count-i)*time.Second)
		f.gathering[room] = append(f.gathering[room], o)
		f.arrivals = slices.Insert(f.arrivals, 0, xmpp.Arrival{Time: o.Since, Room: room, Occupant: o})
	}
}

func outsider(nick, account string, joined time.Duration) xmpp.Occupant {
	o := xmpp.Occupant{Nick: nick, RealJID: account, Role: xmpp.RoleParticipant, Affiliation: xmpp.AffiliationNone}
	if joined > 0 {
		o.Since = noon.Add(-joined)
	}
	return o
}

// locking is the wish to make rooms members-only.
func locking(stay moderation.StayRule, rooms ...xmpp.RoomJID) moderation.Wish {
	wish := moderation.Wish{Kind: xmpp.ActionLock, MembersOnly: true, Stay: stay}
	for _, room := range rooms {
		wish.Selection.Where = append(wish.Selection.Where, moderation.InRoom(room))
	}
	return wish
}

var admin = moderation.Principal{Actor: moderation.Actor{ID: "1"}, Grants: moderation.Everything()}

// fates says what becomes of each in a plan's rooms.
func fates(plan moderation.Plan) string {
	var words []string
	for _, target := range plan.Targets {
		for _, b := range target.People {
			text := b.Nick + " " + string(b.Fate)
			if b.Protection != "" {
				text += " " + string(b.Protection)
			}
			words = append(words, text)
		}
	}
	return strings.Join(words, ", ")
}

// A plan to make a room members-only says of each without affiliation whether they
// are thrown out. Who is protected never is.
func TestPlanToClose(t *testing.T) {
	here := room(t, snuggery)
	list := &shelf{exempt: []moderation.Exemption{{Account: accountGlob(t, "EVE@example.org"), Why: "my sister", By: moderation.Actor{Name: "nurse"}}}}
	people := slices.DeleteFunc(party(), func(o xmpp.Occupant) bool { return o.Affiliation == "" })
	c := flood{gathering: gathering{here: people}}
	const protected = "Eve stays exempt, Mona stays moderator"
	tests := []struct {
		name             string
		stay             moderation.StayRule
		entered          time.Time
		want             string
		admitted, gone   int // people, not nicks
		undated, confirm int
	}{
		{"everybody", moderation.StayRule{Everybody: true}, time.Time{},
			"Spam3 cannot stay, Spam1 stays, Spam4 stays, Spam2 stays, " + protected, 4, 1, 0, 0},
		{"nobody", moderation.StayRule{Nobody: true}, time.Time{},
			"Spam1 goes, Spam4 goes, Spam2 goes, Spam3 goes, " + protected, 2, 3, 0, 3},
		{"before a time", moderation.StayRule{Before: noon.Add(-30 * time.Minute)}, time.Time{},
			"Spam1 goes, Spam4 goes, Spam3 goes, Spam2 stays, " + protected, 3, 2, 1, 0},
		{"before a time, and muckick was there", moderation.StayRule{Before: noon.Add(-30 * time.Minute)}, noon.Add(-time.Hour),
			"Spam3 goes, Spam1 stays, Spam4 stays, Spam2 stays, " + protected, 4, 1, 0, 0},
		{"no wave", moderation.StayRule{}, time.Time{},
			"Spam3 cannot stay, Spam1 stays, Spam4 stays, Spam2 stays, " + protected, 4, 1, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c.entered = tt.entered
			plan, err := newPlanner(c, list).Make(t.Context(), admin, locking(tt.stay, here))
			if err != nil {
				t.Fatal(err)
			}
			want := []any{tt.want, tt.admitted, tt.gone, tt.undated, tt.confirm, 1}
			got := []any{fates(plan), plan.Rooms[0].Admitted, plan.Rooms[0].Evicted, plan.Undated, plan.Expect, plan.WillDo()}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("fates, admitted, evicted, undated, to be typed, will do (-want +got):\n%s", diff)
			}
			kept := 0
			for _, stayer := range plan.Targets[0].Keep() {
				kept++
				if stayer.Account == "" {
					t.Errorf("%q is to be made a member without an account", stayer.Nick)
				}
			}
			if want := strings.Count(tt.want, " stays"); kept != want {
				t.Errorf("keeps %d, want %d", kept, want)
			}
		})
	}
}

// The wave counts room by room. Where none came, everybody stays.
func TestPlanToCloseInAWave(t *testing.T) {
	raided, quiet := room(t, snuggery), room(t, garden)
	c := flood{gathering: gathering{
		raided: {outsider("Rosa", "rosa@example.org", 2*time.Hour)},
		quiet:  {outsider("Ole", "ole@example.org", 10*time.Second)},
	}, entered: noon.Add(-3 * time.Hour)}
	known := outsider("Ida", "ida@example.org", 31*time.Second)
	c.raided(raided, 12, 30*time.Second)
	c.gathering[raided] = append(c.gathering[raided], known)
	c.arrivals = append(c.arrivals, xmpp.Arrival{Time: known.Since, Room: raided, Occupant: known, Known: true})
	plan, err := newPlanner(c, &shelf{}).Make(t.Context(), admin, locking(moderation.StayRule{}, raided, quiet))
	if err != nil {
		t.Fatal(err)
	}
	got := fates(plan)
	for _, want := range []string{"Rosa stays", "Ida stays", "Ole stays", "bot0 goes", "bot11 goes"} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if plan.Expect != 12 {
		t.Errorf("%d has to be typed, want the 12 who are thrown out", plan.Expect)
	}
}

// Where a lock would hit who is protected, or nobody knows whom, it is not planned.
func TestPlanCannotClose(t *testing.T) {
	here := room(t, snuggery)
	hidden := outsider("Mona", "", time.Hour)
	hidden.Role = xmpp.RoleModerator
	tests := []struct {
		name    string
		c       flood
		verdict moderation.Verdict
		note    string
	}{
		{"a moderator whose account is hidden", flood{gathering: gathering{here: {hidden}}}, moderation.CannotDo, "Mona"},
		{"unknown affiliations", flood{gathering: gathering{here: party()}}, moderation.CannotDo, "does not tell who"},
		{"not all are listed", flood{gathering: gathering{here: nil}, gaps: []xmpp.Gap{xmpp.GapCompleteness}}, moderation.CannotDo, "who all is there"},
		{"closed", flood{gathering: gathering{here: {outsider("Bob", nobody, 0)}}, closed: map[xmpp.RoomJID]bool{here: true}}, moderation.AlreadySo, "already"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			plan, err := newPlanner(tt.c, &shelf{}).Make(t.Context(), admin, locking(moderation.StayRule{}, here))
			if err != nil {
				t.Fatal(err)
			}
			if got := plan.Targets[0]; got.Verdict != tt.verdict || !strings.Contains(got.Note, tt.note) || len(got.People) > 0 || plan.Rooms[0].Evicted > 0 {
				t.Errorf("got %+v in %+v, want that it is %s", got, plan.Rooms[0], tt.verdict)
			}
		})
	}
}

func TestPlanToCloseRefused(t *testing.T) {
	crowded := func(names []string, each int) flood {
		c := flood{gathering: gathering{}}
		for _, name := range names {
			for i := range each {
				c.gathering[room(t, name)] = append(c.gathering[room(t, name)], outsider(fmt.Sprint(i), fmt.Sprintf("u%d@example.org", i), 0))
			}
		}
		return c
	}
	var many []string
	for i := range 11 {
		many = append(many, fmt.Sprintf("r%d@chat.example.org", i))
	}
	all := moderation.StayRule{Everybody: true}
	tests := []struct {
		name  string
		rooms []string
		each  int
		wish  func(*moderation.Wish)
		want  string
	}{
		{"500 in a room", []string{snuggery}, 500, nil, ""},
		{"501 in a room", []string{snuggery}, 501, nil, "501 people are to stay in " + snuggery},
		{"501 of whom nobody stays", []string{snuggery}, 501, func(w *moderation.Wish) { w.Stay = moderation.StayRule{Nobody: true} }, ""},
		{"5,500 in all", many, 500, nil, "5500 people would become members"},
		{"no lock", []string{snuggery}, 1, func(w *moderation.Wish) { w.Kind = xmpp.ActionKick }, "makes no room members-only"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wish := locking(all)
			for _, name := range tt.rooms {
				wish.Selection.Where = append(wish.Selection.Where, moderation.InRoom(room(t, name)))
			}
			if tt.wish != nil {
				tt.wish(&wish)
			}
			_, err := newPlanner(crowded(tt.rooms, tt.each), &shelf{}).Make(t.Context(), admin, wish)
			var refused *moderation.SelectionError
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("got %v, want none", err)
			case tt.want != "" && (!errors.As(err, &refused) || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// The hash of a plan is of who stays and who goes.
func TestPlanToCloseHash(t *testing.T) {
	here := room(t, snuggery)
	seen := make(map[string]string)
	for name, people := range map[string][]xmpp.Occupant{
		"one":     {outsider("Bob", nobody, time.Hour)},
		"another": {outsider("Bob", "robert@example.org", time.Hour)},
		"two":     {outsider("Bob", nobody, time.Hour), outsider("Carol", "carol@example.org", time.Hour)},
	} {
		for _, stay := range []moderation.StayRule{{Everybody: true}, {Nobody: true}} {
			plan, err := newPlanner(flood{gathering: gathering{here: people}}, &shelf{}).Make(t.Context(), admin, locking(stay, here))
			if err != nil {
				t.Fatal(err)
			}
			name := fmt.Sprint(name, stay)
			if other := seen[plan.Hash]; other != "" {
				t.Errorf("%s and %s have the same hash", name, other)
			}
			seen[plan.Hash] = name
		}
	}
}
