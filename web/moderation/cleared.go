package moderation

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"muckick/xmpp"
)

// awaitAbsence waits until the role lists show nobody who is to go, for some time.
func (c *clearing) awaitAbsence() {
	ctx, cancel := context.WithTimeout(c.run.stepping, evictTime)
	defer cancel()
	for {
		roster, err := c.census(ctx)
		if err == nil && !hasGap(roster, xmpp.GapCompleteness) {
			c.noteAbsent(roster, xmpp.Done)
			c.last = roster
		}
		if len(c.outcomes) == len(c.out) {
			return
		}
		select {
		case <-time.After(censusPause):
		case <-ctx.Done():
			return
		}
	}
}

func hasGap(roster xmpp.Roster, gap xmpp.Gap) bool {
	for _, g := range roster.Gaps {
		if g == gap {
			return true
		}
	}
	return false
}

// noteAbsent notes who is not in the room any more, under whatever nick, and what
// that means.
func (c *clearing) noteAbsent(roster xmpp.Roster, means xmpp.Outcome) {
	accounts, nicks := make(map[string]bool), make(map[string]xmpp.Occupant)
	for _, o := range roster.Occupants {
		accounts[AccountKey(o.RealJID)] = true
		nicks[o.Nick] = o
	}
	for _, target := range c.out {
		t := target.Action.Target
		o, taken := nicks[t.Nick]
		if taken && t.Means(o) || t.RealJID != "" && accounts[AccountKey(t.RealJID)] {
			continue
		}
		if c.outcomes[target.N] == "" {
			c.outcomes[target.N] = means
		}
	}
}

// conclude settles those who were to go. Failure is why they were not evicted; nil
// if they were.
func (c *clearing) conclude(failure error) {
	c.run.logsCause(failure)
	var group errgroup.Group
	group.SetLimit(maxWindow)
	for _, target := range c.out {
		group.Go(func() error {
			target.Outcome, target.Detail = c.outcome(target.N, failure)
			if _, begun := c.attempts[target.N]; !begun && c.run.isEnding() {
				return nil // it stays for who goes on
			}
			if id, begun := c.attempts[target.N]; begun {
				c.run.jobs.options.Desk.conclude(c.run.lasting, id, Conclusion{
					Outcome: target.Outcome, Detail: target.Detail, RealJID: target.Action.Target.RealJID,
					Duration: c.run.jobs.options.Now().Sub(c.began),
				})
			}
			if c.run.isStopping() && failure != nil {
				target.Outcome, target.Detail = xmpp.Cancelled, cancelledDetail
			}
			c.run.outcomes <- target
			return nil
		})
	}
	_ = group.Wait() // nothing there fails
}

// outcome is what became of one who was to go.
func (c *clearing) outcome(n int, failure error) (xmpp.Outcome, string) {
	var impossible *EvictionError
	switch {
	case failure == nil && c.outcomes[n] == xmpp.Done:
		return xmpp.Done, ""
	case failure == nil && c.outcomes[n] == xmpp.Gone:
		return xmpp.Gone, "they left before the room was closed"
	case failure == nil:
		return xmpp.Unknown, "they were still to be seen in the room when it had been members-only for some time"
	case errors.Is(failure, ErrStepTaken):
		return xmpp.Unknown, "another process had begun with it"
	case errors.As(failure, &impossible):
		return xmpp.NotSent, impossible.Problem
	}
	if outcome := xmpp.OutcomeOf(failure); outcome == xmpp.Refused || outcome == xmpp.Gone {
		return outcome, InWords(failure)
	}
	return xmpp.NotSent, InWords(failure) // of the target itself nothing was asked
}
