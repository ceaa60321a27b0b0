package xmpp

import (
	"cmp"
	"context"
	"errors"
	"time"

	"muckick/xmpp/wire"
)

// presenceGrace is how long after the room's result its presence may come that
// the occupant is gone. XEP-0045 §8.2 lets the result come first.
const presenceGrace = 5 * time.Second

// maxThrown bounds how many presences wait for the kicks of one nick.
const maxThrown = 16

// thrown collects whom the room throws out under a nick while kicks are under
// way for it. The nick can change hands between our look and the room's answer,
// so only the room's own presence tells who it was (XEP-0045 §8.2).
type thrown struct {
	kicks int // that wait for it
	gone  chan Occupant
}

// expectThrown notes that a kick is under way for the nick, and reports whether
// presence told of its bearer, so that it has to tell of their end too. Each call
// needs one of stopExpecting.
func (r *room) expectThrown(v *visit, nick string) (t *thrown, told bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t = v.thrown[nick]; t == nil {
		t = &thrown{gone: make(chan Occupant, maxThrown)}
		v.thrown[nick] = t
	}
	t.kicks++
	_, known := v.occupants.find(nick)
	return t, known && !v.occupants.unseen[nick]
}

func (r *room) stopExpecting(v *visit, nick string, t *thrown) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t.kicks--; t.kicks == 0 {
		delete(v.thrown, nick)
	}
}

// noteThrown keeps who left, if a kick waits for it. The caller holds the
// room's mu.
func (v *visit) noteThrown(nick string, gone Occupant, user mucUser) {
	t := v.thrown[nick]
	if t == nil || !user.has(statusKicked) || user.has(statusLost) {
		return
	}
	gone.Nick = nick
	if len(user.items) > 0 {
		gone.RealJID = cmp.Or(user.items[0].JID, gone.RealJID)
	}
	select {
	case t.gone <- gone:
	default:
	}
}

// confirm returns whom a kick hit that the room answered with a result: as the
// room's presence says, or as we knew them before if it need not say anything.
// It gives [ErrUnknown] where the result alone proves nothing.
func (r *room) confirm(ctx context.Context, v *visit, t *thrown, told bool, before Occupant) (Occupant, error) {
	select {
	case gone := <-t.gone:
		return gone, nil
	default:
	}
	if !told {
		if idle, err := r.answersIdly(ctx); idle || err != nil {
			return before, ErrUnknown
		}
		return before, nil
	}
	timer := time.NewTimer(presenceGrace)
	defer timer.Stop()
	select {
	case gone := <-t.gone:
		return gone, nil
	case <-timer.C:
	case <-ctx.Done():
	case <-v.ended:
	}
	return before, ErrUnknown
}

// answersIdly finds out, once for each service, whether it answers a kick with a
// result even if nobody has the nick, as Openfire does. Then a result proves
// nothing.
func (r *room) answersIdly(ctx context.Context) (bool, error) {
	if idle, known := r.stream.idleResults(r.jid.Domain()); known {
		return idle, nil
	}
	err := r.stream.ask(ctx, r.jid.String(), "set", kickQuery(wire.NewID(), ""), nil)
	if err != nil && !errors.As(err, new(*StanzaError)) {
		return false, err
	}
	r.stream.noteResults(r.jid.Domain(), err == nil)
	return err == nil, nil
}

// idleResults returns what is known of a service in this.
func (s *stream) idleResults(service string) (idle, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	idle, known = s.results[service]
	return idle, known
}

func (s *stream) noteResults(service string, idle bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.results[service] = idle
}
