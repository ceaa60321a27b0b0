package mucserver

import (
	"encoding/xml"
	"strings"
	"testing"
)

func parse(t *testing.T, text string) (*element, error) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	tok, err := d.Token()
	if err != nil {
		t.Fatal(err)
	}
	return readElement(d, tok.(xml.StartElement))
}

func TestElementIsPassedOn(t *testing.T) {
	tests := []struct {
		name, in, want string
	}{
		{"empty", `<a xmlns="jabber:client"/>`, `<a/>`},
		{"namespace", `<a xmlns="urn:x"><b xmlns=""/><c/></a>`, `<a xmlns='urn:x'><b xmlns=''/><c/></a>`},
		{"prefix", `<x:a xmlns:x="urn:x"><x:b/></x:a>`, `<a xmlns='urn:x'><b/></a>`},
		{"text", `<a xmlns="jabber:client">1 &lt; 2 &amp;<b/>3</a>`, `<a>1 &lt; 2 &amp;<b/>3</a>`},
		{"attributes", `<a xmlns="jabber:client" b="'&quot;&#10;" xml:lang="de"/>`, `<a b='&#39;&#34;&#xA;' xml:lang='de'/>`},
		{"foreign attributes", `<a xmlns="jabber:client" xmlns:x="urn:x" xmlns:y="urn:y" x:b="1" y:b="2" x:c="3"/>`,
			`<a xmlns:n='urn:x' n:b='1' xmlns:nn='urn:y' nn:b='2' n:c='3'/>`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := parse(t, tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if got := show(e); got != tt.want {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
		})
	}
}

// Each of these passes Go's decoder, and would end the stream of a client whose
// parser is stricter.
func TestElementIsRefused(t *testing.T) {
	tests := []struct {
		name, in string
		want     error
	}{
		{"same attribute twice", `<a b="1" b="2"/>`, errMalformed},
		{"same foreign attribute twice", `<a xmlns:x="urn:x" xmlns:y="urn:x" x:b="1" y:b="2"/>`, errMalformed},
		{"colon in a name", `<a><:b/></a>`, errMalformed},
		{"colon in an attribute", `<a :b="1"/>`, errMalformed},
		{"reserved namespace", `<a><b xmlns="http://www.w3.org/2000/xmlns/"/></a>`, errMalformed},
		{"reserved namespace of an attribute", `<a xmlns:x="http://www.w3.org/2000/xmlns/" x:b="1"/>`, errMalformed},
		{"namespace of xml", `<a><b xmlns="http://www.w3.org/XML/1998/namespace"/></a>`, errMalformed},
		{"too deep", strings.Repeat("<a>", maxDepth+1) + strings.Repeat("</a>", maxDepth+1), errTooDeep},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := parse(t, tt.in); err != tt.want {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestAppendText(t *testing.T) {
	tests := []struct{ in, want string }{
		{"plain ünï 🌹", "plain ünï 🌹"},
		{`<>&'"`, "&lt;&gt;&amp;&#39;&#34;"},
		{"a\x00\x1b\ufffe\uffffb", "a\ufffd\ufffd\ufffd\ufffdb"},
		{"a\xffb", "a\ufffdb"},
		{"\t\r\n", "&#x9;&#xD;&#xA;"},
		{"]]>", "]]&gt;"},
	}
	for _, tt := range tests {
		if got := string(appendText([]byte("x"), tt.in)); got != "x"+tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got, "x"+tt.want)
		}
	}
}

// What is passed on must mean the same to the next parser.
func FuzzElement(f *testing.F) {
	for _, seed := range []string{
		`<a xmlns="urn:x" xmlns:y="urn:y" y:b="1"><y:c>&lt;</y:c></a>`,
		`<a xml:lang="de">]]&gt;&#xD;</a>`,
		`<a :b="1"/>`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		first, ok := reparse(text)
		if !ok {
			return
		}
		written := string(first.appendTo(nil, ""))
		second, ok := reparse(written)
		if !ok {
			t.Fatalf("%q became %q, which is refused", text, written)
		}
		if got := string(second.appendTo(nil, "")); got != written {
			t.Fatalf("%q became %q and then %q", text, written, got)
		}
	})
}

func reparse(text string) (*element, bool) {
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		tok, err := d.Token()
		if err != nil {
			return nil, false
		}
		if start, ok := tok.(xml.StartElement); ok {
			e, err := readElement(d, start)
			return e, err == nil
		}
	}
}
