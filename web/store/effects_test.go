package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sync/errgroup"

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
		Granted: []moderation.Stayer{{Account: "carol@example.org", Nick: "Ca\x00\\rol", Role: xmpp.RoleVisitor}},
		State:   moderation.EffectPending, Due: due,
	}
}

func TestEffectIsKept(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url})
		soon := time.Now().UTC().Add(time.Hour).Truncate(time.Microsecond)
		want := begin(t, s, effect(t, soon.Add(-time.Minute)))
		want.Reason = `Crumbs\x00`
		expectEffect(t, s, want)
		want.Account, want.Nick, want.Before, want.Attempt = "rob@example.org", "Rob", xmpp.AffiliationNone, "b"
		begin(t, s, want) // known better
		expectEffect(t, s, want)
		steps := []struct {
			name string
			do   func() error
			want func(*store.Effect)
		}{
			{"prolonged while its action is under way", func() error { return s.SetEffectEnd(t.Context(), want.ID, soon) },
				func(e *store.Effect) { e.Until = soon }},
			{"settled by who does not know", func() error { return s.SettleEffect(t.Context(), want, true) },
				func(e *store.Effect) { e.State, e.Until, e.Due = moderation.EffectStanding, soon, soon }},
			{"put off", func() error {
				e := want
				e.Until, e.Problem, e.Tries, e.Due = soon, "offline", 2, soon.Add(time.Minute)
				return s.PutOffEffect(t.Context(), e)
			}, func(e *store.Effect) { e.Problem, e.Tries, e.Due = "offline", 2, soon.Add(time.Minute) }},
			{"prolonged", func() error { return s.SetEffectEnd(t.Context(), want.ID, soon.Add(time.Hour)) },
				func(e *store.Effect) {
					e.Until, e.Due, e.Problem, e.Tries = soon.Add(time.Hour), soon.Add(time.Hour), "", 0
				}},
			{"put off by who does not know", func() error {
				e := want
				e.Until, e.Problem, e.Tries, e.Due = soon, "offline", 2, soon.Add(time.Minute)
				return s.PutOffEffect(t.Context(), e)
			}, func(*store.Effect) {}},
			{"others made members", func() error {
				return s.SetGranted(t.Context(), want.ID, []moderation.Stayer{{Account: "ann@example.org", Nick: "Ann"}})
			}, func(e *store.Effect) { e.Granted = []moderation.Stayer{{Account: "ann@example.org", Nick: "Ann"}} }},
			{"nobody made a member", func() error { return s.SetGranted(t.Context(), want.ID, nil) }, func(e *store.Effect) { e.Granted = nil }},
			{"lifted", func() error {
				e := want
				e.State, e.Ended, e.EndedBy = moderation.EffectLifted, soon, store.Actor{Kind: store.ByOperator, Name: "nurse", ID: "n"}
				return s.EndEffect(t.Context(), e)
			}, func(e *store.Effect) {
				e.State, e.Ended, e.EndedBy, e.Due = moderation.EffectLifted, soon, store.Actor{Kind: store.ByOperator, Name: "nurse", ID: "n"}, time.Time{}
			}},
			{"settled too late", func() error { return s.SettleEffect(t.Context(), want, true) }, func(*store.Effect) {}},
			{"begun too late", func() error { return s.BeginEffect(t.Context(), want) }, func(*store.Effect) {}},
			{"gone too late", func() error {
				e := want
				e.State, e.Ended = moderation.EffectGone, soon.Add(time.Hour)
				return s.EndEffect(t.Context(), e)
			}, func(*store.Effect) {}},
		}
		expected := want
		for _, step := range steps {
			if err := step.do(); err != nil {
				t.Fatalf("%s: %v", step.name, err)
			}
			step.want(&expected)
			t.Log(step.name)
			expectEffect(t, s, expected)
		}
		if err := s.SetEffectEnd(t.Context(), want.ID, soon); !errors.Is(err, moderation.ErrNoEffect) {
			t.Errorf("end of one that has ended: got error %v, want ErrNoEffect", err)
		}
		if err := s.DropEffect(t.Context(), want.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Effect(t.Context(), want.ID); !errors.Is(err, moderation.ErrNoEffect) {
			t.Errorf("dropped: got error %v, want ErrNoEffect", err)
		}
		want.Reason = "Crumbs\x00"
		// What was dropped by mistake while its action was under way is on record
		// again as soon as that is known.
		if err := s.SettleEffect(t.Context(), want, true); err != nil {
			t.Fatal(err)
		}
		want.State, want.Due = moderation.EffectStanding, want.Until
		want.Reason = `Crumbs\x00`
		expectEffect(t, s, want)
	})
}

func begin(t testing.TB, s *store.Store, e store.Effect) store.Effect {
	t.Helper()
	if e.ID == "" {
		e.ID = s.NewEffectID(e.Since)
	}
	if err := s.BeginEffect(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	return e
}

// Of those who did the same at once, one effect stands: that of who was last.
func TestEffectReplaces(t *testing.T) {
	onEachServerOrFile(t, func(t *testing.T, url string) {
		s := open(t, store.Options{URL: url}.Shared())
		other := effect(t, time.Time{})
		other.Account = "carol@example.org"
		others := begin(t, s, other).ID
		var group errgroup.Group
		for range 4 {
			here := open(t, store.Options{URL: url}.Shared())
			e := begin(t, here, effect(t, time.Time{}))
			group.Go(func() error { return here.SettleEffect(t.Context(), e, true) })
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
		stands := 0
		for _, e := range must[[]store.Effect](t)(s.Effects(t.Context(), store.EffectFilter{Ended: true}, 100)) {
			switch {
			case e.ID == others:
			case e.State == moderation.EffectStanding:
				stands++
			case e.State != moderation.EffectGone:
				t.Errorf("got %+v, want that it stands or is gone", e)
			}
		}
		if stands != 1 {
			t.Errorf("%d stand, want 1", stands)
		}
		if got := must[store.Effect](t)(s.Effect(t.Context(), others)); !got.Stands() {
			t.Errorf("somebody else's: got %+v, want that it stands", got)
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
			index[begin(t, s, e).ID] = i
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
		due := begin(t, a, effect(t, now.Add(-time.Second))).ID
		later := begin(t, a, effect(t, now.Add(30*time.Second))).ID
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
		if err := a.SetEffectEnd(t.Context(), due, now.Add(time.Hour)); !errors.Is(err, moderation.ErrEffectBusy) {
			t.Errorf("end of one that is claimed: got error %v, want ErrEffectBusy", err)
		}
		claimed.Due = now.Add(-time.Second)
		if err := b.PutOffEffect(t.Context(), claimed); err != nil { // gives it back
			t.Fatal(err)
		}
		claimed = claim(a, time.Hour, due)
		claimed.State, claimed.Ended = moderation.EffectGone, now
		if err := a.EndEffect(t.Context(), claimed); err != nil {
			t.Fatal(err)
		}
		claim(b, time.Hour)
		if got := must[[]store.Effect](t)(a.Effects(t.Context(), store.EffectFilter{}, 10)); len(got) != 1 || got[0].ID != later {
			t.Errorf("standing: got %+v, want the one that is due later", got)
		}
	})
}
