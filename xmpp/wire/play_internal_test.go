package wire

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"mellium.im/xmpp/jid"
)

const (
	playHeader   = "<?xml version='1.0'?><stream:stream from='example.org' id='1' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
	playPlain    = "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></stream:features>"
	playSuccess  = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"
	playBind     = "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>"
	playBound    = "<iq type='result' id='ID'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>me@example.org/x</jid></bind></iq>"
	playStartTLS = "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>"
)

// A line is what a played server waits for, and what it says then. ID stands for
// the id of what it heard.
type line struct{ hear, say string }

// untilBound is how a server logs a client in.
var untilBound = []line{
	{"<stream:stream", playHeader + playPlain},
	{"</auth", playSuccess},
	{"<stream:stream", playHeader + playBind},
	{"</iq>", playBound},
}

// play serves one connection by the script and then keeps silent until the
// client closes it. It returns the address.
func play(t *testing.T, lines ...line) (address string, heard func() string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan string, 1)
	go func() {
		var all strings.Builder
		defer func() { done <- all.String() }()
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		in := bufio.NewReader(io.TeeReader(conn, &all))
		for _, line := range lines {
			text, err := readPast(in, line.hear)
			if err != nil {
				return
			}
			_, id, _ := strings.Cut(text, "id=\"")
			id, _, _ = strings.Cut(id, "\"")
			if _, err := io.WriteString(conn, strings.ReplaceAll(line.say, "ID", id)); err != nil {
				return
			}
		}
		_, _ = io.Copy(io.Discard, in) // until the client goes
	}()
	t.Cleanup(func() { l.Close() })
	return l.Addr().String(), func() string { l.Close(); return <-done }
}

// readPast reads to the end of a tag.
func readPast(in *bufio.Reader, tag string) (string, error) {
	for read := ""; ; {
		part, err := in.ReadString('>')
		if err != nil {
			return "", err
		}
		if read += part; strings.Contains(read, tag) {
			return read, nil
		}
	}
}

func playOptions(address string) Options {
	return Options{
		Account: jid.MustParse("me@example.org"), Password: "pw", Resource: "x", Server: address, Security: Plaintext,
		AnswerTimeout: time.Minute, PingInterval: time.Hour, PingTimeout: time.Minute, MaxWaiting: 100,
	}
}
