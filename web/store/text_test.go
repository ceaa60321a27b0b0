package store

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// unescape restores a text as the comment of escapeText says.
func unescape(t *testing.T, text string) string {
	t.Helper()
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if !isEscape(text[i:]) {
			b.WriteByte(text[i])
			continue
		}
		value, err := strconv.ParseUint(text[i+2:i+4], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		b.WriteByte(byte(value))
		i += 3
	}
	return b.String()
}

func FuzzEscapeText(f *testing.F) {
	for _, text := range []string{"", "Bob", "\x00", "\xff\xfe", `\x00`, `\x5cx00`, `\\x00`, `\x`, `\x5`, `\xFF`, "\xc3", "ü\xc3ü", `\` + "\x00", "\ufffd"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		escaped := escapeText(text)
		if !utf8.ValidString(escaped) || strings.Contains(escaped, "\x00") {
			t.Errorf("%q became %q, which Postgres refuses", text, escaped)
		}
		if restored := unescape(t, escaped); restored != text {
			t.Errorf("%q became %q, which stands for %q", text, escaped, restored)
		}
	})
}

func TestClip(t *testing.T) {
	tests := []struct {
		text  string
		limit int
		want  string
	}{
		{"", 3, ""}, {"abc", 3, "abc"}, {"abcd", 3, "abc"}, {"üüüü", 3, "üüü"}, {"\xffab", 5, `\xffa`},
	}
	for _, tt := range tests {
		if got := clip(tt.text, tt.limit); got != tt.want {
			t.Errorf("clip(%q, %d) = %q, want %q", tt.text, tt.limit, got, tt.want)
		}
	}
}
