package moderation

import (
	"context"

	"muckick/xmpp"
)

// resolve settles the targets that a process which is gone had begun with. What
// the audit trail knows of them counts. Of whom it does not know how it ended, it
// says whether they are there now: nothing is sent a second time.
func (r *jobRun) resolve(ctx context.Context, attempted []JobTarget) {
	rosters := make(map[xmpp.RoomJID]*xmpp.Roster)
	for _, target := range attempted {
		target.Outcome = target.Attempt
		switch target.Attempt {
		case xmpp.Unknown, xmpp.Pending, "":
			target.Outcome, target.Detail = xmpp.Unknown, r.lookAgain(ctx, rosters, target.Action)
		}
		r.outcomes <- target
	}
}

// lookAgain says what is to be seen of the target of an action that may have
// happened.
func (r *jobRun) lookAgain(ctx context.Context, rosters map[xmpp.RoomJID]*xmpp.Roster, action xmpp.Action) string {
	const lost = "the process ended before the outcome was known"
	if !action.Kind.IsOfPerson() {
		return lost
	}
	roster, looked := rosters[action.Room]
	if !looked {
		within, cancel := context.WithTimeout(ctx, storeTimeout)
		defer cancel()
		if list, err := r.jobs.options.Chat.Occupants(within, action.Room); err == nil {
			roster = &list
		}
		rosters[action.Room] = roster
	}
	if roster == nil {
		return lost + "; the room could not be looked into"
	}
	for _, occupant := range roster.Occupants {
		if occupant.Nick == action.Target.Nick && action.Target.Means(occupant) {
			return lost + "; they are in the room now"
		}
	}
	return lost + "; they are not in the room now"
}
