package wire

import (
	"context"
	"errors"
	"testing"
)

// A server that cannot check passwords right now, say because its directory is
// down, is asked again soon; one that says no is left in peace (RFC 6120 §6.5).
func TestLoginFailures(t *testing.T) {
	tests := []struct {
		condition string
		temporary bool
	}{
		{"not-authorized", false},
		{"account-disabled", false},
		{"temporary-auth-failure", true},
	}
	for _, tt := range tests {
		t.Run(tt.condition, func(t *testing.T) {
			address, heard := play(t, untilBound[0],
				line{"</auth", "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><" + tt.condition + "/><text>sorry</text></failure>"})
			_, err := Dial(t.Context(), playOptions(address))
			heard()
			var login *LoginError
			if !errors.As(err, &login) {
				t.Fatalf("got %v, want a LoginError", err)
			}
			if got := login.Temporary; got != tt.temporary {
				t.Errorf("temporary: got %v, want %v (%v)", got, tt.temporary, err)
			}
		})
	}
}

// A server that offers no way to log in, or none that is known here, is not one
// that we are logged in to.
func TestNoWayToLogIn(t *testing.T) {
	tests := []struct{ name, features string }{
		{"nothing", "<stream:features/>"},
		{"other features", "<stream:features><c xmlns='http://jabber.org/protocol/caps'/></stream:features>"},
		{"unknown mechanisms", "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>X</mechanism></mechanisms></stream:features>"},
		{"no mechanisms", "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></stream:features>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			address, heard := play(t, line{"<stream:stream", playHeader + tt.features})
			_, err := Dial(t.Context(), playOptions(address))
			heard()
			if !errors.As(err, new(*LoginError)) {
				t.Errorf("got %v, want a LoginError", err)
			}
		})
	}
}

func TestNoResource(t *testing.T) {
	address, heard := play(t, untilBound[0], untilBound[1], line{"<stream:stream", playHeader + "<stream:features/>"})
	_, err := Dial(t.Context(), playOptions(address))
	heard()
	if !errors.Is(err, errNoBind) {
		t.Errorf("got %v, want %v", err, errNoBind)
	}
}

// Whatever a server sends with its last word of the negotiation is read as what
// comes first then, and nothing gets lost.
func TestStanzaRightBehindBind(t *testing.T) {
	last := untilBound[3]
	last.say += "<presence from='early'/> <message from='later'/>"
	address, heard := play(t, untilBound[0], untilBound[1], untilBound[2], last)
	o := playOptions(address)
	conn, err := Dial(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if got := conn.Bound(); got != "me@example.org/x" {
		t.Errorf("bound as %q", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	got := make(chan string, 10)
	ended := make(chan error, 1)
	go func() {
		ended <- New(conn, o).Serve(ctx, func(el *Element) { got <- ReadHeader(el.Start).From })
	}()
	for _, want := range []string{"early", "later"} {
		if from := <-got; from != want {
			t.Errorf("got %q, want %q", from, want)
		}
	}
	cancel()
	heard()
	<-ended
}

// What arrives in the clear behind the word to begin TLS was not sent by whom
// TLS makes sure of.
func TestNothingUnprotectedBehindProceed(t *testing.T) {
	address, heard := play(t, line{"<stream:stream", playHeader + playStartTLS},
		line{"<starttls", "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>" + playHeader + playPlain})
	o := playOptions(address)
	o.Security = StartTLS
	_, err := Dial(t.Context(), o)
	if got := heard(); !errors.Is(err, errEarly) {
		t.Errorf("got %v, want %v; the client said %q", err, errEarly, got)
	}
}

// A server that talks on and on before it has bound a resource is left.
func TestEndlessNegotiation(t *testing.T) {
	endless := playHeader + "<stream:features>"
	for len(endless) < 2*maxNegotiation {
		endless += "<x xmlns='urn:x'/>"
	}
	address, heard := play(t, line{"<stream:stream", endless})
	_, err := Dial(t.Context(), playOptions(address))
	heard()
	if !errors.Is(err, errTooLong) {
		t.Errorf("got %v, want %v", err, errTooLong)
	}
}
