package xmpp_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

func TestKick(t *testing.T) {
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		address := s.NewRoom()
		alice := peers.Connect(t, "alice", "pw")
		alice.CreateRoom(t, address, "Alice", nil)
		bob := peers.Connect(t, "bob", "pw")
		bob.Join(t, address, "Bob")
		c := newClient(t, s)
		online(t, c)
		ctx, room := testContext(t), parseRoom(t, address)

		target, err := c.Kick(ctx, room, xmpp.Target{Nick: "Bob"}, `no <b>&"spam"</b> 🙂`)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(target.RealJID, "bob@"+s.Domain) {
			t.Errorf("got real JID %q, want bob's", target.RealJID)
		}
		end := bob.WaitGone(t, address)
		if !end.Has(307) || end.Reason != `no <b>&"spam"</b> 🙂` {
			t.Errorf("got %+v, want 307 with the reason", end)
		}
		if _, err := c.Kick(ctx, room, xmpp.Target{Nick: "Bob"}, ""); !errors.Is(err, xmpp.ErrNoOccupant) {
			t.Errorf("second kick: got %v, want %v", err, xmpp.ErrNoOccupant)
		}
		_, err = c.Kick(ctx, room, xmpp.Target{Nick: "Alice"}, "")
		var refused *xmpp.RefusedError
		switch {
		case s.Software == xmpptest.Ejabberd && !errors.As(err, &refused):
			t.Errorf("kick of the owner: got %v, want a refusal", err)
		case s.Software != xmpptest.Ejabberd && err != nil:
			t.Errorf("kick of the owner: %v", err)
		}
	})
}

func TestKickNobody(t *testing.T) {
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		address := s.NewRoom()
		alice := peers.Connect(t, "alice", "pw")
		alice.CreateRoom(t, address, "Alice", nil)
		c := newClient(t, s)
		online(t, c)

		tests := []struct {
			name, room, nick, reason string
			want                     error // its type, or a sentinel
		}{
			{"absent nick", address, "Zed", "", xmpp.ErrNoOccupant},
			{"other case", address, "alice", "", xmpp.ErrNoOccupant},
			{"empty nick", address, "", "", xmpp.ErrNoOccupant},
			{"nick of nothing visible", address, "\u200b", "", xmpp.ErrNoOccupant},
			{"look-alike of a later Unicode", address, "🄰lice", "", xmpp.ErrNoOccupant},
			{"unknown room", s.Room("nosuch"), "Bob", "", &xmpp.NoRoomError{}},
			{"unknown room, empty nick", s.Room("nosuch"), "", "", &xmpp.NoRoomError{}},
			{"no MUC service", "room@" + s.Domain, "Bob", "", &xmpp.NoServiceError{}},
			{"unknown host", "room@nosuch.example", "Bob", "", &xmpp.NoHostError{}},
			{"own nick", address, "muckick", "", xmpp.ErrOwnOccupant},
			{"control character in nick", address, "B\x01b", "", &xmpp.NickError{}},
			{"invalid UTF-8 in nick", address, "B\xffb", "", &xmpp.NickError{}},
			{"huge nick", address, strings.Repeat("x", 1024), "", &xmpp.NickError{}},
			{"control character in reason", address, "Alice", "\x00", &xmpp.ReasonError{}},
			{"invalid UTF-8 in reason", address, "Alice", "\xff", &xmpp.ReasonError{}},
			{"huge reason", address, "Alice", strings.Repeat("x", 1<<20), xmpp.ErrTooLarge},
			{"reason that escaping makes huge", address, "Alice", strings.Repeat("'", 60_000), xmpp.ErrTooLarge},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				_, err := c.Kick(testContext(t), parseRoom(t, tt.room), xmpp.Target{Nick: tt.nick}, tt.reason)
				if !sameKind(err, tt.want) {
					t.Errorf("got %T %v, want %T", err, err, tt.want)
				}
			})
		}
		if !alice.Ping(t, address) {
			t.Error("Alice is gone")
		}
	})
}

// sameKind reports whether err is want, or wraps an error of its type.
func sameKind(err, want error) bool {
	switch want.(type) {
	case *xmpp.NoRoomError:
		return errors.As(err, new(*xmpp.NoRoomError))
	case *xmpp.NoServiceError:
		return errors.As(err, new(*xmpp.NoServiceError))
	case *xmpp.NoHostError:
		return errors.As(err, new(*xmpp.NoHostError))
	case *xmpp.NickError:
		return errors.As(err, new(*xmpp.NickError))
	case *xmpp.ReasonError:
		return errors.As(err, new(*xmpp.ReasonError))
	case *xmpp.RefusedError:
		return errors.As(err, new(*xmpp.RefusedError))
	case *xmpp.JoinError:
		return errors.As(err, new(*xmpp.JoinError))
	}
	return errors.Is(err, want)
}

// Rooms that stringprep servers allow and Go's PRECIS refuses.
func TestHostileRooms(t *testing.T) {
	rooms := []string{"straße", "ㅋㅋㅋ", "ÜBER", "ﬁsh", "a\u00adb", "Ӏ", "Ⴀ"}
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		c := newClient(t, s)
		online(t, c)
		owner := peers.Connect(t, "owner", "pw")
		guest := peers.Connect(t, "guest", "pw")
		for i, name := range rooms {
			t.Run("room "+name, func(t *testing.T) {
				address := s.Room(fmt.Sprintf("%s%d", name, i))
				owner.CreateRoom(t, address, "Owner", nil)
				guest.Join(t, address, "Guest")
				if _, err := c.Kick(testContext(t), parseRoom(t, address), xmpp.Target{Nick: "Guest"}, ""); err != nil {
					t.Fatal(err)
				}
				guest.WaitGone(t, address)
			})
		}
	})
}

// Whatever people call themselves, they are listed and can be kicked: by every
// one of these nicks.
func TestHostileNicks(t *testing.T) {
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		c := newClient(t, s)
		online(t, c)
		address := s.NewRoom()
		peers.Connect(t, "owner", "pw").CreateRoom(t, address, "Owner", nil)
		guest := peers.Connect(t, "guest", "pw")
		for _, tt := range xmpptest.HostileNicks() {
			t.Run(tt.Name, func(t *testing.T) {
				joined, refused := guest.TryJoin(t, address, tt.Nick)
				if refused != nil || tt.Refused(s) {
					if refused == nil || !tt.Refused(s) {
						t.Errorf("got refusal %v, want one: %v", refused, tt.Refused(s))
					}
					return
				}
				eventually(t, "the nick on the list", func() bool {
					roster, err := c.Occupants(testContext(t), parseRoom(t, address))
					if err != nil {
						t.Fatal(err)
					}
					return slices.Contains(nicksOf(roster), joined.Nick)
				})
				if _, err := c.Kick(testContext(t), parseRoom(t, address), xmpp.Target{Nick: tt.Nick}, "out"); err != nil {
					t.Fatal(err)
				}
				if end := guest.WaitGone(t, address); !end.Has(307) {
					t.Errorf("got statuses %v, want 307", end.Statuses)
				}
			})
		}
	})
}

// A burst over many rooms: every kick is answered truthfully, and each room is
// joined once.
func TestKickBurst(t *testing.T) {
	const roomCount, perRoom = 50, 20
	xmpptest.EachShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		var users []string
		for i := range perRoom {
			users = append(users, fmt.Sprintf("burst%d", i))
		}
		members := peers.ConnectMany(t, users, "pw")
		owner := peers.Connect(t, "owner", "pw")
		watcher := peers.Connect(t, "watcher", "pw")
		var rooms []string
		for range roomCount {
			room := s.NewRoom()
			rooms = append(rooms, room)
			owner.CreateRoom(t, room, "owner", nil)
		}
		peers.JoinMany(t, append(members, watcher), rooms)
		// A busy machine takes its time, and what waits too long is not sent.
		c := newClient(t, s, func(o *xmpp.Options) { o.AnswerTimeout = time.Minute })
		online(t, c)

		ctx := testContext(t)
		var wg sync.WaitGroup
		var mu sync.Mutex
		got := make(map[string]int)
		for _, address := range rooms {
			room := parseRoom(t, address)
			for _, user := range append(slices.Clone(users), "absent") {
				wg.Go(func() {
					_, err := c.Kick(ctx, room, xmpp.Target{Nick: user}, "burst")
					kind := "kicked"
					if err != nil {
						kind = err.Error()
					}
					mu.Lock()
					defer mu.Unlock()
					got[kind]++
				})
			}
		}
		wg.Wait()
		want := map[string]int{"kicked": roomCount * perRoom, xmpp.ErrNoOccupant.Error(): roomCount}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
		for _, room := range rooms {
			for _, member := range members {
				if end := member.WaitGone(t, room); !end.Has(307) || end.Reason != "burst" {
					t.Fatalf("%s: got %+v, want 307 with the reason", room, end)
				}
			}
			if !watcher.Joined(room) {
				t.Errorf("%s: somebody was kicked whom nobody meant", room)
			}
		}
		if got := c.Load().JoinedRooms; got != roomCount {
			t.Errorf("got %d joined rooms, want %d", got, roomCount)
		}
	})
}
