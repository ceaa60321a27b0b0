package moderation

import (
	"fmt"

	"muckick/xmpp"
)

// ActorKind is the way by which an actor proved who they are.
type ActorKind string

// The kinds of actors.
const (
	ByAPI      ActorKind = "api"      // the fixed Authorization header
	ByToken    ActorKind = "token"    // an API token, named
	ByOperator ActorKind = "operator" // an operator signed in to the panel, named
	ByCommand  ActorKind = "command"  // the command line; never of a kick
	ByItself   ActorKind = "muckick"  // muckick itself, when the time of an effect has come
	ByProvider ActorKind = "provider" // an OpenID Connect provider, named; never of a kick
	ByStranger ActorKind = "stranger" // nobody that is known; never of a kick
)

// ActorKinds returns the kinds of those who act on people and rooms, those that one
// looks for most first.
func ActorKinds() []ActorKind { return []ActorKind{ByOperator, ByToken, ByAPI, ByItself} }

// Actor is who attempted a kick, or did something else.
type Actor struct {
	Kind ActorKind
	Name string // of the token or the operator
	ID   string // of the same; names can be used again, ids are not
}

// A Principal is who asks for something, and what they may do: an operator, a
// token, or whoever sends the configured Authorization header.
type Principal struct {
	Actor
	Grants Grants
}

// HeaderPrincipal is who sends the configured Authorization header.
func HeaderPrincipal() Principal {
	return Principal{Actor: Actor{Kind: ByAPI}, Grants: KickEverywhere()}
}

// Require returns nil if the principal has the capability in a room. Otherwise
// the error is a [*ForbiddenError], or, where the principal has no grant at all,
// the [*xmpp.NoRoomError] of a room that does not exist.
func (p Principal) Require(capability Capability, room xmpp.RoomJID) error {
	switch {
	case p.Grants.May(capability, room):
		return nil
	case p.Grants.Knows(room):
		return &ForbiddenError{Capability: capability, Room: room}
	}
	return &xmpp.NoRoomError{Room: room}
}

// RequireEverywhere returns nil if the principal has the capability in all rooms,
// otherwise a [*ForbiddenError].
func (p Principal) RequireEverywhere(capability Capability) error {
	if p.Grants.MayEverywhere(capability) {
		return nil
	}
	return &ForbiddenError{Capability: capability}
}

// A ForbiddenError means that a principal lacks a capability.
type ForbiddenError struct {
	Capability Capability
	Room       xmpp.RoomJID // zero when it is needed everywhere
	Somewhere  bool         // one room would do, whichever
}

func (e *ForbiddenError) Error() string {
	if e.Somewhere {
		return fmt.Sprintf("you may not do this: it needs %q in some room", e.Capability)
	}
	if e.Room == (xmpp.RoomJID{}) {
		return fmt.Sprintf("you may not do this: it needs %q everywhere", e.Capability)
	}
	return fmt.Sprintf("you may not do this in %s: it needs %q", e.Room, e.Capability)
}
