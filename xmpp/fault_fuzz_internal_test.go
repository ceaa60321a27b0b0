package xmpp

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

// Whatever is taken for the address of a room names it the same way ever after.
func FuzzParseRoom(f *testing.F) {
	for _, seed := range []string{
		"room@chat.example.org", "Straße@CHAT.example.org.", "ㅋㅋㅋ@chat.example.org", "a\u00adb@x", "ﬁsh@x", "@", "a@", "@b",
		"a@b/c", "a@b@c", "a b@c", "\u0345\u0399@x", "x@xn--ls8h", "x@[::1]", "x@127.0.0.1", strings.Repeat("x", 1024) + "@y", "\xff@x",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		room, err := ParseRoom(address)
		var invalid *AddressError
		var full *NoRoomError
		switch {
		case errors.As(err, &invalid):
			return
		case errors.As(err, &full):
			room = full.Room
		case err != nil:
			t.Fatalf("got %T %v", err, err)
		}
		if room.Local() == "" || room.Domain() == "" || len(room.Local()) > maxPart || !utf8.ValidString(room.String()) ||
			strings.ContainsFunc(room.String(), notInJID) || strings.Count(room.String(), "@") != 1 {
			t.Errorf("got %q", room)
		}
		if again, err := ParseRoom(room.String()); err != nil || again != room {
			t.Errorf("%q became %q, and that %q (%v)", address, room, again, err)
		}
	})
}

// A nick is prepared once and for all.
func FuzzPrepareNick(f *testing.F) {
	for _, seed := range []string{"Bob", "ㅋㅋㅋ", "a\u115fb", "\u200b", "a/b/c", "🙂", "\xff", "B\x01b", strings.Repeat("n", 1024)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, nick string) {
		prepared, err := PrepareNick(nick)
		var invalid *NickError
		if errors.As(err, &invalid) {
			return
		}
		if err != nil {
			t.Fatalf("got %T %v", err, err)
		}
		if again, err := PrepareNick(prepared); err != nil || again != prepared {
			t.Errorf("%q became %q, and that %q (%v)", nick, prepared, again, err)
		}
	})
}

// Nothing that a server sends makes the reading goroutine panic or wait, and
// what it leaves behind makes sense.
func FuzzDispatch(f *testing.F) {
	const item = "<item affiliation='owner' role='moderator' jid='me@example.org/x'/>"
	user := func(inner string) string { return "<x xmlns='" + nsMUCUser + "'>" + inner + "</x>" }
	for _, seed := range []string{
		"",
		"<presence from='in@chat.example.org/Bob'>" + user(item) + "</presence>",
		"<presence from='in@chat.example.org/Bob' type='unavailable'>" + user("<item role='none' nick='Bobby'/><status code='303'/>") + "</presence>",
		"<presence from='in@chat.example.org/muckick' type='unavailable'>" + user(item+"<status code='110'/><status code='307'/>") + "</presence>",
		"<presence from='in@chat.example.org/muckick' type='unavailable'>" + user("<item nick='other'/><status code='303'/><status code='110'/>") + "</presence>",
		"<presence from='in@chat.example.org/' >" + user(item+"<status code='110'/>") + "</presence>",
		"<presence from='in@chat.example.org/muckick' type='unavailable'>" + user("<destroy><reason>over</reason></destroy>") + "</presence>",
		"<presence from='joining@chat.example.org/muckick' id='join'>" + user(item+"<status code='110'/>") + "</presence>",
		"<presence from='joining@chat.example.org/muckick' id='join'>" + user(item+"<status code='110'/><status code='201'/>") + "</presence>",
		"<presence from='joining@chat.example.org/muckick' id='join'>" + user(item+"<status code='110'/>") + "</presence>" +
			"<presence from='joining@chat.example.org/muckick' type='unavailable'>" + user(item+"<status code='110'/><status code='307'/>") + "</presence>" +
			"<presence from='joining@chat.example.org/Bob'>" + user(item) + "</presence>",
		"<presence from='joining@chat.example.org/muckick' id='join' type='error'><error type='cancel'><conflict xmlns='" + nsStanzas + "'/></error></presence>",
		"<message from='in@chat.example.org' type='groupchat'><subject>x</subject></message>",
		"<iq type='get' id='1' from='a'><ping xmlns='" + nsPing + "'/></iq>",
		"<iq type='get' id='1' from='a'><query xmlns='" + nsDiscoInfo + "'/></iq>",
		"<iq type='result' id='asked' from='in@chat.example.org'><query xmlns='" + nsDiscoInfo + "'><feature var='x'/></query></iq>",
		"<iq type='error' id='asked' from='in@chat.example.org'><error type='cancel'/></iq>",
		"<iq type='result' id='asked' from='in@chat.example.org'><iq type='result' id='asked' from='in@chat.example.org'/></iq>",
		"<iq", "<a><b></a>", "<presence/>", "<!DOCTYPE x>", "<x:y xmlns:x='z'/>",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := newRawScript(t)
		answered := make(chan error, 1)
		go func() {
			answered <- s.ask(t.Context(), s.room.jid.String(), "get", infoQuery(), new(struct {
				Query discoInfo `xml:"http://jabber.org/protocol/disco#info query"`
			}))
		}()
		s.write(strings.ReplaceAll(text, "asked", s.sent().id))
		s.hangUp()
		<-answered
		if got := len(s.rooms); got != 2 {
			t.Errorf("got %d rooms, want 2", got)
		}
		for _, r := range s.rooms {
			if v := r.present(); v != nil && (v.self.Nick == "" || r.attempt != nil) {
				t.Errorf("inside, as %+v, and joining: %v", v.self, r.attempt != nil)
			}
		}
	})
}
