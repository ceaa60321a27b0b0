package xmpp

import (
	"bytes"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// A corpus is what can be searched in a room, in one piece: of every stay the
// account, a separator and the nick, both folded, and an end. Text in one piece is
// searched ten times as fast as in as many strings.
type corpus struct {
	text    []byte
	entries []corpusEntry
	dead    int // entries without a stay
}

// A corpusEntry is the text of one stay, which begins where the one before ends.
type corpusEntry struct {
	stay *stay // nil when it is not searched any more
	end  int
}

// What stands behind an account and behind a nick. Neither can have them.
const (
	accountEnd = '\x00'
	nickEnd    = '\x01'
)

// add makes a stay searchable.
func (c *corpus) add(s *stay) {
	c.text = appendFolded(c.text, s.person.account)
	c.text = append(c.text, accountEnd)
	c.text = appendFolded(c.text, s.occupant.Nick)
	c.text = append(c.text, nickEnd)
	s.entry = int32(len(c.entries))
	c.entries = append(c.entries, corpusEntry{stay: s, end: len(c.text)})
}

// remove ends that. The text is made anew when half of it is of no use.
func (c *corpus) remove(s *stay) {
	c.entries[s.entry].stay = nil
	if c.dead++; c.dead < 16 || 2*c.dead < len(c.entries) {
		return
	}
	live := make([]*stay, 0, len(c.entries)-c.dead)
	for _, entry := range c.entries {
		if entry.stay != nil {
			live = append(live, entry.stay)
		}
	}
	*c = corpus{text: slices.Grow([]byte(nil), len(c.text)/2), entries: make([]corpusEntry, 0, len(live))}
	for _, s := range live {
		c.add(s)
	}
}

// search calls found with every stay whose account or nick contains the query, and
// how well it matches.
func (c *corpus) search(query []byte, found func(*stay, match)) {
	for from := 0; ; {
		i := bytes.Index(c.text[from:], query)
		if i < 0 {
			return
		}
		hit := from + i
		n := sort.Search(len(c.entries), func(n int) bool { return c.entries[n].end > hit })
		entry := c.entries[n]
		from = entry.end
		if entry.stay == nil {
			continue
		}
		start := 0
		if n > 0 {
			start = c.entries[n-1].end
		}
		account, nick, _ := bytes.Cut(c.text[start:entry.end-1], []byte{accountEnd})
		if m := min(matches(account, query), matches(nick, query)); m < matchNone {
			found(entry.stay, m)
		}
	}
}

// A match is how well a text fits what is searched for; less is better.
type match int

const (
	matchEqual match = iota
	matchBegin
	matchWithin
	matchNone
)

func matches(text, query []byte) match {
	switch {
	case bytes.HasPrefix(text, query):
		if len(text) == len(query) {
			return matchEqual
		}
		return matchBegin
	case bytes.Contains(text, query):
		return matchWithin
	}
	return matchNone
}

// foldText returns a text without its differences in case, width and other forms
// of compatibility, such as bold letters of mathematics.
func foldText(text string) string {
	if isASCII(text) {
		return strings.ToLower(text)
	}
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(text)))
}

// appendFolded appends a folded text.
func appendFolded(to []byte, text string) []byte {
	if !isASCII(text) {
		return append(to, foldText(text)...)
	}
	for i := range len(text) {
		c := text[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		to = append(to, c)
	}
	return to
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
