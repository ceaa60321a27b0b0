package xmpptest

import (
	"fmt"
	"slices"
	"testing"
)

// A visit is what a peer knows of a room that it is in or was in last.
type visit struct {
	joined    bool
	own       Presence              // the latest of itself, once joined
	refused   *StanzaError          // the room's latest error
	occupants map[string]Presence   // who is in, by nick
	heard     map[string][]Presence // not yet waited for, by nick
	ends      []Presence            // own leaves and removals, not yet waited for
}

func newVisit() *visit {
	return &visit{
		occupants: make(map[string]Presence),
		heard:     make(map[string][]Presence),
	}
}

// Status codes of XEP-0045 §15.6.
const (
	StatusSelf       = 110 // the presence is the receiver's own
	StatusCreated    = 201 // joining made the room
	StatusNickGiven  = 210 // the room chose another nick
	StatusBanned     = 301
	StatusNickChange = 303
	StatusKicked     = 307
	StatusShutdown   = 332 // the service goes down
)

// receivePresence takes in a presence of a room; the lock is held.
func (c *Peer) receivePresence(e event) {
	room, nick := splitOccupant(e.From)
	v := c.visits[room]
	if v == nil {
		return
	}
	if e.Type == "error" {
		v.refused = e.Err
		return
	}
	if !e.MUC {
		return
	}
	p := e.presence()
	v.heard[nick] = append(v.heard[nick], p)
	own := p.Has(StatusSelf) || v.joined && nick == nickKey(v.own.Nick)
	if !p.Unavailable {
		v.occupants[nick] = p
		if own {
			v.joined, v.own = true, p
		}
		return
	}
	delete(v.occupants, nick)
	switch {
	case !own:
	case p.Has(StatusNickChange):
		v.own.Nick = p.NewNick
	default:
		v.joined = false
		v.ends = append(v.ends, p)
	}
}

// Joined reports whether the peer is in the room as far as it has heard. Use
// [Peer.Ping] to be sure that nothing to the contrary is on its way.
func (c *Peer) Joined(room string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	v := c.visits[roomKey(room)]
	return v != nil && v.joined
}

// Occupants returns who is in the room, by nick, as far as the peer has heard.
func (c *Peer) Occupants(room string) map[string]Presence {
	c.mu.Lock()
	defer c.mu.Unlock()
	occupants := make(map[string]Presence)
	if v := c.visits[roomKey(room)]; v != nil {
		for _, p := range v.occupants {
			occupants[p.Nick] = p
		}
	}
	return occupants
}

// WaitGone waits until the peer is no longer in the room and returns the
// presence that told it so. Each such presence is returned once.
func (c *Peer) WaitGone(t testing.TB, room string) Presence {
	t.Helper()
	var end Presence
	c.wait(t, "the end of its visit to "+room, waitTimeout, func() (gone bool) {
		if v := c.visits[roomKey(room)]; v != nil {
			end, gone = take(&v.ends, nil)
		}
		return gone
	})
	return end
}

// WaitPresence waits for a presence of nick in the room that match accepts;
// nil accepts any. What one wait returned or passed over, the next does not
// see.
func (c *Peer) WaitPresence(t testing.TB, room, nick string, match func(Presence) bool) Presence {
	t.Helper()
	var p Presence
	c.wait(t, fmt.Sprintf("a presence of %q in %s", nick, room), waitTimeout, func() (found bool) {
		if v := c.visits[roomKey(room)]; v != nil {
			key := nickKey(nick)
			queue := v.heard[key]
			p, found = take(&queue, match)
			v.heard[key] = queue
		}
		return found
	})
	return p
}

// take removes the first element that match accepts, with all before it. A nil
// match accepts any.
func take[T any](queue *[]T, match func(T) bool) (T, bool) {
	for i, element := range *queue {
		if match == nil || match(element) {
			*queue = slices.Delete(*queue, 0, i+1)
			return element, true
		}
	}
	var none T
	return none, false
}
