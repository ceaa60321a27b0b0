package moderation_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"muckick/web/moderation"
	"muckick/xmpp"
)

// A process that dies loses no effect: what was not sent leaves none, and what was
// sent is as the room says, and is taken back to what was before, on time and once.
func TestDeathAmidActions(t *testing.T) {
	everything := []struct {
		kind    xmpp.ActionKind
		account string
		restore func(c roomState) bool // the room is as it was before
	}{
		{xmpp.ActionBan, member, func(c roomState) bool { return c.affiliations[member] == xmpp.AffiliationMember }},
		{xmpp.ActionMute, nobody, func(c roomState) bool { return c.occupants["Bob"].Role == xmpp.RoleParticipant }},
		{xmpp.ActionLock, "", func(c roomState) bool { return c.fields["moderated"] == "0" }},
	}
	undoing := map[xmpp.ActionKind]xmpp.ActionKind{}
	for undo, kind := range undone {
		undoing[kind] = undo
	}
	die := func(xmpp.ActionKind) error { runtime.Goexit(); return nil }
	for _, tt := range everything {
		t.Run(string(tt.kind)+" before it is sent", func(t *testing.T) {
			inScene(t, func(s *scene) {
				s.chat.change(func() { s.chat.before = die })
				s.doomed(s.order(tt.kind, tt.account, 6*time.Minute))
				s.chat.change(func() { s.chat.before = nil })
				if got := s.effects(); len(got) != 1 || got[0].State != moderation.EffectPending {
					t.Fatalf("got %+v, want one that is pending", got)
				}
				s.sleep(3 * time.Minute)
				if got := s.effects(); len(got) != 0 || len(s.chat.now().sent) != 0 {
					t.Errorf("got %+v, and %v was sent: want nothing", got, s.chat.now().sent)
				}
			})
		})
		t.Run(string(tt.kind)+" after it was sent", func(t *testing.T) {
			inScene(t, func(s *scene) {
				s.chat.change(func() { s.chat.after = die })
				s.doomed(s.order(tt.kind, tt.account, 6*time.Minute))
				s.chat.change(func() { s.chat.after = nil })
				s.expect(3*time.Minute, moderation.EffectStanding, "")
				s.expect(4*time.Minute, moderation.EffectLifted, "")
				if diff := cmp.Diff([]xmpp.ActionKind{tt.kind, undoing[tt.kind]}, s.chat.now().sent); diff != "" || !tt.restore(s.chat.now()) {
					t.Errorf("sent (-want +got):\n%s\nroom: %+v", diff, s.chat.now())
				}
			})
		})
		t.Run(string(undoing[tt.kind])+" after it was sent", func(t *testing.T) {
			inScene(t, func(s *scene) {
				s.do(s.order(tt.kind, tt.account, 6*time.Minute), xmpp.Done)
				s.chat.change(func() { s.chat.after = die })
				s.doomed(s.order(undoing[tt.kind], tt.account, 0))
				s.chat.change(func() { s.chat.after = nil })
				s.expect(2*time.Minute, moderation.EffectGone, "")
				s.sleep(8 * time.Minute)
				if diff := cmp.Diff([]xmpp.ActionKind{tt.kind, undoing[tt.kind]}, s.chat.now().sent); diff != "" || !tt.restore(s.chat.now()) {
					t.Errorf("sent (-want +got):\n%s\nroom: %+v", diff, s.chat.now())
				}
			})
		})
	}
}

// doomed carries out an order by a process that dies.
func (s *scene) doomed(order moderation.Order, adjust ...func(*moderation.Options)) {
	var dying sync.WaitGroup
	desk := s.newDesk(adjust...)
	dying.Go(func() { _, _ = desk.Do(s.Context(), order) }) // it does not return
	dying.Wait()
}

// What somebody else did before is not ours to end, whatever happens meanwhile.
func TestNotOurs(t *testing.T) {
	for _, tt := range []struct {
		name   string
		before func(s *scene)
	}{
		{"done", func(s *scene) {}},
		{"dies", func(s *scene) {
			s.chat.change(func() { s.chat.after = func(xmpp.ActionKind) error { runtime.Goexit(); return nil } })
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inScene(t, func(s *scene) {
				s.chat.change(func() { s.chat.affiliations[nobody] = xmpp.AffiliationOutcast })
				tt.before(s)
				s.doomed(s.order(xmpp.ActionBan, nobody, time.Minute))
				s.sleep(5 * time.Minute)
				if got := s.effects(); len(got) != 0 || s.chat.now().affiliations[nobody] != xmpp.AffiliationOutcast {
					t.Errorf("got %+v, and they are %q", got, s.chat.now().affiliations[nobody])
				}
			})
		})
	}
}

// Orders on one person at once leave one effect, which ends when the last of them
// said, and gives back what was before the first.
func TestOrdersAtOnce(t *testing.T) {
	inScene(t, func(s *scene) {
		s.chat.change(func() { s.chat.before = func(xmpp.ActionKind) error { time.Sleep(time.Second); return nil } })
		var wg sync.WaitGroup
		for i := range 5 {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				_, err := s.desk.Do(s.Context(), s.order(xmpp.ActionBan, member, time.Duration(i+1)*time.Minute))
				if err != nil {
					s.Error(err)
				}
			})
		}
		wg.Wait()
		e := s.expect(0, moderation.EffectStanding, "")
		if e.Before != xmpp.AffiliationMember || len(s.chat.now().sent) != 1 {
			t.Errorf("got %+v of %v, want one ban of a member", e, s.chat.now().sent)
		}
		if wait := time.Until(e.Until); wait < 4*time.Minute {
			t.Errorf("ends in %v, want what the last said", wait)
		}
		s.expect(6*time.Minute, moderation.EffectLifted, "")
		if got := s.chat.now().affiliations[member]; got != xmpp.AffiliationMember {
			t.Errorf("got %q, want a member again", got)
		}
	})
}

// Who prolongs an effect that is being ended is told so, and who bans anew waits
// until it is.
func TestProlongedTooLate(t *testing.T) {
	inScene(t, func(s *scene) {
		lifting, goOn := make(chan bool), make(chan bool)
		s.chat.change(func() {
			s.chat.before = func(kind xmpp.ActionKind) error {
				if kind == xmpp.ActionUnban { // which happens once
					close(lifting)
					<-goOn
				}
				return nil
			}
		})
		s.do(s.order(xmpp.ActionBan, nobody, time.Minute), xmpp.Done)
		e := s.effects()[0]
		<-lifting
		if err := s.store.SetEffectEnd(s.Context(), e.ID, time.Now().Add(time.Hour)); !errors.Is(err, moderation.ErrEffectBusy) {
			t.Errorf("got error %v, want ErrEffectBusy", err)
		}
		elsewhere, err := s.newDesk().Do(s.Context(), s.order(xmpp.ActionBan, nobody, time.Hour)) // on another replica
		if err != nil || elsewhere.Outcome != xmpp.Already || elsewhere.Detail == "" {
			t.Errorf("got %+v, %v, want that it is so, and may not last", elsewhere, err)
		}
		var wg sync.WaitGroup
		wg.Go(func() { s.do(s.order(xmpp.ActionBan, nobody, time.Hour), xmpp.Done) })
		synctest.Wait()
		close(goOn)
		wg.Wait()
		all := s.effects()
		if len(all) != 2 || all[0].State != moderation.EffectStanding || all[1].State != moderation.EffectLifted {
			t.Errorf("got %+v, want one that stands and one that was lifted", all)
		}
	})
}

// Effects end on time where this process's own clock is wrong.
func TestClockSkew(t *testing.T) {
	for _, skew := range []time.Duration{-time.Hour, time.Hour} {
		t.Run(skew.String(), func(t *testing.T) {
			inScene(t, func(s *scene) {
				s.do(s.order(xmpp.ActionBan, nobody, time.Minute), xmpp.Done)
				s.expect(59*time.Second, moderation.EffectStanding, "")
				s.expect(3*time.Second, moderation.EffectLifted, "")
			}, func(o *moderation.Options) { o.Now = func() time.Time { return time.Now().Add(skew) } })
		})
	}
}

// A mute ends by giving voice, when that can be done; and what it came to is told.
func TestMuteEnds(t *testing.T) {
	remembers := xmpp.MuteEffect{Rejoin: xmpp.Yes, RejoinMember: xmpp.Yes}
	tests := []struct {
		name   string
		effect xmpp.MuteEffect
		do     func(s *scene) // after a minute
		soon   moderation.EffectState
		why    string
		then   func(s *scene) // when it has been due for some time
		end    moderation.EffectState
		voice  xmpp.Role // of Bob in the end, whatever his nick is
	}{
		{"here", remembers, func(*scene) {}, moderation.EffectStanding, "", func(*scene) {}, moderation.EffectLifted, xmpp.RoleParticipant},
		{"has another nick", remembers, func(s *scene) {
			s.chat.occupy("Bob", "")
			s.chat.occupy("Rob", xmpp.RoleVisitor)
		}, moderation.EffectStanding, "", func(*scene) {}, moderation.EffectLifted, xmpp.RoleParticipant},
		{"hidden meanwhile", remembers, func(s *scene) {
			s.chat.change(func() {
				delete(s.chat.occupants, "Bob")
				s.chat.occupants["Rob"] = xmpp.Occupant{Nick: "Rob", OccupantID: "b0b", Role: xmpp.RoleVisitor}
			})
		}, moderation.EffectStanding, "", func(*scene) {}, moderation.EffectLifted, xmpp.RoleParticipant},
		{"somebody else has the nick", remembers, func(s *scene) {
			s.chat.change(func() {
				s.chat.occupants["Bob"] = xmpp.Occupant{Nick: "Bob", RealJID: "eve@example.org", OccupantID: "e", Role: xmpp.RoleParticipant}
			})
		}, moderation.EffectStanding, "", func(s *scene) {
			if got := s.effects()[0]; !got.Stands() {
				s.Errorf("got %+v, want that it waits", got)
			}
			s.chat.occupy("Rob", xmpp.RoleVisitor)
		}, moderation.EffectLifted, xmpp.RoleParticipant},
		{"away where it is remembered", remembers, func(s *scene) { s.chat.occupy("Bob", "") }, moderation.EffectStanding, "", func(s *scene) {
			if got := s.effects()[0]; !got.Stands() || got.Problem == "" || len(s.chat.now().sent) != 1 {
				s.Errorf("got %+v, want that it waits", got)
			}
			s.chat.occupy("Bob", xmpp.RoleVisitor)
		}, moderation.EffectLifted, xmpp.RoleParticipant},
		{"away where it is forgotten", xmpp.MuteEffect{Rejoin: xmpp.No, RejoinMember: xmpp.No}, func(s *scene) { s.chat.occupy("Bob", "") },
			moderation.EffectGone, "they left the room, and the chat server forgets mutes", func(*scene) {}, moderation.EffectGone, ""},
		{"away where newcomers have no voice", xmpp.MuteEffect{Rejoin: xmpp.Yes, RejoinMember: xmpp.No}, func(s *scene) { s.chat.occupy("Bob", "") },
			moderation.EffectStanding, "", func(*scene) {}, moderation.EffectGone, ""},
		{"given voice by hand", remembers, func(s *scene) { s.chat.occupy("Bob", xmpp.RoleParticipant) },
			moderation.EffectGone, "they have voice again, which muckick did not give them", func(*scene) {}, moderation.EffectGone, xmpp.RoleParticipant},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inScene(t, func(s *scene) {
				s.chat.change(func() { s.chat.effect = tt.effect })
				s.do(s.order(xmpp.ActionMute, nobody, 3*time.Minute), xmpp.Done)
				tt.do(s)
				s.expect(2*time.Minute, tt.soon, tt.why)
				s.sleep(5 * time.Minute)
				tt.then(s)
				s.expect(2*time.Minute, tt.end, "")
				var voice xmpp.Role
				for _, o := range s.chat.now().occupants {
					if o.OccupantID == "b0b" {
						voice = o.Role
					}
				}
				if voice != tt.voice {
					t.Errorf("got %q, want %q", voice, tt.voice)
				}
			})
		})
	}
}

// Each lock of a room puts back what it changed, and one unlock all of it.
func TestLocks(t *testing.T) {
	locks := func(s *scene) {
		s.do(s.order(xmpp.ActionLock, "", time.Minute), xmpp.Done)
		order := s.order(xmpp.ActionLock, "", 2*time.Minute)
		order.Action.MembersOnly = true
		s.do(order, xmpp.Done)
		s.do(s.order(xmpp.ActionLock, "", 3*time.Minute), xmpp.Already)
	}
	t.Run("by themselves", func(t *testing.T) {
		inScene(t, func(s *scene) {
			locks(s)
			s.sleep(2*time.Minute + 5*time.Second)
			if diff := cmp.Diff(map[string]string{"moderated": "1", "membersonly": "0"}, s.chat.now().fields); diff != "" {
				t.Errorf("after two minutes (-want +got):\n%s", diff)
			}
			s.sleep(time.Minute)
			if diff := cmp.Diff(map[string]string{"moderated": "0", "membersonly": "0"}, s.chat.now().fields); diff != "" {
				t.Errorf("in the end (-want +got):\n%s", diff)
			}
			for _, e := range s.effects() {
				if e.State != moderation.EffectLifted {
					t.Errorf("got %+v, want that it was lifted", e)
				}
			}
		})
	})
	t.Run("at once", func(t *testing.T) {
		inScene(t, func(s *scene) {
			locks(s)
			s.do(s.order(xmpp.ActionUnlock, "", 0), xmpp.Done)
			if diff := cmp.Diff(map[string]string{"moderated": "0", "membersonly": "0"}, s.chat.now().fields); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, e := range s.effects() {
				if e.State != moderation.EffectLifted {
					t.Errorf("got %+v, want that it was lifted", e)
				}
			}
		})
	})
	t.Run("by hand", func(t *testing.T) {
		inScene(t, func(s *scene) {
			s.do(s.order(xmpp.ActionLock, "", 0), xmpp.Done)
			s.chat.change(func() { s.chat.fields["moderated"] = "0" })
			s.expect(2*time.Minute, moderation.EffectGone, "the room's configuration was changed back")
		})
	})
}

// With a room its effects are gone; a room that only has to be woken is not.
func TestRoomGone(t *testing.T) {
	for _, kind := range []xmpp.ActionKind{xmpp.ActionBan, xmpp.ActionMute, xmpp.ActionLock} {
		for _, lasting := range []time.Duration{0, time.Minute} {
			t.Run(fmt.Sprintf("%s for %v", kind, lasting), func(t *testing.T) {
				inScene(t, func(s *scene) {
					s.do(s.order(kind, nobody, lasting), xmpp.Done)
					s.chat.change(func() { s.chat.gone = true })
					s.expect(2*time.Minute, moderation.EffectGone, "the room is gone")
				})
			})
		}
		t.Run("asleep: "+string(kind), func(t *testing.T) {
			inScene(t, func(s *scene) {
				s.do(s.order(kind, nobody, 30*time.Second), xmpp.Done)
				s.chat.change(func() { s.chat.asleep = true })
				s.expect(3*time.Minute, moderation.EffectLifted, "")
			})
		})
	}
}

// A room whose answers do not come holds up nothing elsewhere, and a room with
// 5,000 bans is asked once a round.
func TestChecks(t *testing.T) {
	inScene(t, func(s *scene) {
		for i := range 5000 {
			account := fmt.Sprintf("bot%d@spam.example", i)
			s.chat.change(func() { s.chat.affiliations[account] = xmpp.AffiliationOutcast })
			e := moderation.Effect{ID: s.store.NewEffectID(time.Now()), Action: xmpp.ActionBan, Room: s.room, Account: account, Since: time.Now()}
			if err := s.store.SettleEffect(s.Context(), e, false); err != nil {
				t.Fatal(err)
			}
		}
		s.chat.change(func() { delete(s.chat.affiliations, "bot7@spam.example") })
		s.sleep(65 * time.Second)
		gone := slices.DeleteFunc(s.effects(), func(e moderation.Effect) bool { return e.State != moderation.EffectGone })
		if len(gone) != 1 || gone[0].Account != "bot7@spam.example" || s.chat.now().reads != 1 {
			t.Errorf("gone: %+v, after %d readings, want bot7 after one", gone, s.chat.now().reads)
		}
		s.chat.change(func() { s.chat.reading = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() } })
		s.do(s.order(xmpp.ActionBan, nobody, 10*time.Minute), xmpp.Done)
		s.sleep(10*time.Minute + 2*time.Second)
		if got := s.chat.now().affiliations[nobody]; got == xmpp.AffiliationOutcast {
			t.Error("a ban does not end while a list is read")
		}
	})
}

// A store that fails keeps what was not recorded from being sent, and forgets
// nothing that was.
func TestStoreFails(t *testing.T) {
	inScene(t, func(s *scene) {
		s.desk = s.newDesk(func(o *moderation.Options) { o.Effects = failing{keeping: s.store, begin: errBroken} })
		_, err := s.desk.Do(s.Context(), s.order(xmpp.ActionBan, nobody, 5*time.Minute))
		if !errors.Is(err, moderation.ErrNotAudited) || len(s.chat.now().sent) != 0 {
			t.Errorf("got error %v, and %v was sent: want nothing", err, s.chat.now().sent)
		}
		s.desk = s.newDesk(func(o *moderation.Options) { o.Effects = failing{keeping: s.store, settle: errBroken} })
		s.do(s.order(xmpp.ActionBan, nobody, 5*time.Minute), xmpp.Done)
		s.expect(0, moderation.EffectPending, "")
		s.expect(2*time.Minute, moderation.EffectStanding, "")
		s.expect(4*time.Minute, moderation.EffectLifted, "")
	})
}

type keeping interface{ moderation.Effects }

// failing is a store of effects that fails in places.
type failing struct {
	keeping
	begin, settle error
}

func (f failing) BeginEffect(ctx context.Context, e moderation.Effect) error {
	if f.begin != nil {
		return f.begin
	}
	return f.keeping.BeginEffect(ctx, e)
}

func (f failing) SettleEffect(ctx context.Context, e moderation.Effect, replaces bool) error {
	if f.settle != nil {
		return f.settle
	}
	return f.keeping.SettleEffect(ctx, e, replaces)
}
