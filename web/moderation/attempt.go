package moderation

import "time"

// AttemptID names an attempt. Ids sort by the time of the attempt.
type AttemptID string

// Outcome is what became of an attempt.
type Outcome string

// The outcomes. Only these are stored.
const (
	Pending  Outcome = "pending"   // the process that attempts it has not said yet
	Kicked   Outcome = "kicked"    // confirmed by the chat server
	Refused  Outcome = "refused"   // by the chat server
	NotFound Outcome = "not found" // no such host, room or occupant
	Failed   Outcome = "failed"    // nobody was kicked, for a reason on our side
	Unknown  Outcome = "unknown"   // it may have happened
)

// Intent is a kick about to be sent.
type Intent struct {
	Actor   Actor
	Address string // the client's
	Room    string
	Nick    string
	RealJID string // empty when not known
	Reason  string
}

// Conclusion is how an attempt ended.
type Conclusion struct {
	Outcome  Outcome       // any but Pending
	Detail   string        // the error, for one
	RealJID  string        // when it became known; empty keeps the intent's
	Duration time.Duration // of the kick, stored to the microsecond
}
