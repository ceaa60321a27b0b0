package moderation

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"muckick/xmpp"
)

// errClaimLost means that another replica may work on the job by now.
var errClaimLost = errors.New("the claim was lost")

// A jobRun is the work of this replica on one job.
type jobRun struct {
	jobs    *Jobs
	job     Job
	place   *place
	stop    chan struct{} // closed when somebody stopped it here
	halted  chan struct{} // closed when what is left is cancelled
	stopped bool          // what is left is cancelled

	process  context.Context // ends when this process is told to stop
	lasting  context.Context // of calls of the store
	stepping context.Context // ends some time after process
	stopping bool            // stopped during an eviction; mu guards it
	noting   sync.Mutex      // guards noted
	noted    string          // what the job is known to wait for
	warnings rate.Sometimes
	warrant  warrant

	strays []stray // who went by an eviction without being meant; mu guards it

	mu   sync.Mutex
	held time.Time // when the claim was last confirmed
	lost bool

	queues []*roomQueue // in turn
	left   int          // targets that are in no queue's flight and not settled
	giving int          // memberships that the steps under way give or take back

	freed    chan *roomQueue // a step in that room has ended
	outcomes chan JobTarget
}

// A roomQueue is what is left to do in one room.
type roomQueue struct {
	targets  []JobTarget
	inFlight int
	giving   int // memberships that its steps under way give or take back
}

// run does what is left of the job, and returns its state if it has ended.
func (r *jobRun) run(ctx context.Context) (JobState, error) {
	var targets []JobTarget
	err := r.store("read the targets", func(ctx context.Context) (err error) {
		targets, err = r.jobs.options.Store.Unsettled(ctx, r.job.ID)
		return err
	})
	if err != nil {
		return "", err
	}
	r.freed = make(chan *roomQueue, maxWindow*2)
	r.outcomes = make(chan JobTarget, maxWindow*4)

	stopHolding := make(chan struct{})
	remote := make(chan struct{}) // closed when somebody stopped it elsewhere
	var beside sync.WaitGroup
	beside.Go(func() { r.hold(stopHolding, remote) })
	settled := make(chan error, 1)
	beside.Go(func() { settled <- r.settle() })

	attempted := r.queue(targets)
	if r.job.Way == Evict {
		err = r.putAllBack(ctx)
	}
	if len(attempted) > 0 && err == nil {
		r.awaitOnline(ctx, remote)
		r.resolve(ctx, attempted)
	}
	if r.job.Way == Evict && err == nil {
		err = r.evict(ctx, remote)
	}
	if err == nil {
		err = r.dispatch(ctx, remote)
	}
	close(r.outcomes)
	if unsettled := <-settled; unsettled != nil {
		err = errors.Join(err, unsettled)
	}
	close(stopHolding)
	beside.Wait()
	if err != nil {
		if !r.isLost() {
			err = errors.Join(err, r.release())
		}
		return "", err
	}
	state := JobDone
	if r.stopped {
		state = JobStopped
	}
	return state, r.store("end the job", func(ctx context.Context) error {
		return r.jobs.options.Store.EndJob(ctx, r.job.ID, state, r.strayNote())
	})
}

// release lets another replica, or the next start, go on at once.
func (r *jobRun) release() error {
	ctx, cancel := context.WithTimeout(r.lasting, storeTimeout)
	defer cancel()
	return r.jobs.options.Store.ReleaseJob(ctx, r.job.ID)
}

// queue sorts the targets by room, in the order of the plan, and returns those
// that a process which is gone had begun with.
func (r *jobRun) queue(targets []JobTarget) (attempted []JobTarget) {
	rooms := make(map[xmpp.RoomJID]*roomQueue)
	for _, target := range targets {
		if target.Attempted {
			attempted = append(attempted, target)
			continue
		}
		q := rooms[target.Action.Room]
		if q == nil {
			q = &roomQueue{}
			rooms[target.Action.Room] = q
			r.queues = append(r.queues, q)
		}
		q.targets = append(q.targets, target)
		r.left++
	}
	return attempted
}

// hold confirms the claim until done is closed, and closes stopped when somebody
// stopped the job.
func (r *jobRun) hold(done <-chan struct{}, stopped chan<- struct{}) {
	tick := time.NewTicker(holdInterval)
	defer tick.Stop()
	told := false
	for {
		select {
		case <-done:
			return
		case <-tick.C:
		}
		ctx, cancel := context.WithTimeout(r.lasting, holdTime)
		state, held, err := r.jobs.options.Store.HoldJob(ctx, r.job.ID)
		cancel()
		r.mu.Lock()
		if err == nil {
			r.lost = r.lost || !held
			r.held = r.jobs.options.Now()
		}
		r.mu.Unlock()
		if err == nil && held && state == JobStopping && !told {
			told = true
			close(stopped)
		}
	}
}

// holds reports whether the claim is known to stand.
func (r *jobRun) holds() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.lost && r.jobs.options.Now().Sub(r.held) < holdTime
}

// isLost reports whether another replica may have the job.
func (r *jobRun) isLost() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lost
}

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
				if entered = r.admit(); entered == nil {
					target := q.targets[0]
					q.targets, q.inFlight = q.targets[1:], q.inFlight+1
					q.giving += len(target.Keep)
					r.giving += len(target.Keep)
					r.left--
					inFlight++
					steps.Go(func() { r.step(q, target) })
					continue
				}
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

// admit takes a place for a step, and returns nil. Where the chat server is away
// or others are first, it returns what is closed when it is worth another try.
func (r *jobRun) admit() (wait <-chan struct{}) {
	status, changed := r.jobs.options.Chat.Status()
	if !status.Online {
		r.note(waitsForChat)
		return changed
	}
	r.note("")
	_, freed := r.jobs.window.enter(r.jobs.options.Desk.Singles() > 0)
	return freed
}

// awaitOnline waits for the chat server, unless the job or this process is stopped.
func (r *jobRun) awaitOnline(ctx context.Context, remote <-chan struct{}) {
	for {
		status, changed := r.jobs.options.Chat.Status()
		if status.Online {
			return
		}
		r.note(waitsForChat)
		select {
		case <-changed:
		case <-ctx.Done():
			return
		case <-r.stop:
			return
		case <-remote:
			return
		}
	}
}

// waitsForChat is what is noted while the chat server is away.
const waitsForChat = "waits for the chat server"

// note says what the job waits for, to whom it concerns.
func (r *jobRun) note(text string) {
	r.noting.Lock()
	defer r.noting.Unlock()
	if text == r.noted {
		return
	}
	r.noted = text
	ctx, cancel := context.WithTimeout(r.lasting, storeTimeout)
	defer cancel()
	if err := r.jobs.options.Store.NoteJob(ctx, r.job.ID, text); err != nil {
		r.jobs.options.Logger.Warn("it is not said what a job waits for", "job", r.job.ID, "error", err)
	}
	r.jobs.changed(r.job.ID)
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

// step does one step, and tries again as long as nothing comes of it because the
// store is away.
func (r *jobRun) step(q *roomQueue, target JobTarget) {
	defer func() { r.freed <- q }()
	began := r.jobs.options.Now()
	settled, again := r.do(target)
	quick := !again && settled.Outcome == xmpp.Done
	defer func() { r.jobs.window.leave(r.jobs.options.Now().Sub(began), quick) }()
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

// cancelledDetail says why a target has no other outcome.
const cancelledDetail = "the job was stopped before"

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

// settle stores the outcomes, those together that came while the store was at
// work, until there are no more.
func (r *jobRun) settle() error {
	var failure error
	for first := range r.outcomes {
		batch := []JobTarget{r.stamped(first)}
	more:
		for len(batch) < maxBatch {
			select {
			case next, open := <-r.outcomes:
				if !open {
					break more
				}
				batch = append(batch, r.stamped(next))
			default:
				break more
			}
		}
		if failure != nil {
			continue // who waits for room in the channel must not wait for ever
		}
		failure = r.store("keep the outcomes", func(ctx context.Context) error {
			return r.jobs.options.Store.Settle(ctx, r.job.ID, batch)
		})
		r.jobs.changed(r.job.ID)
	}
	return failure
}

// maxBatch bounds how many outcomes are stored at once.
const maxBatch = 500

func (r *jobRun) stamped(target JobTarget) JobTarget {
	target.At = r.jobs.options.Now()
	return target
}

// isEnding reports whether this process was told to stop.
func (r *jobRun) isEnding() bool { return r.process.Err() != nil }
