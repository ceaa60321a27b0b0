package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/xmpp"
)

func roomJID(t testing.TB, address string) xmpp.RoomJID {
	t.Helper()
	return must[xmpp.RoomJID](t)(xmpp.ParseRoom(address))
}

// effect is a ban of Bob that is due at a time.
func effect(t testing.TB, due time.Time) store.Effect {
	t.Helper()
	return store.Effect{
		Action: xmpp.ActionBan, Room: roomJID(t, "snuggery@chat.example.org"), Account: "bob@example.org", Nick: "Bob",
		OccupantID: "0cc", Reason: "Crumbs\x00", By: store.Actor{Kind: store.ByOperator, Name: "nurse", ID: "n"},
		Since: time.Now().UTC().Truncate(time.Microsecond), Until: due, Attempt: "a", Job: "j",
		Before: xmpp.AffiliationMember, MembersOnly: true, Fields: map[string]string{"muc#roomconfig_moderatedroom": "0"},
		State: moderation.EffectPending, Due: due,
	}
}

func TestEffectIsKept(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		soon := time.Now().UTC().Add(time.Hour).Truncate(time.Microsecond)
		want := effect(t, soon)
		want.ID = must[store.EffectID](t)(s.BeginEffect(t.Context(), want))
		want.Reason = `Crumbs\x00`
		got := must[store.Effect](t)(s.Effect(t.Context(), want.ID))
		if diff := cmp.Diff(want, got, cmpopts.EquateComparable(xmpp.RoomJID{}), cmpopts.IgnoreFields(store.Effect{}, "Reason")); diff != "" {
			t.Errorf("begun (-want +got):\n%s", diff)
		}
		got.State, got.Account, got.Before, got.Problem, got.Tries = moderation.EffectStanding, "rob@example.org", xmpp.AffiliationNone, "offline", 2
		if err := s.SetEffect(t.Context(), got); err != nil {
			t.Fatal(err)
		}
		expectEffect(t, s, got)
		got.Until, got.Due, got.Problem, got.Tries = soon.Add(time.Hour), soon.Add(time.Hour), "", 0
		if err := s.SetEffectEnd(t.Context(), got.ID, got.Until); err != nil {
			t.Fatal(err)
		}
		expectEffect(t, s, got)
		ended := got
		ended.State, ended.Ended, ended.EndedBy = moderation.EffectLifted, soon, store.Actor{Kind: store.ByOperator, Name: "nurse", ID: "n"}
		if err := s.SetEffect(t.Context(), ended); err != nil {
			t.Fatal(err)
		}
		if err := s.SetEffect(t.Context(), got); err != nil {
			t.Fatal(err)
		}
		expectEffect(t, s, ended) // for good
		if err := s.DropEffect(t.Context(), got.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Effect(t.Context(), got.ID); !errors.Is(err, moderation.ErrNoEffect) {
			t.Errorf("dropped: got error %v, want ErrNoEffect", err)
		}
	})
}

func expectEffect(t *testing.T, s *store.Store, want store.Effect) {
	t.Helper()
	got := must[store.Effect](t)(s.Effect(t.Context(), want.ID))
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(xmpp.RoomJID{})); diff != "" {
		t.Errorf("effect (-want +got):\n%s", diff)
	}
}

func TestEffectsFilter(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		hour := time.Now().UTC().Add(time.Hour).Truncate(time.Microsecond)
		change := []func(*store.Effect){
			0: func(*store.Effect) {},
			1: func(e *store.Effect) { e.Until = hour.Add(time.Hour) },
			2: func(e *store.Effect) { e.Until = time.Time{} },
			3: func(e *store.Effect) { e.Room = roomJID(t, "garden@chat.example.net") },
			4: func(e *store.Effect) { e.Action, e.Account = xmpp.ActionMute, "" },
			5: func(e *store.Effect) { e.Job = "" },
		}
		index := make(map[store.EffectID]int)
		for i, do := range change {
			e := effect(t, hour)
			do(&e)
			e.Since = e.Since.Add(time.Duration(i) * time.Second)
			index[must[store.EffectID](t)(s.BeginEffect(t.Context(), e))] = i
		}
		tests := []struct {
			name   string
			filter store.EffectFilter
			want   []int
		}{
			{"all", store.EffectFilter{}, []int{5, 4, 3, 0, 1, 2}},
			{"room", store.EffectFilter{Room: roomJID(t, "garden@chat.example.net")}, []int{3}},
			{"action", store.EffectFilter{Action: xmpp.ActionMute}, []int{4}},
			{"account", store.EffectFilter{Account: "bob@example.org"}, []int{5, 3, 0, 1, 2}},
			{"nick of unknown accounts", store.EffectFilter{Nick: "Bob"}, []int{4}},
			{"job", store.EffectFilter{Job: "j"}, []int{4, 3, 0, 1, 2}},
			{"within a service", store.EffectFilter{Within: []moderation.Scope{moderation.InService("chat.example.net")}}, []int{3}},
			{"within nothing", store.EffectFilter{Within: []moderation.Scope{}}, nil},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				var got []int
				for _, e := range must[[]store.Effect](t)(s.Effects(t.Context(), tt.filter, 100)) {
					got = append(got, index[e.ID])
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	})
}

// A replica that has claimed an effect has it alone, until the claim or the
// effect ends.
func TestClaimEffects(t *testing.T) {
	onEachServerOrFile(t, func(t *testing.T, url string) {
		a, b := open(t, store.Options{URL: url}.Shared()), open(t, store.Options{URL: url}.Shared())
		now := time.Now().UTC()
		due := must[store.EffectID](t)(a.BeginEffect(t.Context(), effect(t, now.Add(-time.Second))))
		later := must[store.EffectID](t)(a.BeginEffect(t.Context(), effect(t, now.Add(30*time.Second))))
		claim := func(s *store.Store, lasting time.Duration, want ...store.EffectID) store.Effect {
			t.Helper()
			var got []store.EffectID
			effects := must[[]store.Effect](t)(s.ClaimEffects(t.Context(), 10, lasting))
			for _, e := range effects {
				got = append(got, e.ID)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("claimed (-want +got):\n%s", diff)
			}
			return append(effects, store.Effect{})[0]
		}
		claim(a, time.Nanosecond, due) // a claim that is over at once
		claimed := claim(b, time.Hour, due)
		claim(a, time.Hour)
		claimed.Due = now.Add(-time.Second)
		if err := b.SetEffect(t.Context(), claimed); err != nil { // gives it back
			t.Fatal(err)
		}
		claimed = claim(a, time.Hour, due)
		claimed.State, claimed.Ended = moderation.EffectGone, now
		if err := a.SetEffect(t.Context(), claimed); err != nil {
			t.Fatal(err)
		}
		claim(b, time.Hour)
		if got := must[[]store.Effect](t)(a.Effects(t.Context(), store.EffectFilter{}, 10)); len(got) != 1 || got[0].ID != later {
			t.Errorf("standing: got %+v, want the one that is due later", got)
		}
	})
}
