package xmpptest

import (
	"strings"

	"muckick/xmpp/prep"
)

// Servers write rooms and nicks in a prepared form (RFC 6122), so a test that
// waits for the form in which it wrote them would wait in vain. roomKey and
// nickKey map both forms to one.

func roomKey(room string) string { return prep.Local(room) }

func nickKey(nick string) string { return prep.Resource(nick) }

// splitOccupant splits an occupant JID into the keys of its room and its nick.
func splitOccupant(jid string) (room, nick string) {
	bare, resource, _ := strings.Cut(jid, "/")
	return roomKey(bare), nickKey(resource)
}
