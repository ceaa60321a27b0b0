package web_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"testing"

	"muckick/xmpp/xmpptest"
)

// rawSession is an XMPP session that does no more than it must: it writes
// stanzas as text and looks for the answers in the bytes that come back. It is
// the yardstick for muckick's own speed, and a crowd of occupants in one
// connection.
type rawSession struct {
	tb   testing.TB
	conn net.Conn
	in   *bufio.Reader
	jid  string
}

func newRawSession(tb testing.TB, s *xmpptest.Server, user, password string) *rawSession {
	tb.Helper()
	conn, err := net.Dial("tcp", s.Addr)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { conn.Close() })
	r := &rawSession{tb: tb, conn: conn, in: bufio.NewReaderSize(conn, 1<<16), jid: s.JID(user) + "/raw"}
	open := fmt.Sprintf("<stream:stream to='%s' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>", s.Domain)
	r.write(open)
	r.until("</stream:features>")
	r.write("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" +
		base64.StdEncoding.EncodeToString([]byte("\x00"+user+"\x00"+password)) + "</auth>")
	r.until("<success")
	r.write(open)
	r.until("</stream:features>")
	r.write("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>raw</resource></bind></iq>")
	r.until("</iq>")
	return r
}

func (r *rawSession) write(stanza string) {
	if _, err := io.WriteString(r.conn, stanza); err != nil {
		r.tb.Error(err)
	}
}

// until reads to the end of the mark.
func (r *rawSession) until(mark string) {
	r.tb.Helper()
	last := mark[len(mark)-1]
	var tail []byte
	for {
		chunk, err := r.in.ReadSlice(last)
		tail = append(tail, chunk...)
		if err != nil && err != bufio.ErrBufferFull {
			r.tb.Fatalf("waiting for %s: %v after %q", mark, err, tail[max(0, len(tail)-500):])
		}
		if bytes.HasSuffix(tail, []byte(mark)) {
			return
		}
		if len(tail) > 4<<10 {
			tail = append(tail[:0], tail[len(tail)-len(mark):]...)
		}
	}
}

// join enters the rooms, all of them asked for in one go.
func (r *rawSession) join(rooms []string, nick string) {
	r.tb.Helper()
	var out bytes.Buffer
	for _, room := range rooms {
		fmt.Fprintf(&out, "<presence to='%s/%s'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>", room, nick)
	}
	r.write(out.String())
	r.untilStatuses(map[string]int{"110": len(rooms)})
}

// kicked reads to the end of that many kicks of this session.
func (r *rawSession) kicked(n int) {
	r.tb.Helper()
	r.untilStatuses(map[string]int{"110": n, "307": n})
}

// create makes the rooms, as they are by default, stays in them, and reads what
// they say from then on.
func (r *rawSession) create(rooms []string, nick string) {
	r.tb.Helper()
	r.join(rooms, nick)
	var out bytes.Buffer
	for _, room := range rooms {
		fmt.Fprintf(&out, "<iq type='set' id='open' to='%s'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query></iq>", room)
	}
	r.write(out.String())
	r.answers(len(rooms))
	go io.Copy(io.Discard, r.in) // ends with the connection
}

// untilStatuses reads until each status code has come as often as wanted,
// whichever quotes the server writes.
func (r *rawSession) untilStatuses(want map[string]int) {
	r.tb.Helper()
	for left := len(want); left > 0; {
		tag, err := r.in.ReadSlice('>')
		if err != nil && err != bufio.ErrBufferFull {
			r.tb.Fatalf("waiting for statuses %v: %v", want, err)
		}
		start := bytes.LastIndexByte(tag, '<')
		if start < 0 || !bytes.HasPrefix(tag[start:], []byte("<status")) {
			continue
		}
		for code := range want {
			if bytes.Contains(tag[start:], []byte(code)) {
				if want[code]--; want[code] == 0 {
					left--
				}
			}
		}
	}
}

// answers reads to the end of n IQ results.
func (r *rawSession) answers(n int) {
	r.tb.Helper()
	left := n
	if err := r.eachResult(func() bool { left--; return left > 0 }); err != nil {
		r.tb.Errorf("waiting for %d answers: %v", left, err)
	}
}

// eachResult calls got for each IQ result until that returns false. Any other
// IQ is an error.
func (r *rawSession) eachResult(got func() bool) error {
	for {
		tag, err := r.in.ReadSlice('>')
		if err != nil && err != bufio.ErrBufferFull {
			return err
		}
		if start := bytes.LastIndexByte(tag, '<'); start >= 0 && bytes.HasPrefix(tag[start:], []byte("<iq ")) {
			if !bytes.Contains(tag[start:], []byte("result")) {
				return fmt.Errorf("got %s, want a result", tag[start:])
			}
			if !got() {
				return nil
			}
		}
	}
}
