package moderation

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxGlob bounds the characters of a glob.
const maxGlob = 256

// A Glob is a pattern for a whole text: * stands for any characters, ? for one,
// and everything else for itself, in upper or lower case. The zero Glob matches
// the empty text alone.
type Glob struct {
	text  string
	parts []globPart // between the stars
}

// A globPart is what stands between two stars.
type globPart struct {
	text  string
	runes int
	holes bool // it has question marks
}

// ParseNickGlob reads a glob for nicks. A glob that leaves everything open is
// refused: whoever means everybody has to say so. The error is a
// [*SelectionError].
func ParseNickGlob(text string) (Glob, error) {
	if err := checkGlob(text, "*?"); err != nil {
		return Glob{}, err
	}
	return newGlob(text), nil
}

// ParseAccountGlob reads a glob for bare JIDs, such as *@spam.example. The error
// is a [*SelectionError].
func ParseAccountGlob(text string) (Glob, error) {
	if strings.Count(text, "@") != 1 || strings.Contains(text, "/") {
		return Glob{}, &SelectionError{fmt.Sprintf("%q is no pattern for accounts: it has to have the form NAME@DOMAIN", clipped(text))}
	}
	if err := checkGlob(text, "*?@."); err != nil {
		return Glob{}, err
	}
	return newGlob(text), nil
}

// checkGlob expects another character than those that say nothing.
func checkGlob(text, open string) error {
	switch {
	case !utf8.ValidString(text), strings.ContainsFunc(text, unicode.IsControl):
		return &SelectionError{"a pattern has characters that no name can have"}
	case utf8.RuneCountInString(text) > maxGlob:
		return &SelectionError{fmt.Sprintf("a pattern has more than %d characters", maxGlob)}
	case strings.Trim(text, open) == "":
		return &SelectionError{fmt.Sprintf("the pattern %q is open to everybody, which has to be said explicitly", text)}
	}
	return nil
}

func newGlob(text string) Glob {
	g := Glob{text: text}
	for part := range strings.SplitSeq(strings.ToLower(text), "*") {
		g.parts = append(g.parts, globPart{part, utf8.RuneCountInString(part), strings.Contains(part, "?")})
	}
	return g
}

// String returns the glob as it was written.
func (g Glob) String() string { return g.text }

// MarshalText writes the glob as it was written.
func (g Glob) MarshalText() ([]byte, error) { return []byte(g.text), nil }

// UnmarshalText reads what MarshalText wrote.
func (g *Glob) UnmarshalText(text []byte) error {
	if len(text) > maxGlob*utf8.UTFMax {
		return &SelectionError{"a pattern is too long"}
	}
	*g = newGlob(string(text))
	return nil
}

// Match reports whether the glob stands for the text. It takes time linear in
// the length of the text.
func (g Glob) Match(text string) bool { return g.match(strings.ToLower(text)) }

// match is Match for a text in lower case.
func (g Glob) match(text string) bool {
	if len(g.parts) == 0 {
		return text == ""
	}
	first, rest := g.parts[0], g.parts[1:]
	size, ok := first.prefix(text)
	if !ok || len(rest) == 0 {
		return ok && size == len(text)
	}
	text = text[size:]
	last, middle := rest[len(rest)-1], rest[:len(rest)-1]
	for _, part := range middle {
		end, found := part.find(text)
		if !found {
			return false
		}
		text = text[end:]
	}
	return last.suffix(text)
}

// prefix reports whether the text begins with the part, and with how many bytes.
func (p globPart) prefix(text string) (size int, ok bool) {
	if !p.holes {
		return len(p.text), strings.HasPrefix(text, p.text)
	}
	for _, want := range p.text {
		got, width := utf8.DecodeRuneInString(text[size:])
		if width == 0 || want != '?' && want != got {
			return 0, false
		}
		size += width
	}
	return size, true
}

// find returns where the first occurrence of the part ends.
func (p globPart) find(text string) (end int, found bool) {
	if !p.holes {
		at := strings.Index(text, p.text)
		return at + len(p.text), at >= 0
	}
	for at := range text {
		if size, ok := p.prefix(text[at:]); ok {
			return at + size, true
		}
	}
	return 0, false
}

// suffix reports whether the text ends with the part.
func (p globPart) suffix(text string) bool {
	if !p.holes {
		return strings.HasSuffix(text, p.text)
	}
	at := len(text)
	for range p.runes {
		_, width := utf8.DecodeLastRuneInString(text[:at])
		if width == 0 {
			return false
		}
		at -= width
	}
	_, ok := p.prefix(text[at:])
	return ok
}

// isWholeDomain reports whether a glob for accounts stands for all accounts of a
// domain.
func (g Glob) isWholeDomain() bool {
	local, _, _ := strings.Cut(g.text, "@")
	return strings.Trim(local, "*?") == ""
}

// clipped shortens a text of a stranger for an error.
func clipped(text string) string {
	runes := []rune(strings.ToValidUTF8(text, "\uFFFD"))
	if len(runes) > 80 {
		return string(runes[:80]) + "…"
	}
	return string(runes)
}
