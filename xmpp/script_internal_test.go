package xmpp

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/semaphore"
	"mellium.im/xmpp/jid"

	"muckick/xmpp/wire"
)

// streamHeader is what every server sends first (RFC 6120 §4.7).
const streamHeader = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"

const nsStanzas = "urn:ietf:params:xml:ns:xmpp-stanzas"

// A script plays the server at the other end of a real stream that is in one
// room and is joining another.
type script struct {
	t *testing.T
	*stream
	room    *room // that we are in
	server  net.Conn
	stanzas chan sentStanza
	ended   chan struct{} // closed when the stream is
}

// A sentStanza is what the client sent.
type sentStanza struct {
	name, id, to, kind string
}

// newScript returns a script for use in a synctest bubble.
func newScript(t *testing.T) *script { return newRawScript(t) }

// newRawScript returns a script that serves anywhere, but for says and
// sentNothing.
func newRawScript(t *testing.T) *script {
	account := jid.MustParse("me@example.org")
	o := Options{PingInterval: 1000 * time.Hour}.withDefaults()
	client := &Client{options: o, account: account, watchers: watchers{}, changed: make(chan struct{}), protections: make(map[protection]bool)}
	ours, theirs := net.Pipe()
	s := &script{
		t: t, server: theirs, stanzas: make(chan sentStanza, 100), ended: make(chan struct{}),
		stream: newStream(client, wire.New(wire.Negotiated(ours, "me@example.org/x"), o.wire(account))),
	}
	s.furnish()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer close(s.ended)
		_ = s.wire.Serve(ctx, s.dispatch) // how it ends is not what a script is about
	}()
	go s.hear()
	s.write(streamHeader)
	t.Cleanup(func() {
		cancel()
		<-s.ended
		s.endTasks()
	})
	return s
}

// furnish makes the rooms.
func (s *script) furnish() {
	in, joining := RoomJID{"in", "chat.example.org"}, RoomJID{"joining", "chat.example.org"}
	self := Occupant{Nick: "muckick", Role: RoleModerator, Affiliation: AffiliationOwner, Self: true}
	var present occupants
	present.put(self)
	present.put(Occupant{Nick: "Bob"})
	present.list(Occupant{Nick: "Eve"})
	s.room = &room{jid: in, stream: s.stream, budget: semaphore.NewWeighted(presenceBudget), visit: newVisit(self, present)}
	s.rooms[in] = s.room
	s.rooms[joining] = &room{
		jid: joining, stream: s.stream, attempt: &attempt{id: "join", nick: "muckick", done: make(chan joined, 1)},
	}
}

// hear notes what the client sends, until it closes its stream.
func (s *script) hear() {
	defer s.server.Close()
	tokens := xml.NewDecoder(s.server)
	for {
		token, err := tokens.RawToken()
		if err != nil {
			return
		}
		switch token := token.(type) {
		case xml.EndElement:
			return // RawToken does not match it, so this is the stream's
		case xml.StartElement:
			h := wire.ReadHeader(token)
			if skip(tokens) != nil {
				return
			}
			s.stanzas <- sentStanza{name: token.Name.Local, id: h.ID, to: h.To, kind: h.Type}
		}
	}
}

// skip reads to the end of an element whose start tag was read.
func skip(tokens *xml.Decoder) error {
	for depth := 1; depth > 0; {
		token, err := tokens.RawToken()
		if err != nil {
			return err
		}
		switch token.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		}
	}
	return nil
}

// sent returns the next stanza of the client.
func (s *script) sent() sentStanza {
	s.t.Helper()
	stanza, ok := <-s.stanzas
	if !ok {
		s.t.Fatal("the stream ended before anything was sent")
	}
	return stanza
}

// sentNothing requires that the client has sent nothing more.
func (s *script) sentNothing() {
	s.t.Helper()
	synctest.Wait()
	if got := len(s.stanzas); got != 0 {
		s.t.Errorf("%d stanzas were sent, such as %+v", got, <-s.stanzas)
	}
}

// says sends stanzas to the client, which has worked through them then.
func (s *script) says(text string, args ...any) {
	s.write(fmt.Sprintf(text, args...))
	synctest.Wait()
}

// write sends a text to the client. One that has hung up hears nothing.
func (s *script) write(text string) { _, _ = io.WriteString(s.server, text) }

// hangUp ends the connection and waits until the client has worked through all
// that was written.
func (s *script) hangUp() {
	s.server.Close()
	<-s.ended
}
