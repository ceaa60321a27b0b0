package moderation

import (
	"context"

	"muckick/xmpp"
)

// obstacleToEvict returns why nobody can be evicted from a room, or nil. Only
// owners of a room can do so.
func (p *Planner) obstacleToEvict(ctx context.Context, by Principal, roster xmpp.Roster) error {
	for _, capability := range Evict.needs(xmpp.ActionKick) {
		if err := by.Require(capability, roster.Room); err != nil {
			return err
		}
	}
	closed, err := p.options.Crowd.MembersOnly(ctx, roster.Room)
	if err == nil && closed {
		return errClosed
	}
	return err
}

// evicting counts what an eviction does in a room, or says of all targets why it
// cannot be.
func (l *look) evicting(obstacle error, roster xmpp.Roster) {
	var targets []xmpp.Target
	for _, target := range l.targets {
		if target.Verdict == WillDo {
			targets = append(targets, target.Action.Target)
		}
	}
	if len(targets) == 0 {
		return
	}
	sorted, err := sortCrowd(roster, targets, nil)
	if obstacle == nil {
		obstacle = err
	}
	if obstacle == nil {
		l.counts.Admitted, l.counts.Evicted = len(sorted.stay), len(sorted.out)
		return
	}
	for i := range l.targets {
		if l.targets[i].Verdict == WillDo {
			l.targets[i].Verdict, l.targets[i].Note = CannotDo, InWords(obstacle)
		}
	}
}
