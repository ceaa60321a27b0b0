package moderation

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"muckick/xmpp"
)

// refusedNamed is how many of those are named who could not be made members.
const refusedNamed = 10

// An AdmissionError means that a room was not made members-only, since some of those
// who were to stay could not be made members. The others are none any more either.
type AdmissionError struct {
	Refused []NotAdmitted

	// Left is why memberships that were given are not taken back yet; nil if all of
	// them are. It is tried until it is done.
	Left error
}

func (e *AdmissionError) Error() string {
	first := e.Refused[0]
	if len(e.Refused) == 1 {
		return fmt.Sprintf("%s could not be made a member: %s", first.Account, InWords(first.Err))
	}
	var names []string
	for _, r := range e.Refused[:min(len(e.Refused), refusedNamed)] {
		names = append(names, r.Account)
	}
	if n := len(e.Refused) - refusedNamed; n > 0 {
		names = append(names, fmt.Sprintf("and %d more", n))
	}
	return fmt.Sprintf("%s could not be made members; the first: %s", strings.Join(names, ", "), InWords(first.Err))
}

// outcome is that of the lock: it was refused if one of them was.
func (e *AdmissionError) outcome() xmpp.Outcome {
	if slices.ContainsFunc(e.Refused, func(n NotAdmitted) bool { return xmpp.OutcomeOf(n.Err) == xmpp.Refused }) {
		return xmpp.Refused
	}
	return xmpp.NotSent
}

// outcomeOf is [xmpp.OutcomeOf] for what an order can end with.
func outcomeOf(err error) xmpp.Outcome {
	if refused := (*AdmissionError)(nil); errors.As(err, &refused) {
		return refused.outcome()
	}
	return xmpp.OutcomeOf(err)
}

// A NotAdmitted is somebody who could not be made a member, and why.
type NotAdmitted struct {
	Stayer
	Err error
}
