package moderation

import (
	"fmt"
	"strings"

	"muckick/xmpp"
)

// A Scope says where something was granted: everywhere, in all rooms of a MUC
// service, or in one room. The zero value is everywhere.
type Scope struct {
	service string
	room    xmpp.RoomJID
}

// Everywhere is the scope of all rooms there are.
var Everywhere = Scope{}

// everywhere is how [Scope.String] writes [Everywhere].
const everywhere = "*"

// A ScopeError says what is wrong with the text of a scope.
type ScopeError struct{ Text, Problem string }

func (e *ScopeError) Error() string { return fmt.Sprintf("scope %q %s", e.Text, e.Problem) }

// ParseScope reads a scope: "*" for everywhere, the domain of a MUC service, or
// the bare JID of a room. The error is a [*ScopeError].
func ParseScope(text string) (Scope, error) {
	switch {
	case text == everywhere:
		return Everywhere, nil
	case strings.Contains(text, "@"):
		room, err := xmpp.ParseRoom(text)
		if err != nil {
			return Scope{}, &ScopeError{text, "is no room: " + err.Error()}
		}
		return InRoom(room), nil
	}
	service, err := xmpp.ParseService(text)
	if err != nil {
		return Scope{}, &ScopeError{text, "is neither * nor a MUC service nor a room"}
	}
	return InService(service), nil
}

// InService is the scope of all rooms of a MUC service, by its domain.
func InService(domain string) Scope { return Scope{service: domain} }

// InRoom is the scope of one room.
func InRoom(room xmpp.RoomJID) Scope { return Scope{room: room} }

// String writes the scope as ParseScope reads it.
func (s Scope) String() string {
	switch {
	case s.service != "":
		return s.service
	case s.room != (xmpp.RoomJID{}):
		return s.room.String()
	}
	return everywhere
}

// Service returns the domain of a scope that is all rooms of a MUC service.
func (s Scope) Service() (domain string, ok bool) { return s.service, s.service != "" }

// Room returns the room of a scope that is one room.
func (s Scope) Room() (room xmpp.RoomJID, ok bool) { return s.room, s.room != (xmpp.RoomJID{}) }

// Covers tells whether a room is in the scope.
func (s Scope) Covers(room xmpp.RoomJID) bool {
	return s == Everywhere || s.room == room || s.service != "" && s.service == room.Domain()
}

// covers tells whether all of another scope is in this one.
func (s Scope) covers(other Scope) bool {
	return s == other || s == Everywhere ||
		s.service != "" && other.room != (xmpp.RoomJID{}) && other.room.Domain() == s.service
}
