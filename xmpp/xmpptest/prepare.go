package xmpptest

import (
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Servers write rooms and nicks in a prepared form (RFC 6122), so a test that
// waits for the form in which it wrote them would wait in vain. roomKey and
// nickKey map both forms to one.

func roomKey(room string) string {
	return nickKey(cases.Fold().String(norm.NFKC.String(room)))
}

func nickKey(nick string) string { return norm.NFKC.String(strings.Map(dropInvisible, nick)) }

// dropInvisible removes what stringprep maps to nothing (RFC 3454 table B.1).
func dropInvisible(r rune) rune {
	switch {
	case r == 0x00AD, r == 0x034F, r == 0x1806, r == 0x2060, r == 0xFEFF,
		r >= 0x180B && r <= 0x180D,
		r >= 0x200B && r <= 0x200D,
		r >= 0xFE00 && r <= 0xFE0F:
		return -1
	}
	return r
}

// splitOccupant splits an occupant JID into the keys of its room and its nick.
func splitOccupant(jid string) (room, nick string) {
	bare, resource, _ := strings.Cut(jid, "/")
	return roomKey(bare), nickKey(resource)
}
