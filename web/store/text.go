package store

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// escapeText returns text as it is stored: valid UTF-8 without NUL, which is
// what Postgres accepts. A NUL or a byte that is no part of valid UTF-8 becomes
// `\xNN` with two lower-case hex digits; everything else stays as it is, save
// that the backslash of a literal `\xNN` becomes `\x5c`. So nothing is lost:
// replacing each `\xNN` by its byte restores the text.
func escapeText(text string) string {
	if utf8.ValidString(text) && !strings.Contains(text, "\x00") && !strings.Contains(text, `\x`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == 0, r == utf8.RuneError && size == 1, isEscape(text[i:]):
			fmt.Fprintf(&b, `\x%02x`, text[i])
		default:
			b.WriteString(text[i : i+size])
		}
		i += size
	}
	return b.String()
}

// isEscape tells whether text begins with `\xNN`.
func isEscape(text string) bool {
	return len(text) >= 4 && text[0] == '\\' && text[1] == 'x' && isHex(text[2]) && isHex(text[3])
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f'
}

// clip returns the first limit characters of text, escaped for storage.
func clip(text string, limit int) string {
	text = escapeText(text)
	count := 0
	for i := range text {
		if count == limit {
			return text[:i]
		}
		count++
	}
	return text
}
