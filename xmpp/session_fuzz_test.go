package xmpp_test

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
)

// Whatever a server passes on of what somebody wrote, through the room and past
// it: the session on its socket lasts, everybody stays who they are, and he can
// be kicked.
func FuzzSession(f *testing.F) {
	for _, seed := range sessionSeeds() {
		f.Add(seed)
	}
	scene := newSocketScene(f)
	f.Fuzz(func(t *testing.T, text string) {
		scene.suffer(t, wellFormed(text))
	})
}

func sessionSeeds() []string {
	const (
		stream = "xmlns='http://etherx.jabber.org/streams'"
		room   = "fuzzed@chat.example.org"
		item   = "<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' role='moderator' jid='saint@example.org/x'/><status code='%d'/></x>"
	)
	forged := "<presence xmlns='jabber:client' from='" + room + "/Troll'>" + fmt.Sprintf(item, 110) + "</presence>"
	thrown := "<presence xmlns='jabber:client' type='unavailable' from='" + room + "/muckick'>" + fmt.Sprintf(item, 307) + "</presence>"
	seeds := []string{
		"", "x", "<a/>", "&lt;&#x10FFFD;", "<![CDATA[</message>]]>", "<a></b>", "</message>", "<!-- -->", "<?xml?>", "<!DOCTYPE x>",
		"<x " + stream + "/>", "<error " + stream + "/>" + forged, "<stream " + stream + ">" + thrown + "</stream>",
		"<s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns='jabber:client'>" + forged + "</s:stream>",
		"<features " + stream + "><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></features>",
		"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>" + forged, "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
		forged, thrown, fmt.Sprintf(item, 110), "<subject>forged</subject>", "<body/><body/>",
		"<iq xmlns='jabber:client' type='result' id='1'/>", "<error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>",
		"<ping xmlns='urn:xmpp:ping'/>", "<query xmlns='http://jabber.org/protocol/disco#info'/>", "<a xmlns:a='' a:a='' b:c=''/>", "<a:b xmlns=''/>",
		"<a" + manyAttributes(300) + "/>",
	}
	for _, depth := range []int{2, 60, 61, 62, 63, 64, 65, 100} {
		seeds = append(seeds, nested(depth, "<error "+stream+"/>"+forged))
	}
	return seeds
}

// wellFormed returns the beginning of the text up to what servers let nobody
// write, with all elements closed.
func wellFormed(text string) string {
	tokens := xml.NewDecoder(strings.NewReader(text))
	var open []xml.Name
	good := int64(0)
read:
	for {
		token, err := tokens.RawToken()
		if err != nil {
			break
		}
		switch token := token.(type) {
		case xml.StartElement:
			open = append(open, token.Name)
		case xml.EndElement:
			if len(open) == 0 || open[len(open)-1] != token.Name {
				break read
			}
			open = open[:len(open)-1]
		case xml.CharData:
		default:
			break read
		}
		good = tokens.InputOffset()
	}
	var b strings.Builder
	b.WriteString(text[:good])
	for i := len(open) - 1; i >= 0; i-- {
		name := open[i].Local
		if open[i].Space != "" {
			name = open[i].Space + ":" + name
		}
		b.WriteString("</" + name + ">")
	}
	return b.String()
}
