package views

import (
	"strings"

	"muckick/xmpp"
)

// An Outcome is what became of a kick.
type Outcome string

// The outcomes.
const (
	OutcomePending  Outcome = "pending"   // begun, and not known to have ended
	OutcomeKicked   Outcome = "kicked"    // confirmed by the chat server
	OutcomeNotFound Outcome = "not_found" // no such occupant or room
	OutcomeRefused  Outcome = "refused"   // the chat server said no
	OutcomeFailed   Outcome = "failed"    // not sent, or sent in vain: nobody was kicked
	OutcomeUnknown  Outcome = "unknown"   // sent, but not answered
)

// Outcomes lists all outcomes, in the order in which they are offered.
func Outcomes() []Outcome {
	return []Outcome{OutcomeKicked, OutcomeRefused, OutcomeNotFound, OutcomeFailed, OutcomeUnknown, OutcomePending}
}

// Label names an outcome in a word or two.
func (o Outcome) Label() string {
	switch o {
	case OutcomePending:
		return "Not finished"
	case OutcomeKicked:
		return "Kicked"
	case OutcomeNotFound:
		return "Not found"
	case OutcomeRefused:
		return "Refused"
	case OutcomeFailed:
		return "Not kicked"
	case OutcomeUnknown:
		return "Unknown"
	}
	return string(o)
}

// Sentence says what an outcome means.
func (o Outcome) Sentence() string {
	switch o {
	case OutcomePending:
		return "The kick was begun and no end of it is on record. It may have happened."
	case OutcomeKicked:
		return "The chat server confirmed it."
	case OutcomeNotFound:
		return "Nobody was there to kick."
	case OutcomeRefused:
		return "The chat server refused. Nobody was kicked."
	case OutcomeFailed:
		return "The kick was not carried out. Nobody was kicked."
	case OutcomeUnknown:
		return "The kick was sent, but no answer came. It may have happened: look at the list before you try again."
	}
	return ""
}

// explain says in plain words what an outcome means, and what the error's own
// words in detail add to that. Nothing is said twice.
func (o Outcome) explain(detail string) (text, rest string) {
	switch {
	case detail == xmpp.ErrNoOccupant.Error():
		return "Nobody of that nick is in the room.", ""
	case detail == xmpp.ErrOwnOccupant.Error():
		return "That is muckick itself, which does not kick its own occupant.", ""
	case o == OutcomeUnknown:
		rest = strings.TrimPrefix(strings.TrimPrefix(detail, xmpp.ErrUnknown.Error()), ": ")
	default:
		rest = strings.TrimPrefix(detail, "kick refused: ")
	}
	return o.Sentence(), rest
}

// Tone is the weight of an outcome.
func (o Outcome) Tone() Tone {
	switch o {
	case OutcomeKicked:
		return ToneGood
	case OutcomePending, OutcomeUnknown:
		return ToneWarn
	}
	return ToneBad
}

// A KickResult says what became of one kick.
type KickResult struct {
	Outcome Outcome
	Nick    string
	Detail  string // the error's own words, e.g. "cancel: not-allowed"; may be empty
}

// Message is the result in words, to be shown at once or after a redirect.
func (r KickResult) Message() Message {
	m := Message{Tone: r.Outcome.Tone(), Subject: r.Nick}
	m.Text, m.Detail = r.Outcome.explain(r.Detail)
	switch r.Outcome {
	case OutcomeKicked:
		m.Title = "Kicked"
	case OutcomeUnknown, OutcomePending:
		m.Title = "Not known whether kicked"
	default:
		m.Title = "Not kicked"
	}
	return m
}
