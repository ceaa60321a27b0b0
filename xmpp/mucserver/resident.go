package mucserver

import (
	"fmt"
	"sync"
)

// A Resident is an occupant that lives in the process, without a client. It
// costs some memory only. Its methods may be called from several goroutines.
type Resident struct {
	room *Room
	gone chan struct{}

	occupant *occupant // guarded by room.mu

	mu        sync.Mutex
	departure Departure
}

// A Departure says why a resident is no longer in its room.
type Departure struct {
	Kicked    bool   // status 307
	Banned    bool   // status 301
	Destroyed bool   // the room is no more
	Status    int    // the status code of XEP-0045 §15.6.2; 0 for none
	Actor     string // nickname of who did it; may be empty
	Reason    string // may be empty
}

// Enter puts a resident in the room, whatever its password, members and size.
// The real JID is what moderators see; it need not exist. Its bare form gets the
// affiliation, unless that is [AffiliationNone], for which it keeps the one it
// has.
//
// Enter returns a [StanzaError] for a nickname that is not usable or is in use
// and for somebody who is banned, and [ErrGone] for a room that no longer
// exists.
func (r *Room) Enter(nick, realJID string, affiliation Affiliation) (*Resident, error) {
	name, ok := normalizeNick(nick)
	if !ok {
		return nil, fmt.Errorf("mucserver: nickname %q: %w", nick, jidMalformed("not usable"))
	}
	bare, err := normalizeBare(realJID)
	if err != nil {
		return nil, fmt.Errorf("mucserver: real JID %q: %w", realJID, err)
	}
	r.mu.Lock()
	defer r.unlock()
	if r.gone {
		return nil, ErrGone
	}
	if r.occupants[name] != nil {
		return nil, fmt.Errorf("mucserver: nickname %q: %w", nick, conflict("in use"))
	}
	if affiliation != AffiliationNone {
		r.setAffiliation(bare, affiliation, event{})
	}
	affiliation = r.affiliationOf(bare)
	if affiliation == AffiliationOutcast {
		return nil, fmt.Errorf("mucserver: %s: %w", realJID, forbidden("banned"))
	}
	r.fresh = false
	o := r.add(name, bare, realJID, affiliation)
	res := &Resident{room: r, occupant: o, gone: make(chan struct{})}
	o.resident = res
	r.announce(o, event{}, nil, "")
	return res, nil
}

// Nick returns the nickname as the room has it.
func (res *Resident) Nick() string {
	res.room.mu.Lock()
	defer res.room.unlock()
	return res.occupant.nick
}

// Say sends a message to everybody in the room. It returns [ErrGone] when the
// resident is no longer there, and a [StanzaError] when it may not speak.
func (res *Resident) Say(text string) error {
	r := res.room
	r.mu.Lock()
	defer r.unlock()
	if res.hasGone() {
		return ErrGone
	}
	return r.say(res.occupant, groupMessage{
		from:    r.address + "/" + res.occupant.nick,
		content: appendTag(nil, "body", text),
	}, true)
}

// Leave takes the resident out of the room, if it is still there.
func (res *Resident) Leave() {
	r := res.room
	r.mu.Lock()
	defer r.unlock()
	if !res.hasGone() {
		r.remove(res.occupant, event{unavailable: true}, nil, "")
	}
}

// Gone returns a channel that is closed when the resident is no longer in the
// room for whatever reason.
func (res *Resident) Gone() <-chan struct{} { return res.gone }

// Departure says why the resident is gone; it means nothing before.
func (res *Resident) Departure() Departure {
	res.mu.Lock()
	defer res.mu.Unlock()
	return res.departure
}

func (res *Resident) hasGone() bool {
	select {
	case <-res.gone:
		return true
	default:
		return false
	}
}

// depart is called once, under the lock of the room.
func (res *Resident) depart(ev event) {
	res.mu.Lock()
	defer res.mu.Unlock()
	res.departure = Departure{
		Kicked:    ev.status == statusKicked,
		Banned:    ev.status == statusBanned,
		Destroyed: ev.destroyed,
		Status:    ev.status,
		Actor:     ev.actor,
		Reason:    ev.reason,
	}
	close(res.gone)
}
