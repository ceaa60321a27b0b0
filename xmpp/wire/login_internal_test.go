package wire

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"mellium.im/xmpp/jid"
)

// A server that cannot check passwords right now, say because its directory is
// down, is asked again soon; one that says no is left in peace (RFC 6120 §6.5).
func TestLoginFailures(t *testing.T) {
	tests := []struct {
		condition string
		refused   bool
	}{
		{"not-authorized", true},
		{"account-disabled", true},
		{"temporary-auth-failure", false},
	}
	for _, tt := range tests {
		t.Run(tt.condition, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			served := make(chan error, 1)
			go func() { served <- failLogin(l, tt.condition) }()
			o := Options{Account: jid.MustParse("me@example.org"), Password: "pw", Resource: "x", Server: l.Addr().String(), Security: Plaintext}
			_, err = Dial(t.Context(), o)
			l.Close()
			if err := <-served; err != nil {
				t.Fatal(err)
			}
			var login *LoginError
			if !errors.As(err, &login) {
				t.Fatalf("got %v, want a LoginError", err)
			}
			if got := !login.Temporary; got != tt.refused {
				t.Errorf("refused: got %v, want %v (%v)", got, tt.refused, err)
			}
		})
	}
}

// failLogin lets one client get as far as its password.
func failLogin(l net.Listener, condition string) error {
	conn, err := l.Accept()
	if err != nil {
		return err
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	if err := readPast(in, "<stream:stream"); err != nil {
		return err
	}
	fmt.Fprint(conn, "<?xml version='1.0'?><stream:stream from='example.org' id='1' version='1.0' xmlns='jabber:client' "+
		"xmlns:stream='http://etherx.jabber.org/streams'><stream:features>"+
		"<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></stream:features>")
	if err := readPast(in, "</auth"); err != nil {
		return err
	}
	_, err = fmt.Fprintf(conn, "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><%s/><text>sorry</text></failure>", condition)
	return err
}

// readPast reads to the end of a tag.
func readPast(in *bufio.Reader, tag string) error {
	for read := ""; ; {
		part, err := in.ReadString('>')
		if err != nil {
			return err
		}
		if read += part; strings.Contains(read, tag) {
			return nil
		}
	}
}
