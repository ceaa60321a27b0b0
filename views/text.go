package views

import (
	"context"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/a-h/templ"
)

// Text from the network may hold characters that nobody sees, yet which change
// the order of what stands beside them or make two nicks look alike. They are
// shown by their code points.

// A segment is a piece of text, or the names of invisible characters.
type segment struct {
	text      string
	invisible bool
}

// segments splits a text into what can be shown and what has to be named. A run
// of one invisible character is named once, with its length. If keepLines is
// set, line breaks count as visible.
func segments(s string, keepLines bool) []segment {
	var out []segment
	var visible strings.Builder
	flush := func() {
		if visible.Len() > 0 {
			out = append(out, segment{text: visible.String()})
			visible.Reset()
		}
	}
	runes := []rune(s)
	for i := 0; i < len(runes); {
		if keepLines && runes[i] == '\n' || !isInvisible(runes, i) {
			visible.WriteRune(runes[i])
			i++
			continue
		}
		flush()
		end := i + 1
		for end < len(runes) && runes[end] == runes[i] && isInvisible(runes, end) {
			end++
		}
		name := fmt.Sprintf("U+%04X", runes[i])
		if end-i > 1 {
			name += fmt.Sprintf(" ×%d", end-i)
		}
		out = append(out, segment{text: name, invisible: true})
		i = end
	}
	flush()
	return out
}

// isInvisible reports whether the rune at i leaves no mark of its own, or one
// that cannot be told from another's. An ordinary space is fine between words;
// at an end or beside another space it is not.
func isInvisible(runes []rune, i int) bool {
	r := runes[i]
	switch {
	case r == ' ':
		return i == 0 || i == len(runes)-1 || runes[i-1] == ' ' || runes[i+1] == ' '
	case r == zeroWidthJoiner || r == zeroWidthNonJoiner:
		return !joins(runes, i)
	case r == unicode.ReplacementChar:
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zs, unicode.Zl, unicode.Zp,
		unicode.Other_Default_Ignorable_Code_Point) || r == blankBraille
}

const (
	zeroWidthNonJoiner = '\u200C'
	zeroWidthJoiner    = '\u200D'
	blankBraille       = '\u2800'
)

// joins reports whether the joiner at i stands where writing needs one: within
// an emoji, or between letters of a script that joins its letters.
func joins(runes []rune, i int) bool {
	if i == 0 || i == len(runes)-1 {
		return false
	}
	for _, r := range [...]rune{runes[i-1], runes[i+1]} {
		if !unicode.In(r, unicode.So, unicode.Sk, unicode.Mn, unicode.Mc,
			unicode.Arabic, unicode.Syriac, unicode.Mongolian, unicode.Devanagari, unicode.Bengali,
			unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu,
			unicode.Kannada, unicode.Malayalam, unicode.Sinhala) {
			return false
		}
	}
	return true
}

// Plain makes the invisible characters of a text visible where only text can
// stand: in a title or an accessible name.
func Plain(s string) string {
	var b strings.Builder
	for _, seg := range segments(s, false) {
		if seg.invisible {
			b.WriteString("⟨" + seg.text + "⟩")
		} else {
			b.WriteString(seg.text)
		}
	}
	return b.String()
}

// Clip shortens a text to its first n characters and an ellipsis, unless it has
// no more than those.
func Clip(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i] + "…"
		}
		n--
	}
	return s
}

// Foreign shows a text from the network on one line, isolated from the
// direction of the text around it.
func Foreign(s string) templ.Component { return foreign(s, false) }

// ForeignLines is [Foreign] with the text's line breaks kept.
func ForeignLines(s string) templ.Component { return foreign(s, true) }

func foreign(s string, keepLines bool) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		var b strings.Builder
		b.WriteString("<bdi>")
		for _, seg := range segments(s, keepLines) {
			if seg.invisible {
				b.WriteString("<i>" + seg.text + "</i>")
			} else {
				b.WriteString(templ.EscapeString(seg.text))
			}
		}
		b.WriteString("</bdi>")
		_, err := io.WriteString(w, b.String())
		return err
	})
}
