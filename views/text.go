package views

import (
	"context"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

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

// Address shows a JID like [Foreign]. A domain stays on one line where that has
// the room for it, and it is seen even where the page cuts a long local part:
// it says whose account or room this is.
func Address(jid string) templ.Component {
	at := strings.IndexByte(jid, '@')
	slash := strings.IndexByte(jid, '/')
	if slash < 0 {
		slash = len(jid)
	}
	if at < 0 || at > slash { // there is no local part
		return Foreign(jid)
	}
	var b strings.Builder
	b.WriteString(`<bdi dir="ltr">`) // or an account with a Hebrew name would look like a domain
	if utf8.RuneCountInString(jid[:at]) > longLocal {
		b.WriteString(`<span class="local" title="` + templ.EscapeString(Plain(jid)) + `">`)
		writeSegments(&b, jid[:at], false)
		b.WriteString("</span>")
	} else {
		writeSegments(&b, jid[:at], false)
	}
	b.WriteString(`<wbr><span class="domain">`)
	writeSegments(&b, jid[at:slash], false)
	b.WriteString("</span>")
	writeSegments(&b, jid[slash:], false)
	b.WriteString("</bdi>")
	return templ.Raw(b.String())
}

// longLocal is how many characters of a JID's local part always have room.
const longLocal = 24

// Foreign shows a text from the network on one line, isolated from the
// direction of the text around it.
func Foreign(s string) templ.Component { return foreign(s, false) }

// ForeignLines is [Foreign] with the text's line breaks kept.
func ForeignLines(s string) templ.Component { return foreign(s, true) }

func foreign(s string, keepLines bool) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		var b strings.Builder
		b.WriteString("<bdi>")
		writeSegments(&b, s, keepLines)
		b.WriteString("</bdi>")
		_, err := io.WriteString(w, b.String())
		return err
	})
}

// writeSegments writes a text as HTML with what is invisible in it named.
func writeSegments(b *strings.Builder, s string, keepLines bool) {
	for _, seg := range segments(s, keepLines) {
		if seg.invisible {
			b.WriteString("<i>" + seg.text + "</i>")
		} else {
			b.WriteString(templ.EscapeString(seg.text))
		}
	}
}
