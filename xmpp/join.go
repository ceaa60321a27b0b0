package xmpp

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"time"

	"muckick/xmpp/wire"
)

const (
	// maxNicks is how many nicks are tried where ours is taken.
	maxNicks = 5

	// joinDoubt is how long a join waits until we ask what became of it. A room
	// that ends just then answers nothing, and may be back at once.
	joinDoubt = 2 * time.Second

	// maxLostJoins is how often in a row a join may get lost.
	maxLostJoins = 3

	// maxCrowded is how often a join is tried again, and after which wait, where
	// the account was in too many rooms and has left some. Each room takes its
	// time to let us go.
	maxCrowded  = 10
	crowdedWait = 200 * time.Millisecond
)

// errJoinLost means that the room has not received a join.
var errJoinLost = errors.New("the join got lost")

// An attempt is a join presence that waits for the room's answer.
type attempt struct {
	id        string
	nick      string
	occupants occupants // who is there, as far as the room has said
	done      chan joined
}

// joined is the room's answer to a join.
type joined struct {
	visit *visit
	err   error
}

// end takes the answer; any other is too late.
func (try *attempt) end(v *visit, err error) {
	select {
	case try.done <- joined{v, err}:
	default:
	}
}

// joinPresence asks to enter a room, without its history (XEP-0045 §7.1, §7.2.13).
type joinPayload struct {
	XMLName xml.Name `xml:"http://jabber.org/protocol/muc x"`
	History struct {
		MaxStanzas int `xml:"maxstanzas,attr"`
	} `xml:"history"`
}

// join enters the room. It gives a [NoRoomError] if there is no such room, and
// a [JoinError] if the room does not let us in.
func (r *room) join(ctx context.Context) (*visit, error) {
	for lost := 1; ; lost++ {
		v, err := r.joinOnce(ctx)
		if !errors.Is(err, errJoinLost) || lost == maxLostJoins {
			return v, err
		}
	}
}

func (r *room) joinOnce(ctx context.Context) (*visit, error) {
	// Joining would create the room, so it has to exist before.
	if err := r.look(ctx); err != nil {
		var gone *NoRoomError
		if errors.As(err, &gone) {
			return nil, err
		}
		return nil, &JoinError{Room: r.jid, Err: err}
	}
	nick, crowded := r.stream.options.Nick, 0
	for i := 2; ; i++ {
		v, err := r.tryNick(ctx, nick)
		var refused *StanzaError
		if errors.As(err, &refused) && refused.Has("conflict") && i <= maxNicks {
			nick = fmt.Sprintf("%s-%d", r.stream.options.Nick, i)
			if i == maxNicks {
				nick = r.stream.options.Nick + "-" + wire.NewID()[:8]
			}
			continue
		}
		if errors.As(err, &refused) && refused.Has("resource-constraint") && crowded < maxCrowded && (crowded > 0 || r.isNeeded() && r.stream.makeRoom()) {
			crowded++
			if sleep(ctx, crowdedWait) {
				continue
			}
		}
		return v, err
	}
}

// look returns nil if the room exists. When no answer comes for a while it asks
// once more, and takes whichever answer is first: a room that ends just then
// leaves questions unanswered.
func (r *room) look(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan error, 2)
	ask := func() {
		info, err := r.stream.roomInfo(ctx, r.jid)
		if err == nil {
			r.mu.Lock()
			r.vouches, r.persistent = info.OccupantIDs, info.Persistent
			r.mu.Unlock()
		}
		answers <- err
	}
	r.stream.tasks.Go(ask)
	doubt := time.NewTimer(joinDoubt)
	defer doubt.Stop()
	select {
	case err := <-answers:
		return err
	case <-doubt.C:
		r.stream.tasks.Go(ask)
		return <-answers
	}
}

func (r *room) tryNick(ctx context.Context, nick string) (*visit, error) {
	try := &attempt{id: wire.NewID(), nick: nick, done: make(chan joined, 1)}
	r.setAttempt(try)
	defer r.setAttempt(nil)
	sent := make(chan struct{})
	err := r.stream.wire.SendThen(wire.Presence{
		Header:  wire.Header{ID: try.id, To: r.jid.occupant(nick)},
		Payload: joinPayload{},
	}, func() { close(sent) })
	var v *visit
	if err == nil {
		v, err = r.await(ctx, try, sent)
	}
	var gone *NoRoomError
	if err == nil || errors.As(err, &gone) {
		return v, err
	}
	return nil, &JoinError{Room: r.jid, Err: err}
}

func (r *room) setAttempt(try *attempt) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.attempt = try
}

// await waits for the room's answer to the join, which has its time from when
// the join is sent.
func (r *room) await(ctx context.Context, try *attempt, sent <-chan struct{}) (*visit, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	select {
	case <-sent:
	case <-ctx.Done():
		return nil, ErrOffline
	}
	timer, doubt := time.NewTimer(r.stream.options.AnswerTimeout), time.NewTimer(joinDoubt)
	defer timer.Stop()
	defer doubt.Stop()
	lost := make(chan struct{})
	for {
		select {
		case answer := <-try.done:
			return answer.visit, answer.err
		case <-ctx.Done():
			return nil, ErrOffline
		case <-doubt.C:
			r.stream.tasks.Go(func() {
				if r.lostJoin(ctx, try.nick) {
					close(lost)
				}
			})
		case <-lost:
			select {
			case answer := <-try.done:
				return answer.visit, answer.err
			default:
				return nil, errJoinLost
			}
		case <-timer.C:
			r.abandon(try)
			return nil, ErrNoAnswer
		}
	}
}

// abandon gives up a join. The room may still let us in: then we do not want to
// be there.
func (r *room) abandon(try *attempt) {
	r.setAttempt(nil)
	r.end(r.present(), nil)
	r.sendUnavailable(try.nick)
	r.stream.wire.Suspect()
}

// undo destroys a room that our join made by accident (XEP-0045 §10.9), and leaves
// it. One that has others in it, or that is not ours, is only left. The join ends
// after that, so that no other finds the room meanwhile.
func (r *room) undo(try *attempt, self Occupant, alone bool) {
	if alone && self.Affiliation == AffiliationOwner {
		if err := r.stream.ask(r.stream.alive, r.jid.String(), "set", destroyQuery{}, nil); err != nil {
			r.stream.options.Logger.Warn("a room that was made by accident is not destroyed", "room", r.jid, "error", err)
		}
	}
	r.sendUnavailable(self.Nick)
	try.end(nil, &NoRoomError{Room: r.jid})
}

// hearRefusal ends the join under way, if there is one and the room answered it
// with an error.
func (r *room) hearRefusal(id string, refused *StanzaError) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if try := r.attempt; try != nil && (id == "" || id == try.id) {
		try.end(nil, refused)
	}
}
