package web_test

import (
	"bufio"
	"fmt"
	"net"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"muckick/xmpp/xmpptest"
)

const (
	crowdRooms = 480
	perVictim  = 80 // ejabberd lets an account be in 100 rooms
	victimNick = "Victim"
)

// crowd is a number of rooms with one victim each, who comes back after every
// round, and with a keeper, so that they stay.
type crowd struct {
	rooms   []string
	victims []*rawSession
	kicked  *bool // the victims have been in the rooms, and were thrown out
}

func newCrowd(b *testing.B, s *xmpptest.Server, name string) crowd {
	b.Helper()
	c := crowd{kicked: new(bool)}
	for i := range crowdRooms {
		c.rooms = append(c.rooms, s.Room(name+strconv.Itoa(i)))
	}
	for part := range slices.Chunk(c.rooms, perVictim) {
		suffix := name + strconv.Itoa(len(c.victims))
		s.Register(b, "keeper"+suffix, "pw")
		s.Register(b, "victim"+suffix, "pw")
		newRawSession(b, s, "keeper"+suffix, "pw").create(part, "Keeper")
		c.victims = append(c.victims, newRawSession(b, s, "victim"+suffix, "pw"))
	}
	return c
}

// refill lets the victims come back, once all of them have been kicked.
func (c crowd) refill() {
	parts := slices.Collect(slices.Chunk(c.rooms, perVictim))
	for i, victim := range c.victims {
		if *c.kicked {
			victim.kicked(len(parts[i]))
		}
		victim.join(parts[i], victimNick)
	}
	*c.kicked = true
}

// rawKicker kicks over a raw session. It reads all the time, as a client does.
type rawKicker struct {
	session  *rawSession
	rooms    []string
	answered chan time.Time
	ended    chan error // why nothing is read any more
}

func newRawKicker(b *testing.B, s *xmpptest.Server, rooms []string) *rawKicker {
	b.Helper()
	k := &rawKicker{
		session:  newRawSession(b, s, s.Kicker.User, s.Kicker.Password),
		rooms:    rooms,
		answered: make(chan time.Time, len(rooms)),
		ended:    make(chan error, 1),
	}
	k.session.join(rooms, "raw")
	go func() { // until the connection ends
		k.ended <- k.session.eachResult(func() bool { k.answered <- time.Now(); return true })
	}()
	return k
}

// kick keeps a number of kicks under way, and calls before ahead of each. The
// server answers one session's requests in the order in which they came, unless
// they go to different rooms; as there is one kick a room and all take alike,
// order does not matter here.
func (k *rawKicker) kick(b *testing.B, inFlight int, before func()) []time.Duration {
	sent := make([]time.Time, len(k.rooms))
	var took []time.Duration
	for next := 0; len(took) < len(k.rooms); {
		for ; next < len(k.rooms) && next-len(took) < inFlight; next++ {
			sent[next] = time.Now()
			before()
			k.session.write(fmt.Sprintf("<iq type='set' id='k%d' to='%s'><query xmlns='http://jabber.org/protocol/muc#admin'><item nick='%s' role='none'/></query></iq>",
				next, k.rooms[next], victimNick))
		}
		select {
		case at := <-k.answered:
			took = append(took, at.Sub(sent[len(took)]))
		case err := <-k.ended:
			b.Fatalf("%d of %d raw kicks were answered: %v", len(took), len(k.rooms), err)
		case <-time.After(patience):
			b.Fatalf("%d of %d raw kicks were answered", len(took), len(k.rooms))
		}
	}
	return took
}

// newNotebook returns a function that writes a note, as large as an entry of the
// audit trail with its indexes, over the last one and flushes it to disk.
func newNotebook(b *testing.B) func() {
	b.Helper()
	file, err := os.Create(filepath.Join(b.TempDir(), "notes"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { file.Close() })
	note := make([]byte, 16<<10)
	return func() {
		_, err := file.WriteAt(note, 0)
		if err == nil {
			err = file.Sync()
		}
		if err != nil {
			b.Error(err)
		}
	}
}

// rawCaller calls POST /muc_kick over a connection of its own, and does no more
// than a caller must.
type rawCaller struct {
	address string
	conn    net.Conn
	in      *textproto.Reader
	used    time.Time
}

// connect connects anew when the server may have taken us for gone.
func (c *rawCaller) connect() (err error) {
	if time.Since(c.used) < 10*time.Second {
		return nil
	}
	c.close()
	if c.conn, err = net.Dial("tcp", c.address); err != nil {
		return err
	}
	c.in = textproto.NewReader(bufio.NewReader(c.conn))
	return nil
}

func (c *rawCaller) close() {
	if c.conn != nil {
		c.conn.Close()
	}
}

func (c *rawCaller) kick(room string) error {
	if err := c.connect(); err != nil {
		return err
	}
	c.used = time.Now()
	body := `{"nickname":"` + victimNick + `","muc":"` + room + `"}`
	if _, err := fmt.Fprintf(c.conn, "POST /muc_kick HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\nContent-Length: %d\r\n\r\n%s",
		header, len(body), body); err != nil {
		return err
	}
	status, err := c.in.ReadLine()
	if err != nil {
		return err
	}
	if !strings.HasPrefix(status, "HTTP/1.1 200 ") {
		return fmt.Errorf("got %s", status)
	}
	for { // a confirmed kick has no body
		line, err := c.in.ReadLine()
		if err != nil || line == "" {
			return err
		}
	}
}
