package moderation

import (
	"errors"

	"muckick/xmpp"
)

// OutcomeOf says for the audit trail what an error of a kick means.
func OutcomeOf(err error) Outcome {
	var (
		noHost    *xmpp.NoHostError
		noService *xmpp.NoServiceError
		noRoom    *xmpp.NoRoomError
		refused   *xmpp.RefusedError
		join      *xmpp.JoinError
	)
	switch {
	case err == nil:
		return Kicked
	case errors.Is(err, xmpp.ErrUnknown):
		return Unknown
	case errors.Is(err, xmpp.ErrNoOccupant), errors.As(err, &noHost), errors.As(err, &noService), errors.As(err, &noRoom):
		return NotFound
	case errors.As(err, &refused), errors.Is(err, xmpp.ErrOwnOccupant):
		return Refused
	case errors.As(err, &join) && errors.As(err, new(*xmpp.StanzaError)):
		return Refused
	}
	return Failed
}
