package faulttest

import (
	"bufio"
	"context"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"muckick/xmpp/xmpptest"
)

// certificateFault puts another server's certificate in the place of the
// trusted one.
func certificateFault() fault {
	return fault{
		name: "certificate changed", tls: true, hold: 700 * time.Millisecond, offline: true, shows: showsOffline,
		inject: func(t testing.TB, r *rig) {
			r.proxy.redirect(t, r.impostor.Addr)
		},
		end: func(t testing.TB, r *rig) { r.proxy.redirect(t, r.proxy.upstream) },
	}
}

// fullFault lets the server turn everybody away, muckick's session included
// (RFC 6120 §4.9.3.17).
func fullFault() fault {
	const turnAway = "<?xml version='1.0'?><stream:stream from='localhost' id='full' version='1.0' xmlns='jabber:client' " +
		"xmlns:stream='http://etherx.jabber.org/streams'><stream:error>" +
		"<resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>"
	return fault{
		name: "server full", line: xmpptest.Prosody, hold: 700 * time.Millisecond, offline: true, shows: showsOffline,
		inject: func(t testing.TB, r *rig) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			var visitors sync.WaitGroup
			visitors.Go(func() {
				for {
					conn, err := l.Accept()
					if err != nil {
						return
					}
					visitors.Go(func() {
						defer conn.Close()
						// Whether the visitor still hears it is its own affair.
						_, _ = bufio.NewReader(conn).ReadString('>')
						_, _ = conn.Write([]byte(turnAway))
					})
				}
			})
			r.full = func() {
				l.Close()
				visitors.Wait()
			}
			r.proxy.redirect(t, l.Addr().String())
		},
		end: func(t testing.TB, r *rig) {
			r.proxy.redirect(t, r.proxy.upstream)
			r.full()
		},
	}
}

// affiliateAll changes muckick's affiliation in every room.
func (r *rig) affiliateAll(t testing.TB, affiliation string) {
	t.Helper()
	for _, room := range append(r.remote, r.rooms...) {
		r.affiliate(t, room, affiliation)
	}
}

// kickMuckick throws muckick out of the rooms, once it is in.
func (r *rig) kickMuckick(t testing.TB) {
	t.Helper()
	for _, room := range r.rooms {
		eventually(t, "kicking muckick", func() bool {
			var refused error
			r.asOwner(t, "kick muckick", func(ctx context.Context, owner *client) error {
				refused = owner.administer(ctx, room, "nick='muckick' role='none'")
				return nil
			})
			return refused == nil
		})
	}
}

// destroyRooms destroys half of the rooms (XEP-0045 §10.9). Their occupants do
// not come back before there is a room again: they would make it themselves.
func destroyRooms(t testing.TB, r *rig) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for _, s := range r.seats {
		if r.isDestroyed(s.room) {
			if err := s.freeze(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, room := range r.rooms[:destroyedCount] {
		r.asOwner(t, "destroy "+room, func(ctx context.Context, owner *client) error {
			return owner.ask(ctx, room, "set", "<query xmlns='http://jabber.org/protocol/muc#owner'><destroy/></query>")
		})
	}
}

// recreateRooms makes the rooms again, which fails if muckick has. Prosody does
// not let anybody do so for a month: there muckick goes on without them.
func recreateRooms(t testing.TB, r *rig) {
	t.Helper()
	if r.server.Software == xmpptest.Prosody {
		r.seats = slices.DeleteFunc(r.seats, func(s *seat) bool { return r.isDestroyed(s.room) })
		r.rooms = r.rooms[destroyedCount:]
		return
	}
	for _, room := range r.rooms[:destroyedCount] {
		r.createRoom(t, room)
	}
	for _, s := range r.seats {
		s.thaw()
	}
}

// destroyedCount is how many of the rooms are destroyed: the first ones.
const destroyedCount = roomCount / 2

func (r *rig) isDestroyed(room string) bool {
	return slices.Contains(r.rooms[:destroyedCount], room)
}
