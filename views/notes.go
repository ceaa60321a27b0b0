package views

import (
	"strings"

	"muckick/xmpp"
)

// Notes are what stands beside occupants: by account, or by nick of those whose
// account the room hides.
type Notes struct {
	Accounts map[string]Note
	Nicks    map[string]Note
}

// A Note says what was done to somebody lately.
type Note struct {
	Kicked int // times that they were kicked out of this room within 24 hours
	Banned int // other rooms that they are banned from
}

// of returns the note on an occupant; empty if there is none.
func (n Notes) of(o xmpp.Occupant) string {
	if o.RealJID == "" {
		return n.Nicks[o.Nick].words()
	}
	return n.Accounts[o.Account()].words()
}

func (n Note) words() string {
	var words []string
	switch {
	case n.Kicked == 1:
		words = append(words, "kicked once in 24 h")
	case n.Kicked > 1:
		words = append(words, "kicked "+number(n.Kicked)+" times in 24 h")
	}
	if n.Banned > 0 {
		words = append(words, "banned from "+count(n.Banned, "other room", "other rooms"))
	}
	return strings.Join(words, ", ")
}
