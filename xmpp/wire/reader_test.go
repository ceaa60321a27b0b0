package wire_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muckick/xmpp/wire"
)

const header = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"

// read returns the names of the stanzas, and the error that ended the stream.
func read(t *testing.T, text string) (names []string, err error) {
	t.Helper()
	reader := wire.NewReader(strings.NewReader(text))
	for {
		el, err := reader.Next()
		if err != nil {
			if _, again := reader.Next(); again != err {
				t.Errorf("the error was %v, and then %v", err, again)
			}
			return names, err
		}
		names = append(names, el.Start.Name.Local)
		if err := el.Decode(new(struct{})); err != nil {
			names[len(names)-1] += ": unreadable"
		}
		el.Skip()
	}
}

func TestReader(t *testing.T) {
	const stream, conditions = "http://etherx.jabber.org/streams", "urn:ietf:params:xml:ns:xmpp-streams"
	tests := []struct {
		name, text string
		want       []string
		err        string
	}{
		{"stanzas", header + "<iq/> <presence><x/></presence><message></message></stream:stream><iq/>", []string{"iq", "presence", "message"}, "EOF"},
		{"another prefix", "<s:stream xmlns:s='" + stream + "' xmlns='jabber:client'><iq/></s:stream>", []string{"iq"}, "EOF"},
		{"prefixed stanzas", "<stream xmlns='" + stream + "' xmlns:c='jabber:client'><c:iq/></stream>", []string{"iq"}, "EOF"},
		{"error", header + "<iq/><stream:error><conflict xmlns='" + conditions + "'/><text xmlns='" + conditions + "'>no</text></stream:error><iq/>", []string{"iq"}, "the chat server ended the stream: conflict (no)"},
		{"error inside", header + "<iq><stream:error/></iq><iq><error xmlns='" + stream + "'/><presence/></iq></stream:stream>", []string{"iq", "iq"}, "EOF"},
		{"what is no stanza", header + "<x xmlns='urn:x'><iq xmlns='jabber:client'/></x><iq/></stream:stream>", []string{"iq"}, "EOF"},
		{"no stream", "<iq xmlns='jabber:client'/>", nil, "the chat server speaks no XMPP"},
		{"HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n", nil, "not well-formed XML"},
		{"text between stanzas", header + "<iq/>x<iq/>", []string{"iq"}, "not well-formed XML"},
		{"comment", header + "<iq/><!-- --><iq/>", []string{"iq"}, restricted},
		{"comment inside", header + "<iq><!-- --></iq><iq/>", []string{"iq: unreadable"}, restricted},
		{"comment deep inside", header + "<iq>" + nested(100, "<!-- -->") + "</iq><iq/>", []string{"iq: unreadable"}, restricted},
		{"processing instruction", header + "<iq><?php x?></iq><iq/>", []string{"iq: unreadable"}, restricted},
		{"second declaration", header + "<?xml version='1.0'?><iq/>", nil, restricted},
		{"document type", "<!DOCTYPE x [<!ENTITY a 'b'>]>" + header + "<iq/>", nil, restricted},
		{"unknown entity", header + "<iq>&a;</iq><iq/>", []string{"iq: unreadable"}, "XML syntax error on line 1: invalid character entity &a;"},
		{"wrong end tag", header + "<iq></presence><iq/>", []string{"iq: unreadable"}, "not well-formed XML"},
		{"end of the connection", header + "<iq>", []string{"iq: unreadable"}, "unexpected EOF"},
		{"deep", header + "<iq>" + nested(20_000, "<presence/>") + "</iq><presence/></stream:stream>", []string{"iq", "presence"}, "EOF"},
		{"many attributes", header + "<iq><x" + attributes(5_000) + "/></iq><presence/></stream:stream>", []string{"iq", "presence"}, "EOF"},
		{"many prefixes", header + "<iq" + prefixes(5_000) + "><x/></iq><presence/></stream:stream>", []string{"iq", "presence"}, "EOF"},
		{"large", header + "<iq>" + strings.Repeat("x", 3<<20) + "</iq><presence/></stream:stream>", []string{"iq", "presence"}, "EOF"},
		{"too large", header + "<iq>" + strings.Repeat("x", 5<<20) + "</iq><presence/></stream:stream>", []string{"iq: unreadable"}, "a stanza of the chat server is too large"},
		{"too large a tag", header + "<iq a='" + strings.Repeat("x", 5<<20) + "'/><presence/></stream:stream>", nil, "a stanza of the chat server is too large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := read(t, tt.text)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("stanzas: -want +got:\n%s", diff)
			}
			if err.Error() != tt.err {
				t.Errorf("got error %q, want %q", err, tt.err)
			}
		})
	}
}

const restricted = "restricted XML: a comment, a processing instruction or a document type (RFC 6120 §11.1)"

// What surrounds junk is read all the same: nobody hides behind it.
func TestReaderBesideJunk(t *testing.T) {
	junk := "<j xmlns='urn:j'" + attributes(1_000) + prefixes(1_000) + ">" + nested(1_000, "<x xmlns='urn:x'>no</x>") + "</j>"
	el, err := wire.NewReader(strings.NewReader(header + "<presence" + prefixes(1_000) + " from='room/nick'>" + junk + "<x xmlns='urn:x'>yes</x>" + junk + "</presence>")).Next()
	if err != nil {
		t.Fatal(err)
	}
	if got := wire.ReadHeader(el.Start).From; got != "room/nick" {
		t.Errorf("got from %q", got)
	}
	var body struct {
		X []string `xml:"urn:x x"`
	}
	if err := el.Decode(&body); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"yes"}, body.X); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// An undeclared prefix means nothing that anybody could name.
func TestReaderUndeclaredPrefix(t *testing.T) {
	el, err := wire.NewReader(strings.NewReader(header + "<iq><a:x a:y='1'/></iq>")).Next()
	if err != nil {
		t.Fatal(err)
	}
	var body struct {
		X *struct {
			Y string `xml:"a y,attr"`
		} `xml:"a x"`
	}
	if err := el.Decode(&body); err != nil || body.X != nil {
		t.Errorf("got %+v, %v", body.X, err)
	}
	if err := el.Decode(new(struct{})); !errors.Is(err, io.EOF) {
		t.Errorf("got %v behind the end, want %v", err, io.EOF)
	}
}

func nested(depth int, content string) string {
	return strings.Repeat("<d>", depth) + content + strings.Repeat("</d>", depth)
}

func attributes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " a%d='v'", i)
	}
	return b.String()
}

func prefixes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " xmlns:p%d='urn:%d'", i, i)
	}
	return b.String()
}
