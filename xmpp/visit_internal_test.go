package xmpp

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"muckick/xmpp/mucserver"
)

// A room can go without a word, as when the MUC service restarts behind a
// server that stays. The next kick notices, instead of taking everybody in it
// for absent for ever.
func TestRoomGoneUnnoticed(t *testing.T) {
	server, client := embedded(t)
	if _, err := server.CreateRoom("room@chat.example.org", mucserver.RoomConfig{Persistent: true}); err != nil {
		t.Fatal(err)
	}
	jid, err := ParseRoom("room@chat.example.org")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Kick(t.Context(), jid, Target{Nick: "Nobody"}, ""); !errors.Is(err, ErrNoOccupant) {
		t.Fatal(err)
	}
	s := client.current()
	r := s.hold(jid)
	defer r.release()
	server.Room("room@chat.example.org").Destroy("")
	if v := r.present(); v != nil {
		<-v.ended
	}
	r.mu.Lock()
	r.visit = newVisit(Occupant{Nick: "muckick", Role: RoleModerator}, occupants{})
	r.mu.Unlock()

	_, err = client.Kick(t.Context(), jid, Target{Nick: "Nobody"}, "")
	var gone *NoRoomError
	if !errors.As(err, &gone) {
		t.Errorf("got %v, want no such room", err)
	}
}

// A watch in a room that does not know of us finds that out, says so, and enters
// again.
func TestWatchOfALostVisit(t *testing.T) {
	server, client := embedded(t, func(o *Options) { o.ReconcileEvery = 50 * time.Millisecond })
	jid := RoomJID{"room", "chat.example.org"}
	if _, err := server.CreateRoom(jid.String(), mucserver.RoomConfig{Persistent: true}); err != nil {
		t.Fatal(err)
	}
	r := client.current().hold(jid)
	defer r.release()
	lost := newVisit(Occupant{Nick: "muckick", Role: RoleModerator}, occupants{})
	r.mu.Lock()
	r.visit = lost
	r.mu.Unlock()
	w := client.Watch(jid)
	defer w.Close()
	said := false
	for {
		u, err := w.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		said = said || u.Reset && !u.Roster.Live && errors.As(u.Roster.JoinErr, new(*Exit))
		if len(u.Roster.Occupants) > 0 && u.Roster.Live {
			break
		}
	}
	if !said {
		t.Error("the lost visit was a live list to the end")
	}
	if r.present() == lost {
		t.Error("the lost visit goes on")
	}
}

// embedded runs a server in this process and a connected client of it.
func embedded(t *testing.T, adjust ...func(*Options)) (*mucserver.Server, *Client) {
	t.Helper()
	server, err := mucserver.New(mucserver.Options{
		Domain: "example.org", Services: []string{"chat.example.org"},
		Accounts: map[string]string{"muckick": "pw"}, Admins: []string{"muckick"},
	})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o := Options{JID: "muckick@example.org", Password: "pw", Server: l.Addr().String(), Security: Plaintext}
	for _, change := range adjust {
		change(&o)
	}
	client, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- server.Serve(ctx, l) }()
	go func() { ended <- client.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		for range 2 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	})
	deadline := time.After(20 * time.Second)
	for {
		status, changed := client.Status()
		if status.Online {
			return server, client
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("not connected: %v", status.Err)
		}
	}
}
