package mucserver

import (
	"strings"
	"testing"
)

func TestNormalizeNick(t *testing.T) {
	tests := []struct {
		name, nick, want string // "" for refused
	}{
		{"plain", "Romeo", "Romeo"},
		{"case counts", "ROMEO", "ROMEO"},
		{"space inside", "Carol Ünï", "Carol Ünï"},
		{"decomposed", "U\u0308", "Ü"},
		{"jamo", "ㅋㅋㅋ", "\u110f\u110f\u110f"},
		{"Hangul filler", "a\u115fb", "a\u115fb"},
		{"emoji", "🌹", "🌹"},
		{"joined emoji", "👩\u200d🚀", "👩🚀"},
		{"markup", "<script>alert('&')</script>", "<script>alert('&')</script>"},
		{"slash", "a/b@c", "a/b@c"},
		{"wide", "Ｒｏｍｅｏ", "Romeo"},
		{"1,000 characters", strings.Repeat("x", 1000), strings.Repeat("x", 1000)},
		{"1,024 bytes", strings.Repeat("x", 1024), ""},
		{"empty", "", ""},
		{"spaces only", "  ", ""},
		{"nothing to see", "\u200b\u00ad", ""},
		{"control character", "a\x07b", ""},
		{"line break", "a\nb", ""},
		{"line separator", "a\u2028b", ""},
		{"bidi override", "a\u202eb", ""},
		{"private use", "a\ue000b", ""},
		{"noncharacter", "a\ufffeb", ""},
		{"not UTF-8", "a\xffb", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := normalizeNick(tt.nick)
			if got != tt.want || ok != (tt.want != "") {
				t.Errorf("got %q, %v; want %q", got, ok, tt.want)
			}
		})
	}
}

func TestParseAddress(t *testing.T) {
	tests := []struct {
		text, want string // "" for refused
	}{
		{"example.org", "example.org"},
		{"Example.ORG", "example.org"},
		{"Juliet@example.org/Balcony", "juliet@example.org/Balcony"},
		{"Snuggery@Chat.example.org", "snuggery@chat.example.org"},
		{"ＳＴＲＡＳＳＥ@chat.example.org/a/b@c", "strasse@chat.example.org/a/b@c"},
		{"straße@chat.example.org", "strasse@chat.example.org"},
		{"a b@chat.example.org", ""},
		{"@/x", ""},
		{"", ""},
		{"a\x00b@chat.example.org", ""},
		{"room@chat.example.org/\x01", ""},
	}
	s := testServer(t, nil)
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			a, ok := s.parseAddress(tt.text)
			if ok != (tt.want != "") || (ok && a.String() != tt.want) {
				t.Errorf("got %q, %v; want %q", a, ok, tt.want)
			}
		})
	}
}
