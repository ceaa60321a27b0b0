package moderation

import (
	"context"
	"sync"
	"time"

	"muckick/xmpp"
)

// dispatch begins the steps, one room after the other, and returns when none is
// under way any more and all have an outcome, or why they have not.
func (r *jobRun) dispatch(ctx context.Context, remote <-chan struct{}) error {
	var steps sync.WaitGroup
	defer steps.Wait()
	inFlight, next := 0, 0
	stop := r.stop
	var giveUp error
	for {
		if r.stopped || giveUp != nil {
			r.halt()
			if inFlight == 0 {
				return giveUp
			}
		}
		if r.left == 0 && inFlight == 0 {
			return nil
		}
		var entered <-chan struct{}
		var pause <-chan time.Time
		if r.left > 0 && !r.stopped && giveUp == nil {
			q := r.nextRoom(&next)
			switch {
			case r.isLost():
				giveUp = errClaimLost
				continue
			case ctx.Err() != nil:
				giveUp = ctx.Err()
				continue
			case q == nil: // every room has as much under way as it may, or would give too many memberships
			case !r.holds():
				pause = time.After(retryPause)
			default:
				var began time.Time
				if began, entered = r.admit(); entered == nil {
					target := q.targets[0]
					q.targets, q.inFlight = q.targets[1:], q.inFlight+1
					q.giving += len(target.Keep)
					r.giving += len(target.Keep)
					r.left--
					inFlight++
					steps.Go(func() { r.step(q, target, began) })
					continue
				}
				pause = time.After(overdue)
			}
		}
		select {
		case q := <-r.freed:
			q.inFlight--
			inFlight--
			if q.inFlight == 0 {
				r.giving, q.giving = r.giving-q.giving, 0
			}
		case <-entered:
		case <-pause:
		case <-stop:
			r.stopped, stop = true, nil
		case <-remote:
			r.stopped, remote = true, nil
		case <-ctx.Done():
			giveUp = ctx.Err()
			ctx = context.WithoutCancel(ctx)
		}
	}
}

// admit lets a step in, and returns when. Where the chat server is away or others are
// first, it returns what is closed when it is worth another try.
func (r *jobRun) admit() (began time.Time, wait <-chan struct{}) {
	status, changed := r.jobs.options.Chat.Status()
	if !status.Online {
		r.note(waitsForChat)
		return time.Time{}, changed
	}
	r.note("")
	return r.jobs.window.enter(r.jobs.options.Desk.Singles() > 0)
}

// nextRoom returns the next room in turn that has something left and may have
// more under way, or nil. A room waits whose step would make the memberships too many
// that change at once.
func (r *jobRun) nextRoom(next *int) *roomQueue {
	for range r.queues {
		q := r.queues[*next%len(r.queues)]
		*next++
		if len(q.targets) > 0 && q.inFlight < maxInRoom && (r.giving == 0 || r.giving+len(q.targets[0].Keep) <= maxGiving) {
			return q
		}
	}
	return nil
}

// step does one step that was let in, and tries again as long as nothing comes of it
// because the store is away.
func (r *jobRun) step(q *roomQueue, target JobTarget, began time.Time) {
	defer func() { r.freed <- q }()
	settled, again := r.do(target)
	quick := !again && settled.Outcome == xmpp.Done
	defer r.jobs.window.leave(began, quick)
	for again {
		if r.isLost() || r.isEnding() {
			return // it stays for who goes on
		}
		select {
		case <-time.After(retryPause):
		case <-r.halted:
			settled.Outcome, settled.Detail = xmpp.Cancelled, cancelledDetail
			r.outcomes <- settled
			return
		}
		if r.holds() {
			settled, again = r.do(target)
		}
	}
	r.outcomes <- settled
}

// halt begins no further step, and settles what is left if the job was stopped.
func (r *jobRun) halt() {
	if !r.stopped {
		return
	}
	select {
	case <-r.halted:
	default:
		close(r.halted)
	}
	for _, q := range r.queues {
		for _, target := range q.targets {
			target.Outcome, target.Detail = xmpp.Cancelled, cancelledDetail
			r.outcomes <- target
		}
		r.left -= len(q.targets)
		q.targets = nil
	}
}

// isHalted reports whether what is left is cancelled.
func (r *jobRun) isHalted() bool {
	select {
	case <-r.halted:
		return true
	default:
		return false
	}
}
