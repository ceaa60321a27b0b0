// Package prep brings the parts of a JID into the form in which chat servers
// compare them: nodeprep and resourceprep (RFC 6122), which are profiles of
// stringprep (RFC 3454). Most servers keep to them. PRECIS (RFC 8265), which came
// later, refuses or tells apart rooms and nicks that exist on these servers.
//
// It maps, and prohibits nothing: what nobody can be called is for the server to
// say.
package prep

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/xdg-go/stringprep"
)

// Local returns a local part in the form in which servers compare it, such as
// the name of a room.
func Local(text string) string {
	if isASCII(text) {
		return strings.ToLower(text)
	}
	return prepare(stringprep.Profile{
		Mappings:  []stringprep.Mapping{amendments(), stringprep.TableB1, stringprep.TableB2},
		Normalize: true,
	}, text)
}

// Resource returns a resource in the form in which servers compare it, such as a
// nick.
func Resource(text string) string {
	if isASCII(text) {
		return text
	}
	return prepare(stringprep.Profile{
		Mappings:  []stringprep.Mapping{amendments(), stringprep.TableB1},
		Normalize: true,
	}, text)
}

// amendments returns in what the library differs from the servers among the
// characters of Unicode 3.2: one that table B.1 has and the library lacks, and
// five whose decomposition Unicode has corrected since.
func amendments() stringprep.Mapping {
	return stringprep.Mapping{
		0x1806:  {},
		0x2F868: {0x2136A},
		0x2F874: {0x5F33},
		0x2F91F: {0x43AB},
		0x2F95F: {0x7AAE},
		0x2F9BF: {0x4D57},
	}
}

// prepare applies the profile to what Unicode 3.2 knows, and leaves the rest as
// it is: later versions fold and decompose characters that servers do not.
func prepare(p stringprep.Profile, text string) string {
	var b strings.Builder
	for text != "" {
		known := lengthUntil(text, isUnassigned)
		prepared, _ := p.Prepare(text[:known]) // no error: the profile prohibits nothing
		b.WriteString(prepared)
		text = text[known:]
		unknown := lengthUntil(text, func(r rune) bool { return !isUnassigned(r) })
		b.WriteString(text[:unknown])
		text = text[unknown:]
	}
	return b.String()
}

// lengthUntil returns how many bytes stand before the first character that stop
// accepts.
func lengthUntil(text string, stop func(rune) bool) int {
	if i := strings.IndexFunc(text, stop); i >= 0 {
		return i
	}
	return len(text)
}

// isUnassigned reports whether Unicode 3.2 does not know the character.
func isUnassigned(r rune) bool { return r > unicode.MaxASCII && stringprep.TableA1.Contains(r) }

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
