package xmpp

import (
	"log/slog"

	"muckick/xmpp/wire"
)

// A visit is one stay in a room, from the presence that shows us there to the
// one that says that we are gone. All but ended is guarded by the room's mu.
type visit struct {
	ended     chan struct{} // closed with the visit
	why       error         // why it ended; nil if we left by ourselves
	self      Occupant      // as the room told us
	occupants occupants
	unlisted  bool               // the room refused its role lists
	thrown    map[string]*thrown // nicks that kicks are under way for
	banned    map[string]*banned // accounts that bans are under way for
	voiced    map[string]*voiced // nicks that mutes and unmutes are under way for
}

func newVisit(self Occupant, present occupants) *visit {
	return &visit{
		ended: make(chan struct{}), self: self, occupants: present,
		thrown: make(map[string]*thrown), banned: make(map[string]*banned), voiced: make(map[string]*voiced),
	}
}

// end notes that a visit is over, and why, unless that is known. A nil why means
// that we left by ourselves; a nil visit, that there was none.
func (r *room) end(v *visit, why error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if v == nil || r.visit != v {
		return
	}
	v.why = why
	v.occupants.hush()
	close(v.ended)
	r.visit = nil
	r.stream.everyRoom.ended(r.jid, why)
	r.stream.debug("room left", slog.String("room", r.jid.String()), slog.Any("why", why))
}

// giveUp ends a visit that the room does not seem to know of. It is told that we
// go, in case that it does.
func (r *room) giveUp(v *visit) {
	nick, lasts := r.nickDuring(v)
	r.end(v, &Exit{})
	if lasts {
		r.sendUnavailable(nick)
	}
}

// exit says why a visit that has ended did.
func (v *visit) exit() error {
	if v.why == nil {
		return &Exit{}
	}
	return v.why
}

// leave tells the room that we go (XEP-0045 §7.14), unless it has thrown us out
// already.
func (r *room) leave() {
	v := r.present()
	if v == nil {
		return
	}
	nick, _ := r.nickDuring(v)
	r.end(v, nil)
	r.sendUnavailable(nick)
}

// nickDuring returns our nick, and whether the visit still is the present one.
func (r *room) nickDuring(v *visit) (nick string, lasts bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return v.self.Nick, r.visit == v
}

func (r *room) sendUnavailable(nick string) {
	// With an id of its own, an error that answers it is not taken for that of a
	// join.
	h := wire.Header{ID: wire.NewID(), To: r.jid.occupant(nick), Type: "unavailable"}
	if err := r.stream.wire.Send(wire.Presence{Header: h}); err != nil {
		r.stream.options.Logger.Warn("room not left", "room", r.jid, "error", err)
	}
}

// An Exit says why a room ended our visit.
type Exit struct {
	Status string // the XEP-0045 §15.6.2 status code, e.g. 307; empty if there was none
	Reason string // as given by whoever did it; from the network, so hostile
}

func (e *Exit) Error() string {
	why := map[string]string{
		statusKicked: "kicked", statusBanned: "banned", statusShutdown: "the service shuts down",
		statusAffiliation: "no longer a member", statusMembersOnly: "the room became members-only",
		statusLost: "the connection was lost",
		"":         "the room is gone",
	}[e.Status]
	return "muckick is not in the room any more: " + why
}

// exitOf reads from our own unavailable presence why the visit ended.
func exitOf(user mucUser) *Exit {
	exit := &Exit{}
	for _, code := range []string{statusLost, statusBanned, statusKicked, statusAffiliation, statusMembersOnly, statusShutdown} {
		if user.has(code) {
			exit.Status = code
			break
		}
	}
	switch {
	case user.destroyed:
		exit.Reason = user.destroyReason
	case len(user.items) > 0:
		exit.Reason = user.items[0].Reason
	}
	return exit
}
