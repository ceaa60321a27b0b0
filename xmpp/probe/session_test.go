package probe_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"muckick/xmpp"
	"muckick/xmpp/probe"
)

// A server that has no TLS, in the place of one that should have it from the first
// byte on, is not told the password.
func TestDirectTLSNeverFallsBack(t *testing.T) {
	const password = "the-secret-of-the-account"
	domain, heard := plainServer(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	session, err := probe.Open(ctx, xmpp.Options{JID: "me@" + domain, Password: password, Security: xmpp.DirectTLS})
	if err == nil {
		session.Close()
		t.Error("logged in to a server that has no TLS")
	}
	got := heard()
	for _, secret := range []string{password, base64.StdEncoding.EncodeToString([]byte("\x00me\x00" + password))} {
		if strings.Contains(got, secret) {
			t.Errorf("the server heard the password in the clear: %q", got)
		}
	}
}

// plainServer takes logins without TLS where a domain's server is when no SRV
// record says another place. The domain is an address of this machine.
func plainServer(t *testing.T) (domain string, heard func() string) {
	t.Helper()
	domain = "127.83.17.5"
	var all bytes.Buffer
	var mu sync.Mutex
	var serving sync.WaitGroup
	var listeners []net.Listener
	for _, port := range []string{"5222", "5223"} {
		l, err := net.Listen("tcp", net.JoinHostPort(domain, port))
		if err != nil {
			t.Fatal(err)
		}
		listeners = append(listeners, l)
		serving.Go(func() {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			got := takeLogin(conn, domain)
			mu.Lock()
			defer mu.Unlock()
			all.WriteString(got)
		})
	}
	heard = func() string {
		for _, l := range listeners {
			l.Close()
		}
		serving.Wait()
		return all.String()
	}
	t.Cleanup(func() { heard() })
	return domain, heard
}

// takeLogin plays a server without TLS until it was told a password or the
// client goes, and returns what it heard.
func takeLogin(conn net.Conn, domain string) string {
	hello := "<?xml version='1.0'?><stream:stream from='" + domain + "' id='1' version='1.0' xmlns='jabber:client'" +
		" xmlns:stream='http://etherx.jabber.org/streams'><stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>" +
		"<mechanism>PLAIN</mechanism></mechanisms></stream:features>"
	var all strings.Builder
	if _, err := io.WriteString(conn, hello); err != nil { // at once, since what comes first may be no XML
		return ""
	}
	in := bufio.NewReader(io.TeeReader(conn, &all))
	for !strings.Contains(all.String(), "</auth>") {
		if _, err := in.ReadString('>'); err != nil {
			break
		}
	}
	return all.String()
}
