package views

import (
	"slices"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// What is invisible is named by the script foreign.js as it is by the server.
func TestForeignInScripts(t *testing.T) {
	texts := []string{
		"", "Carol Ünï", "evil\u202Etxt.exe", "\u200B\u200B\u200B", " Bob ", "a  b", " ", "a\nb",
		"👩\u200D👩\u200D👧", "👩\u200D", "👩🏽\u200D🚀", "👩\u200D❤\uFE0F\u200D👨", "🏳\uFE0F\u200D🌈", "👩\u200C🚀", "^\u200D^",
		"❤\uFE0F\uFE0F", "1\uFE0F\u20E3", "a\uFE0F\u20E3", "1\uFE0E\u20E3", "\uFE0F", "e\u0301\u200D\u0301", "Bo\u200Db",
		"\u2066a\u2069", "\u202E\u202D\u202D \u202D", "مرحبا بكم",
	}
	for _, plane := range []rune{0, 1, 0xE} {
		for r := plane << 16; r < (plane+1)<<16; r++ {
			// Of later characters a browser may know more.
			if utf8.ValidRune(r) && (!unicode.Is(unicode.Cn, r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)) {
				s := string(r)
				texts = append(texts, "a"+s+"b", s+"\uFE0F", "👩\u200D"+s)
			}
		}
	}
	var got []string
	runScript(t, "foreign.mjs", texts, &got)
	if len(got) != len(texts) {
		t.Fatalf("%d texts came back, want %d", len(got), len(texts))
	}
	differ := 0
	for i, text := range texts {
		if diff := cmp.Diff(Plain(text), got[i]); diff != "" {
			differ++
			if differ <= 10 {
				t.Errorf("%+q: script and server differ (-server +script):\n%s", text, diff)
			}
		}
	}
	if differ > 10 {
		t.Errorf("%d texts differ in all", differ)
	}
}

// Which joiners a script needs between its letters, no browser says: each is named.
func TestJoinersInScripts(t *testing.T) {
	var got []string
	runScript(t, "foreign.mjs", []string{"می\u200Cخواهم", "क्\u200Dष"}, &got)
	if want := []string{"می⟨U+200C⟩خواهم", "क्⟨U+200D⟩ष"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
