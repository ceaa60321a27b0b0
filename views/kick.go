package views

import (
	"time"

	"muckick/xmpp"
)

// MaxReason is how many characters a reason may have in the panel.
const MaxReason = 500

// A KickConfirmModel is what is asked before a kick where no script runs.
type KickConfirmModel struct {
	Page
	Room    string      // address
	Target  xmpp.Target // what is known of whom it is about
	Reason  string      // what was typed before, if the kick has to be asked for again
	Reasons []string    // that are offered

	Durations []time.Duration // that are offered
	Mute      xmpp.MuteEffect // what a mute is good for in the room
	// Blocked says why the kick would not work; empty if it is expected to.
	Blocked string
}
