package xmpp

import (
	"fmt"
	"testing"
	"testing/synctest"
)

// While others ask more than is answered, our server and our own occupant have
// their answers, since they may end the session or take us for gone else, and
// nobody else has.
func TestWhoIsAlwaysAnswered(t *testing.T) {
	tests := []struct {
		name, from string
		want       bool
	}{
		{"our server", "example.org", true},
		{"our server, unnamed", "", true},
		{"our account", "me@example.org", true},
		{"our occupant", "in@chat.example.org/muckick", true},
		{"our occupant to be", "joining@chat.example.org/muckick", true},
		{"an occupant", "in@chat.example.org/Bob", false},
		{"our nick in a room where we are not", "elsewhere@chat.example.org/muckick", false},
		{"a nick like ours", "in@chat.example.org/muckick2", false},
		{"a room", "in@chat.example.org", false},
		{"a stranger", "me@example.net", false},
		{"a host with our server's name in it", "example.org.example.net", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newScript(t)
				ask := func(from, id string) {
					attribute := ""
					if from != "" {
						attribute = "from='" + from + "'"
					}
					s.says("<iq type='get' id='%s' %s><ping xmlns='urn:xmpp:ping'/></iq>", id, attribute)
				}
				for i := range 1000 {
					ask("in@chat.example.org/Bob", fmt.Sprintf("flood%d", i))
					for len(s.stanzas) > 0 {
						<-s.stanzas
					}
				}
				if s.wire.MayReply() {
					t.Fatal("the flood was no flood")
				}
				const asked = 3
				for i := range asked {
					ask(tt.from, fmt.Sprintf("asked%d", i))
				}
				if !tt.want {
					s.sentNothing()
					return
				}
				for i := range asked {
					want := sentStanza{name: "iq", id: fmt.Sprintf("asked%d", i), to: tt.from, kind: "result"}
					if got := s.sent(); got != want {
						t.Errorf("got %+v, want %+v", got, want)
					}
				}
			})
		})
	}
}
