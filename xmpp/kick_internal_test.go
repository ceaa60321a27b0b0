package xmpp

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// kick kicks Bob and returns where its end can be read.
func (s *script) kick() <-chan kickEnd {
	end := make(chan kickEnd, 1)
	go func() {
		occupant, err := s.room.toOccupant(s.t.Context(), Target{Nick: "Bob"}, "Bob", kickOf(Target{Nick: "Bob"}, ""))
		end <- kickEnd{occupant, err}
	}()
	return end
}

type kickEnd struct {
	Occupant Occupant
	Err      error
}

// A nick can change hands on the way: whom a kick hit is what the room says.
func TestKickTellsWhomItHit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t)
		s.says("<presence from='in@chat.example.org/Bob'><x xmlns='%s'><item role='visitor' affiliation='none' jid='bob@example.org/x'/></x></presence>", nsMUCUser)
		end := s.kick()
		req := s.sent()
		s.says("<presence from='in@chat.example.org/Bob' type='unavailable'><x xmlns='%s'><item role='none' affiliation='none' jid='bob@example.org/x'/></x></presence>", nsMUCUser)
		s.says("<presence from='in@chat.example.org/Bob'><x xmlns='%s'><item role='visitor' affiliation='none' jid='eve@example.org/y'/></x></presence>", nsMUCUser)
		s.says("<presence from='in@chat.example.org/Bob' type='unavailable'><x xmlns='%s'><item role='none' affiliation='none' jid='eve@example.org/y'/><status code='307'/></x></presence>", nsMUCUser)
		s.says("<iq type='result' id='%s' from='in@chat.example.org'/>", req.id)
		got := <-end
		if got.Err != nil || got.Occupant.RealJID != "eve@example.org/y" {
			t.Errorf("got %+v, %v, want eve", got.Occupant, got.Err)
		}
		if left := len(s.room.present().thrown); left != 0 {
			t.Errorf("%d nicks are still expected to be thrown out", left)
		}
	})
}

// A refusal is known, even if it cannot be found out whether we were still
// there: the kick is not one that was never sent.
func TestKickRefusedWithoutMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t)
		end := s.kick()
		req := s.sent()
		s.says("<iq type='error' id='%s' from='in@chat.example.org'><error type='cancel'><not-allowed xmlns='%s'/></error></iq>", req.id, nsStanzas)
		s.sent() // the question whether we are there, never answered
		got := <-end
		var refused *RefusedError
		if !errors.As(got.Err, &refused) {
			t.Fatalf("got %v, want a refusal", got.Err)
		}
		if diff := cmp.Diff(&StanzaError{Type: "cancel", Condition: "not-allowed"}, refused.Err); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

// A kick does not wait while the list of services is brought up to date.
func TestKickBesideARefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t)
		s.services.hosts["chat.example.org"] = host{service: &Service{Domain: "chat.example.org"}}
		s.services.loaded = time.Now().Add(-2 * servicesFresh)
		began := time.Now()
		for range 3 {
			if err := s.services.check(t.Context(), "chat.example.org"); err != nil {
				t.Fatal(err)
			}
		}
		if got := time.Since(began); got != 0 {
			t.Errorf("the checks took %v", got)
		}
		s.sent() // the refresh
		s.sentNothing()
	})
}

// A join goes on when nobody waits for it any more: the room is known until we
// are in, and left when it is idle.
func TestJoinThatNobodyWaitsFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t)
		jid := RoomJID{"late", "chat.example.org"}
		r := s.hold(jid)
		ctx, leave := context.WithCancel(t.Context())
		entered := make(chan error)
		go func() { _, err := r.enter(ctx); entered <- err }()
		s.says("<iq type='result' id='%s' from='%s'><query xmlns='%s'><identity category='conference' type='text'/><feature var='%s'/></query></iq>",
			s.sent().id, jid, nsDiscoInfo, nsMUC)
		s.sent() // the join
		leave()
		if err := <-entered; !errors.Is(err, ErrNotSent) {
			t.Fatalf("got %v, want %v", err, ErrNotSent)
		}
		r.release()
		s.says("<presence from='%s/muckick'><x xmlns='%s'><item role='moderator' affiliation='owner'/><status code='110'/></x></presence>", jid, nsMUCUser)
		synctest.Wait()
		if r.present() == nil {
			t.Error("the room let us in, and we did not hear it")
		}
		time.Sleep(s.options.IdleLeave)
		if !slices.Contains(s.takeIdleRooms(s.options.IdleLeave), r) {
			t.Error("the room is not left when it is idle")
		}
	})
}

// A room that ends may leave the question unanswered whether it exists. The join
// asks again, and does not wait for the answer to the first.
func TestJoinAsksAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t)
		jid := RoomJID{"late", "chat.example.org"}
		r := s.hold(jid)
		entered := make(chan error)
		go func() { _, err := r.enter(t.Context()); entered <- err }()
		began := time.Now()
		s.sent() // never answered
		second := s.sent()
		if got := time.Since(began); got != joinDoubt {
			t.Errorf("asked again after %v, want %v", got, joinDoubt)
		}
		s.says("<iq type='error' id='%s' from='%s'><error type='cancel'><item-not-found xmlns='%s'/></error></iq>", second.id, jid, nsStanzas)
		err := <-entered
		if gone := new(NoRoomError); !errors.As(err, &gone) {
			t.Errorf("got %v, want no such room", err)
		}
		if got := time.Since(began); got != joinDoubt {
			t.Errorf("the join took %v, want %v", got, joinDoubt)
		}
	})
}

// A service that does not say what it is, once, goes on being one.
func TestServiceIsNotForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t)
		known := host{service: &Service{Domain: "chat.example.org"}}
		s.services.configured = []string{"chat.example.org"}
		s.services.hosts["chat.example.org"] = known
		loaded := make(chan error)
		go func() { loaded <- s.services.load(t.Context()) }()
		s.says("<iq type='error' id='%s' from='chat.example.org'><error type='wait'><remote-server-timeout xmlns='%s'/></error></iq>", s.sent().id, nsStanzas)
		if err := <-loaded; err != nil {
			t.Fatal(err)
		}
		if got, ok, _ := s.services.known("chat.example.org"); !ok || got.service == nil || got.err != nil {
			t.Errorf("got %+v, %v, want the service", got, ok)
		}
	})
}
