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

// cancelledDetail says why a target has no other outcome.
const cancelledDetail = "the job was stopped before"

// settle stores the outcomes, those together that come within gathering, until there
// are no more. If this process ends before, the audit trail has them.
func (r *jobRun) settle() error {
	var failure error
	for first := range r.outcomes {
		batch := []JobTarget{r.stamped(first)}
		gathered := time.After(gathering)
	more:
		for len(batch) < maxBatch {
			select {
			case next, open := <-r.outcomes:
				if !open {
					break more
				}
				batch = append(batch, r.stamped(next))
			case <-gathered:
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

const (
	// gathering is for how long outcomes are gathered to be stored at once, and maxBatch
	// how many they are at most.
	gathering = 25 * time.Millisecond
	maxBatch  = 500
)

func (r *jobRun) stamped(target JobTarget) JobTarget {
	target.At = r.jobs.options.Now()
	return target
}

// isEnding reports whether this process was told to stop.
func (r *jobRun) isEnding() bool { return r.process.Err() != nil }
