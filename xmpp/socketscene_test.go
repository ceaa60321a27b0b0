package xmpp_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"

	"muckick/xmpp"
	"muckick/xmpp/mucserver"

	"github.com/google/go-cmp/cmp"
)

// A socketScene is muckick in a room of a mucserver, which says what it is told
// to on the connection between both.
type socketScene struct {
	line   *socketLine
	client *xmpp.Client
	room   *mucserver.Room
	own    string // full JID of muckick's session
}

func newSocketScene(f *testing.F) *socketScene {
	f.Helper()
	server, err := mucserver.New(mucserver.Options{
		Domain: "example.org", Services: []string{"chat.example.org"},
		Accounts: map[string]string{"muckick": "pw"}, Admins: []string{"muckick"},
	})
	if err != nil {
		f.Fatal(err)
	}
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	line := &socketLine{Listener: inner}
	client, err := xmpp.New(xmpp.Options{
		JID: "muckick@example.org", Password: "pw", Server: inner.Addr().String(), Security: xmpp.Plaintext,
		Services: []string{"chat.example.org"},
	})
	if err != nil {
		f.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = server.Serve(ctx, line) })
	running.Go(func() { _ = client.Run(ctx) })
	f.Cleanup(func() {
		cancel()
		running.Wait()
	})
	s := &socketScene{line: line, client: client}
	if s.room, err = server.CreateRoom("fuzzed@chat.example.org", mucserver.RoomConfig{Persistent: true}); err != nil {
		f.Fatal(err)
	}
	if _, err := s.room.Enter("Owner", "owner@example.org/x", mucserver.AffiliationOwner); err != nil {
		f.Fatal(err)
	}
	online(f, client)
	status, _ := client.Status()
	s.own = status.JID
	return s
}

// suffer lets the server pass on what a troll wrote.
func (s *socketScene) suffer(t *testing.T, payload string) {
	troll, err := s.room.Enter("Troll", "troll@example.org/x", mucserver.AffiliationNone)
	if err != nil {
		t.Fatal(err)
	}
	room := parseRoom(t, s.room.Address())
	if _, err := s.client.Occupants(t.Context(), room); err != nil { // which makes muckick enter
		t.Fatal(err)
	}
	s.line.say(t, s.passedOn(payload))
	got, err := s.client.Kick(t.Context(), room, xmpp.Target{Nick: "Troll"}, "")
	if err != nil {
		t.Fatalf("the troll cannot be kicked: %v", err)
	}
	if got.RealJID != "troll@example.org/x" {
		t.Errorf("the troll passes for %q", got.RealJID)
	}
	<-troll.Gone()
	if status, _ := s.client.Status(); !status.Online || status.JID != s.own {
		t.Fatalf("the session %s did not last: %+v", s.own, status)
	}
	roster, err := s.client.Occupants(t.Context(), room)
	if err != nil {
		t.Fatal(err)
	}
	present := make(map[string]string)
	for _, o := range roster.Occupants {
		present[o.Nick] = fmt.Sprintf("%s %s %s %t", o.RealJID, o.Role, o.Affiliation, o.Self)
	}
	want := map[string]string{
		"Owner":   "owner@example.org/x moderator owner false",
		"muckick": s.own + " moderator owner true",
	}
	if diff := cmp.Diff(want, present); diff != "" {
		t.Errorf("who is in the room (-want +got):\n%s", diff)
	}
}

// passedOn returns what a server makes of stanzas with that content. In an
// occupant's presence it puts its own word about them (XEP-0045 §7.2.3), and
// takes away what passes for that.
func (s *socketScene) passedOn(payload string) string {
	occupant := "from='" + s.room.Address() + "/Troll' to='" + s.own + "'"
	stranger := "from='stranger@example.org/x' to='" + s.own + "'"
	return "<message type='groupchat' " + occupant + "><body>x</body>" + payload + "</message>" +
		"<message type='chat' " + occupant + ">" + payload + "</message>" +
		"<message type='headline' " + stranger + ">" + payload + "</message>" +
		"<iq type='get' id='get' " + occupant + ">" + payload + "</iq>" +
		"<iq type='result' id='result' " + occupant + ">" + payload + "</iq>" +
		"<presence " + stranger + ">" + payload + "</presence>" +
		"<presence type='unavailable' " + stranger + ">" + payload + "</presence>" +
		"<presence " + occupant + "><d xmlns='urn:d'>" + payload + "</d><x xmlns='" + userNamespace + "'>" +
		"<item affiliation='none' role='participant' jid='troll@example.org/x'/></x></presence>"
}

// A socketLine accepts connections on which a test can speak between a server's
// stanzas, which the mucserver writes whole.
type socketLine struct {
	net.Listener

	mu   sync.Mutex
	last *sharedConn
}

// Accept returns the next connection.
func (l *socketLine) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = &sharedConn{Conn: conn}
	return l.last, nil
}

// say writes to the latest connection.
func (l *socketLine) say(t *testing.T, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := io.WriteString(l.last, text); err != nil {
		t.Fatal(err)
	}
}

// A sharedConn is written to by several goroutines in turn.
type sharedConn struct {
	net.Conn
	mu sync.Mutex
}

// Write writes all of b without anything in between.
func (c *sharedConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Conn.Write(b)
}
