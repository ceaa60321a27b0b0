package moderation

import (
	"time"

	"muckick/xmpp"
)

// AttemptID names an attempt. Ids sort by the time of the attempt.
type AttemptID string

// Intent is an action about to be sent.
type Intent struct {
	Actor   Actor
	Address string // the client's
	Action  xmpp.ActionKind
	Room    string
	Nick    string
	RealJID string // empty when not known
	Reason  string
	Effect  EffectID // that the action makes or takes back; empty for none
	Job     JobID    // whose step it is; empty for none
	Step    int      // which one; 0 for none
}

// Conclusion is how an attempt ended.
type Conclusion struct {
	Outcome  xmpp.Outcome  // any but Pending
	Detail   string        // the error, for one, or what is wrong with what was done
	RealJID  string        // when it became known; empty keeps the intent's
	Effect   EffectID      // that stays, or was taken back; empty for none
	Duration time.Duration // of the action, stored to the microsecond
}
