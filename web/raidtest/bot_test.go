package raidtest

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"muckick/xmpp/xmpptest"
)

const (
	botPassword = "pw"
	botPause    = 50 * time.Millisecond // after a session that ended
)

// A bot is in several rooms under the name of its account, comes back when it is
// thrown out or loses its connection, and notes what happens to it.
type bot struct {
	user   string
	server *xmpptest.Server
	rooms  []string
	meek   bool // does not come back when it is thrown out

	mu       sync.Mutex
	link     *link // nil while it is not connected
	views    map[string]*view
	round    int // of [bot.ask]
	answered int // rooms that have answered in that round
	fault    error
}

// A view is what a bot saw in one room.
type view struct {
	inside  bool
	entered int             // how often it came in
	ends    map[ejected]int // how often it was thrown out, and how
	refused int             // joins that were refused because it is banned
	cut     int             // how often it lost its connection while it was in
}

// An ejected is the status code of XEP-0045 §15.6 and the reason that somebody was
// thrown out with. Without such a code it is 0.
type ejected struct {
	Status int
	Reason string
}

// A crowd is bots that live until the test ends.
type crowd []*bot

// gather lets bots come.
func gather(t testing.TB, server *xmpptest.Server, pattern string, count int, rooms []string, adjust ...func(*bot)) crowd {
	t.Helper()
	var c crowd
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var living sync.WaitGroup
	t.Cleanup(func() { cancel(); living.Wait() })
	for i := range count {
		b := &bot{user: fmt.Sprintf(pattern, i), server: server, rooms: rooms, views: make(map[string]*view)}
		for _, room := range rooms {
			b.views[room] = &view{ends: make(map[ejected]int)}
		}
		for _, change := range adjust {
			change(b)
		}
		server.Register(t, b.user, botPassword)
		c = append(c, b)
		living.Go(func() { b.live(ctx) })
	}
	return c
}

// live keeps the bot connected until ctx ends.
func (b *bot) live(ctx context.Context) {
	for ctx.Err() == nil {
		err := b.session(ctx)
		b.note(func() {
			b.fault, b.link, b.round = err, nil, b.round+1
			for _, v := range b.views {
				if v.inside {
					v.inside = false
					v.cut++
				}
			}
		})
		select {
		case <-time.After(botPause):
		case <-ctx.Done():
		}
	}
}

// session is one connection. It ends with it, or when a room does not let the bot
// in for another reason than a ban.
func (b *bot) session(ctx context.Context) error {
	l, err := connect(ctx, b.server.Addr, b.server.Domain, b.user, botPassword)
	if err != nil {
		return err
	}
	defer l.conn.Close()
	defer context.AfterFunc(ctx, func() { _ = l.conn.Close() })()
	var joins strings.Builder
	b.note(func() {
		b.link = l
		for _, room := range b.rooms {
			if b.views[room].refused == 0 {
				joins.WriteString(b.join(room))
			}
		}
	})
	if err := l.send(joins.String()); err != nil {
		return err
	}
	own := []byte("/" + b.user)
	for {
		stanza, err := l.next()
		if err != nil {
			return err
		}
		if !bytes.Contains(stanza, own) && !bytes.HasPrefix(stanza, []byte("<iq")) {
			continue // of somebody else
		}
		var h heard
		if err := xml.Unmarshal(stanza, &h); err != nil {
			return fmt.Errorf("read %q: %w", stanza, err)
		}
		if err := b.hear(l, h); err != nil {
			return err
		}
	}
}

func (b *bot) join(room string) string {
	return "<presence to='" + room + "/" + b.user + "'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>"
}

// hear takes in a stanza, and comes back into a room after it was thrown out.
func (b *bot) hear(l *link, h heard) error {
	room, nick, _ := strings.Cut(h.From, "/")
	v := b.views[room]
	switch {
	case v == nil:
		return nil
	case h.XMLName.Local == "iq":
		b.note(func() {
			if h.ID == b.question() {
				b.answered++
			}
		})
	case h.XMLName.Local != "presence", nick != b.user:
	case h.Type == "":
		b.note(func() {
			if !v.inside {
				v.entered++
			}
			v.inside = true
		})
	case h.Type == "unavailable":
		b.note(func() {
			v.inside = false
			v.ends[h.ejected()]++
		})
		if b.meek {
			return nil
		}
		return l.send(b.join(room))
	case h.Type == "error" && h.Error != nil && h.Error.has("forbidden"):
		b.note(func() { v.refused++ })
	case h.Type == "error":
		return fmt.Errorf("%s does not let %s in: %w", room, b.user, h.Error)
	}
	return nil
}

func (h heard) ejected() ejected {
	e := ejected{Reason: h.Reason}
	for _, status := range h.Statuses {
		if status.Code > 300 && status.Code < 400 {
			e.Status = status.Code
		}
	}
	return e
}

// note changes what the bot knows.
func (b *bot) note(change func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change()
}

// sees returns what the bot has seen in a room.
func (b *bot) sees(room string) view {
	b.mu.Lock()
	defer b.mu.Unlock()
	v := *b.views[room]
	v.ends = make(map[ejected]int)
	for e, count := range b.views[room].ends {
		v.ends[e] = count
	}
	return v
}

// question is the id of the requests of a round; the lock is held.
func (b *bot) question() string { return fmt.Sprintf("round%d", b.round) }

// ask sends a request to every room. Once all have answered, the bot has heard what
// they sent before.
func (b *bot) ask() {
	var questions strings.Builder
	b.mu.Lock()
	b.round, b.answered = b.round+1, 0
	for _, room := range b.rooms {
		fmt.Fprintf(&questions, "<iq type='get' to='%s' id='%s'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>", room, b.question())
	}
	l := b.link
	b.mu.Unlock()
	if l != nil {
		_ = l.send(questions.String()) // an error ends the session
	}
}

// hasHeard reports whether all rooms have answered since [bot.ask].
func (b *bot) hasHeard() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.link != nil && b.answered == len(b.rooms)
}

// comeAgain lets a bot try the rooms from which it was banned.
func (b *bot) comeAgain(t testing.TB) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, room := range b.rooms {
		b.views[room].refused = 0
		if err := b.link.send(b.join(room)); err != nil {
			t.Fatal(err)
		}
	}
}

// comeBack lets the bots into the rooms that they are not in.
func (c crowd) comeBack(t testing.TB) {
	t.Helper()
	for _, b := range c {
		var joins strings.Builder
		b.mu.Lock()
		for _, room := range b.rooms {
			if !b.views[room].inside {
				joins.WriteString(b.join(room))
			}
		}
		l := b.link
		b.mu.Unlock()
		if err := l.send(joins.String()); err != nil {
			t.Fatal(err)
		}
	}
	c.awaitInside(t)
}

// awaitOutside waits until none is in any room.
func (c crowd) awaitOutside(t testing.TB) {
	t.Helper()
	c.await(t, "the bots are out", func(b *bot) bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return !slices.ContainsFunc(b.rooms, func(room string) bool { return b.views[room].inside })
	})
}

// sync returns when the bots have heard all that the rooms had sent them before.
func (c crowd) sync(t testing.TB) {
	t.Helper()
	c.await(t, "the bots are connected", func(b *bot) bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return b.link != nil
	})
	for _, b := range c {
		b.ask()
	}
	c.await(t, "the rooms answer the bots", (*bot).hasHeard)
}

// awaitInside waits until all are in all rooms.
func (c crowd) awaitInside(t testing.TB) {
	t.Helper()
	c.await(t, "the bots are in", func(b *bot) bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return !slices.ContainsFunc(b.rooms, func(room string) bool { return !b.views[room].inside })
	})
}

// await waits until something holds for every bot.
func (c crowd) await(t testing.TB, what string, holds func(b *bot) bool) {
	t.Helper()
	_, _, limit := waveSize(t)
	left := slices.Clone(c)
	defer func() {
		for _, b := range left {
			b.mu.Lock()
			t.Logf("%s: last fault: %v", b.user, b.fault)
			b.mu.Unlock()
		}
	}()
	awaitWithin(t, limit, what, func() bool {
		left = slices.DeleteFunc(left, holds)
		return len(left) == 0
	})
}
