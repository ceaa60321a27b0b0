package xmpptest

import "slices"

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
