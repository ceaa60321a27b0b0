package faulttest

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"muckick/xmpp/xmpptest"
)

const (
	// singles is how many kicks in other rooms are compared.
	singles = 40

	// burstTimeout is enough for the last kick of a burst.
	burstTimeout = 2 * time.Minute
)

// A burst in one huge room, which the chat server works through slowly, does
// not hold up kicks in other rooms. How long those take is reported; only the
// order is asserted: a kick in each is done while most of the burst waits.
func TestFairness(t *testing.T) {
	_, everything := long(t)
	sizes := map[string]int{xmpptest.Prosody: 120, xmpptest.Ejabberd: 250} // of the huge room's crowd
	if everything {
		// A crowd that slows the double down takes long to come.
		sizes = map[string]int{xmpptest.Mucserver: 1000, xmpptest.Prosody: 300, xmpptest.Ejabberd: 500}
	}
	for server, size := range sizes {
		t.Run(server, func(t *testing.T) { compareSingles(t, xmpptest.Start(t, server), size) })
	}
}

func compareSingles(t *testing.T, server *xmpptest.Server, size int) {
	r := newRig(t, server, fault{kickTimeout: burstTimeout})
	huge := server.NewRoom()
	r.createRoom(t, huge)
	nicks := r.crowd(t, huge, size)
	from := &kicker{site: r.site}
	for _, room := range append(r.rooms, huge) { // muckick is in all of them
		from.kick(room, absentNick, nil)
	}
	quiet := r.kickSingles(from, func() bool { return false })

	var burst sync.WaitGroup
	var answered, failed atomic.Int64
	begun := time.Now()
	for _, nick := range nicks {
		burst.Go(func() {
			if k := from.kick(huge, nick, nil); k.status != http.StatusOK {
				failed.Add(1)
			}
			answered.Add(1)
		})
	}
	eventually(t, "the first kick of the burst", func() bool { return answered.Load() > 0 })
	var others sync.WaitGroup
	for _, room := range r.rooms {
		others.Go(func() { from.kick(room, absentNick, nil) })
	}
	others.Wait()
	if got := answered.Load(); got > int64(size/2) {
		t.Errorf("%d of %d kicks of the burst were done before one in each of %d other rooms, want less than half", got, size, len(r.rooms))
	}
	busy := r.kickSingles(from, func() bool { return answered.Load() == int64(size) })
	burst.Wait()
	if got := failed.Load(); got > 0 {
		t.Errorf("%d of %d kicks of the burst failed", got, size)
	}
	t.Logf("burst of %d in %v; kicks in other rooms: %v without it, %v during it",
		size, time.Since(begun).Round(time.Millisecond), quiet, busy)
}

// A spread sums up how long kicks took.
type spread struct {
	count       int
	median, p99 time.Duration
}

func (s spread) String() string {
	return fmt.Sprintf("median %v, p99 %v of %d", s.median.Round(10*time.Microsecond), s.p99.Round(10*time.Microsecond), s.count)
}

// kickSingles kicks in one other room after the other, unless done says that it
// is too late.
func (r *rig) kickSingles(from *kicker, done func() bool) spread {
	var took []time.Duration
	for i := 0; i < singles && !done(); i++ {
		took = append(took, from.kick(r.rooms[i%len(r.rooms)], absentNick, nil).took())
	}
	slices.Sort(took)
	if len(took) == 0 {
		return spread{}
	}
	return spread{len(took), took[len(took)/2], took[(len(took)*99-1)/100]}
}

// crowd fills a room with occupants who hear nothing, and returns their nicks.
func (r *rig) crowd(t testing.TB, room string, size int) []string {
	t.Helper()
	var nicks []string
	var logins errgroup.Group
	logins.SetLimit(16)
	for i := range size {
		user := fmt.Sprintf("crowd%d", i)
		r.server.Register(t, user, seatPassword)
		nicks = append(nicks, user)
		logins.Go(func() error {
			ctx, cancel := context.WithTimeout(t.Context(), requestTimeout)
			defer cancel()
			return r.enterDeaf(ctx, t, user, room)
		})
	}
	if err := logins.Wait(); err != nil {
		t.Fatal(err)
	}
	// They do not hear that they are in, but the room knows.
	r.asOwner(t, "wait for the crowd", func(ctx context.Context, owner *client) error {
		for {
			found, err := owner.countParticipants(ctx, room)
			if err != nil || found >= size {
				return err
			}
			if !pause(ctx, 5*pollEvery) {
				return fmt.Errorf("only %d of %d occupants came", found, size)
			}
		}
	})
	return nicks
}

// enterDeaf logs somebody in who enters the room and reads without looking.
func (r *rig) enterDeaf(ctx context.Context, t testing.TB, user, room string) error {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", r.server.Addr)
	if err != nil {
		return err
	}
	var reading sync.WaitGroup
	t.Cleanup(func() {
		conn.Close()
		reading.Wait()
	})
	c := &client{conn: conn}
	if _, err := c.login(r.server.Domain, user, seatPassword); err != nil {
		return err
	}
	reading.Go(func() {
		// It ends with the connection.
		_, _ = io.Copy(io.Discard, conn)
	})
	return c.send("<presence to='%s/%s'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>", room, user)
}
