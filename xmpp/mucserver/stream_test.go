package mucserver

import (
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestStreamErrors(t *testing.T) {
	tests := []struct {
		name, send, want string
	}{
		{"large stanza", "<message to='x@example.org'><body>" + strings.Repeat("x", maxStanza) + "</body></message>", "policy-violation"},
		{"large name", "<" + strings.Repeat("x", maxStanza+1), "policy-violation"},
		{"deep stanza", "<message>" + strings.Repeat("<a>", maxDepth+1), "policy-violation"},
		{"not well-formed", "<message><a></b></message>", "not-well-formed"},
		{"attribute twice", "<message><a b='' b=''/></message>", "not-well-formed"},
		{"no stanza", "<something/>", "unsupported-stanza-type"},
		{"other namespace", "<message xmlns='jabber:server'/>", "unsupported-stanza-type"},
		{"proper end", "</stream:stream>", ""},
		{"text", "hello<presence/>", "bad-format"},
		{"comment", "<presence><!-- --></presence>", "bad-format"},
		{"error of the client", "<stream:error><reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, addr := serve(t, nil)
			room := createRoom(t, s, RoomConfig{})
			romeo := logIn(t, addr, "romeo@example.org/orchard")
			romeo.join(testRoom, "Romeo")
			nurse := logIn(t, addr, "nurse@example.org/kitchen")
			nurse.join(testRoom, "Nurse")
			romeo.send("%s", tt.send)
			if got := romeo.ended(); got != tt.want {
				t.Errorf("the stream ended with %q, want %q", got, tt.want)
			}
			nurse.await("/Romeo'", "type='unavailable'")
			if got := len(room.Occupants()); got != 1 {
				t.Errorf("%d occupants remain, want 1", got)
			}
		})
	}
}

func TestLargestStanzaIsTaken(t *testing.T) {
	_, addr := serve(t, nil)
	romeo := logIn(t, addr, "romeo@example.org/orchard")
	for range 3 {
		head, tail := "<message to='romeo@example.org'><body>", "</body></message>"
		romeo.send("%s%s%s \n", head, strings.Repeat("x", maxStanza-len(head)-len(tail)), tail)
		romeo.await("<body>xxx")
	}
}

func TestUnknownHost(t *testing.T) {
	_, addr := serve(t, nil)
	c := open(t, addr)
	c.conn.Close()

	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	c = &client{t: t, conn: conn}
	defer conn.Close()
	c.restart("elsewhere.example")
	if got := c.ended(); got != "host-unknown" {
		t.Errorf("the stream ended with %q, want host-unknown", got)
	}
}

func TestIntercept(t *testing.T) {
	var mu sync.Mutex
	var seen []Stanza
	s, addr := serve(t, func(o *Options) {
		o.Intercept = func(st Stanza) bool {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, st)
			return st.ID == "lost"
		}
	})
	romeo := logIn(t, addr, "romeo@example.org/orchard")
	before := s.Counts()
	romeo.send("<iq type='get' id='lost' to='example.org'><ping xmlns='urn:xmpp:ping'/></iq>")
	romeo.send("<message to='romeo@example.org'/><presence/>")
	for _, text := range romeo.sync() {
		if strings.Contains(text, "lost") {
			t.Errorf("answered what was to be dropped: %s", text)
		}
	}
	got := s.Counts()
	if got.IQs-before.IQs != 2 || got.Messages-before.Messages != 1 || got.Presences-before.Presences != 1 {
		t.Errorf("counted %+v after %+v", got, before)
	}
	mu.Lock()
	defer mu.Unlock()
	want := Stanza{Kind: "iq", From: "romeo@example.org/orchard", To: "example.org", Type: "get", ID: "lost", Namespace: "urn:xmpp:ping"}
	if !slices.Contains(seen, want) {
		t.Errorf("got %+v, want among them %+v", seen, want)
	}
}
