package mucserver

import (
	"slices"
	"strconv"
)

// Status codes of XEP-0045 §15.6.
const (
	statusNonAnonymous      = 100
	statusConfigChanged     = 104
	statusSelf              = 110
	statusCreated           = 201
	statusBanned            = 301
	statusRenamed           = 303
	statusKicked            = 307
	statusAffiliationLost   = 321
	statusBecameMembersOnly = 322
)

// event is what happens to an occupant, as everybody in the room is told. The
// zero value is that the occupant is there.
type event struct {
	unavailable bool
	status      int    // a status code, or 0
	actor       string // nickname of who did it; may be empty
	reason      string // may be empty
	newNick     string
	destroyed   bool   // together with the room
	content     []byte // what the client added, as XML
}

// view is how one recipient sees an event.
type view struct {
	real   bool   // shows the real JID
	status []int  // status codes for this recipient only
	id     string // of the stanza that it sent
}

// announce tells everybody in the room what happens to an occupant. The session
// that caused it, if any, gets the id of its stanza back.
func (r *Room) announce(o *occupant, ev event, by *session, id string) {
	var open, covered frame
	for s, viewer := range r.listeners {
		switch {
		case viewer != o && !r.shows(o):
		case viewer == o:
			v := view{real: true, status: []int{statusSelf}}
			if s == by {
				v.id = id
			}
			s.out.send(r.presence(o, ev, v))
		case r.seesReal(viewer):
			if open.head == nil {
				open = r.presence(o, ev, view{real: true})
			}
			s.out.send(open)
		default:
			if covered.head == nil {
				covered = r.presence(o, ev, view{})
			}
			s.out.send(covered)
		}
	}
}

// seesReal reports whether an occupant sees the real JIDs of others
// (XEP-0045 §4.2).
func (r *Room) seesReal(viewer *occupant) bool {
	return r.config.NonAnonymous || viewer.role == RoleModerator
}

// shows reports whether the room tells others of an occupant
// (XEP-0045 §4.2, "muc#roomconfig_presencebroadcast").
func (r *Room) shows(o *occupant) bool { return !r.config.ModeratorsOnly || o.role == RoleModerator }

// presence returns the presence of an occupant for one kind of recipient
// (XEP-0045 §7.2.3, §8.2, §9.1).
func (r *Room) presence(o *occupant, ev event, v view) frame {
	typ := ""
	if ev.unavailable {
		typ = "unavailable"
	}
	f := newFrame(kindPresence, r.address+"/"+o.nick, typ, v.id)

	b := make([]byte, 0, 256+len(o.payload))
	b = append(b, "<x xmlns='"+nsMUCUser+"'>"...)
	b = appendItem(b, o, ev, v.real)
	for _, code := range slices.Concat(v.status, []int{ev.status}) {
		if code != 0 {
			b = append(b, "<status code='"+strconv.Itoa(code)+"'/>"...)
		}
	}
	if ev.destroyed {
		b = append(b, "<destroy>"...)
		if ev.reason != "" {
			b = appendTag(b, "reason", ev.reason)
		}
		b = append(b, "</destroy>"...)
	}
	b = append(b, "</x>"...)
	if !ev.unavailable {
		b = append(b, o.payload...)
	}
	return f.with(kindPresence, append(b, ev.content...))
}

func appendItem(b []byte, o *occupant, ev event, real bool) []byte {
	shown := o.rank
	if ev.unavailable && ev.newNick == "" {
		shown.role = RoleNone
	}
	if ev.destroyed {
		shown.affiliation = AffiliationNone
	}
	b = append(b, "<item"...)
	b = appendAttr(b, "affiliation", shown.affiliation.String())
	b = appendAttr(b, "role", shown.role.String())
	if real {
		b = appendAttr(b, "jid", o.real)
	}
	if ev.newNick != "" {
		b = appendAttr(b, "nick", ev.newNick)
	}
	if ev.destroyed || (ev.actor == "" && ev.reason == "") {
		return append(b, "/>"...)
	}
	b = append(b, '>')
	if ev.actor != "" {
		b = append(appendAttr(append(b, "<actor"...), "nick", ev.actor), "/>"...)
	}
	if ev.reason != "" {
		b = appendTag(b, "reason", ev.reason)
	}
	return append(b, "</item>"...)
}
