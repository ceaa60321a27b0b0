package main

import (
	"net/http"
	"net/url"
	"os/exec"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/web/store/storetest"
	"muckick/xmpp"
	"muckick/xmpp/mucserver"
)

// act sends an action on Bob, or on the room.
func (m *moderator) act(kind xmpp.ActionKind, effect store.EffectID) (status int, err error) {
	room := "/rooms/" + url.PathEscape(crashRoom)
	switch kind {
	case xmpp.ActionLock:
		return m.post(room + "/lock")
	case xmpp.ActionUnlock:
		return m.post("/standing/lift", "id", string(effect))
	}
	return m.post(room+"/act", "action", string(kind), "nickname", "Bob", "jid", "bob@localhost")
}

// The program is killed when an action is on its way, which the chat server carries
// out or not. After the next start the trail does not know what became of it, what
// stands is what stands in the room, and nothing was sent once more.
func TestKilledAmidActions(t *testing.T) {
	t.Parallel() // most of it is waiting for a dead replica's lease to end
	undone := map[xmpp.ActionKind]xmpp.ActionKind{
		xmpp.ActionUnban: xmpp.ActionBan, xmpp.ActionUnmute: xmpp.ActionMute, xmpp.ActionUnlock: xmpp.ActionLock,
	}
	type scene struct {
		name string
		look func(t *testing.T)
	}
	var scenes []scene // all of them wait for the same minute
	for _, kind := range xmpp.ActionKinds() {
		switch kind {
		case xmpp.ActionKick: // see TestKilledUnderLoad
			continue
		case xmpp.ActionMember, xmpp.ActionUnmember: // only jobs do it
			continue
		}
		for _, lost := range []bool{true, false} {
			name := string(kind) + " that the server carries out"
			if lost {
				name = string(kind) + " that is lost"
			}
			begun, undoes := undone[kind]
			scenes = append(scenes, scene{name, killAmid(t, kind, begun, undoes, lost)})
		}
	}
	for _, s := range scenes {
		t.Run(s.name, s.look)
	}
}

// killAmid kills a program amid an action, starts it again, and returns what looks
// at what becomes of that.
func killAmid(t *testing.T, kind, begun xmpp.ActionKind, undoes, lost bool) (look func(t *testing.T)) {
	t.Helper()
	var sets atomic.Int64
	var deadly atomic.Pointer[exec.Cmd]
	chat := startChat(t, func(s mucserver.Stanza) bool {
		if s.Type != "set" || s.Namespace != "http://jabber.org/protocol/muc#admin" && s.Namespace != "http://jabber.org/protocol/muc#owner" {
			return false
		}
		sets.Add(1)
		program := deadly.Swap(nil)
		if program == nil {
			return false
		}
		_ = program.Process.Kill() // that it is dead is waited for
		_ = program.Wait()
		return lost
	})
	chat.populate(t, crashRoom)
	env := append(serveEnv(t, chat.address), "MUCKICK_STORE="+storetest.Postgres(t)) // which can be looked into meanwhile
	db := beside(t, env)
	effects := func(ended bool) []store.Effect {
		t.Helper()
		all, err := db.Effects(t.Context(), store.EffectFilter{Ended: ended}, 10)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}

	program, address := launch(t, env)
	m := newModerator(t, address)
	var effect store.EffectID
	if undoes {
		if status, err := m.act(begun, ""); status != http.StatusSeeOther || len(effects(false)) != 1 {
			t.Fatalf("%s: %d, %v", begun, status, err)
		}
		effect = effects(false)[0].ID
	}
	deadly.Store(program)
	if status, err := m.act(kind, effect); err == nil {
		t.Fatalf("got %d by a program that is dead", status)
	}
	sent := sets.Load()
	if !undoes {
		if got := effects(false); len(got) != 1 || got[0].State != moderation.EffectPending {
			t.Fatalf("after its death: %+v, want an effect that is pending", got)
		}
	}

	_, address = launch(t, env)
	return func(t *testing.T) {
		eventually(t, "the effect to be as the room is", func() bool {
			got := effects(true)
			switch {
			case undoes && lost:
				return len(got) == 1 && got[0].State == moderation.EffectStanding
			case undoes:
				return len(got) == 1 && got[0].State == moderation.EffectGone
			case lost:
				return len(got) == 0
			}
			return len(got) == 1 && got[0].State == moderation.EffectStanding
		})
		if got := sets.Load(); got != sent {
			t.Errorf("%d changes were sent by themselves", got-sent)
		}
		// Other replicas wait for the dead one's lease to end.
		var outcomes []xmpp.Outcome
		eventually(t, "the outcome in the trail", func() bool {
			outcomes = nil
			for attempt, err := range db.EachAttempt(t.Context(), store.Filter{}) {
				if err != nil {
					t.Fatal(err)
				}
				if attempt.Action == kind {
					outcomes = append(outcomes, attempt.Outcome)
				}
			}
			return !slices.Contains(outcomes, xmpp.Pending)
		})
		if diff := cmp.Diff([]xmpp.Outcome{xmpp.Unknown}, outcomes); diff != "" {
			t.Errorf("trail (-want +got):\n%s", diff)
		}
		// What stands can be taken back, to what was before.
		m = newModerator(t, address)
		for _, e := range effects(false) {
			if status, err := m.post("/standing/lift", "id", string(e.ID)); status != http.StatusSeeOther {
				t.Errorf("lift: %d, %v", status, err)
			}
		}
		for _, e := range effects(true) {
			if e.Stands() || e.State == moderation.EffectLifted != (undoes == lost) {
				t.Errorf("in the end: got %+v", e)
			}
		}
	}
}
