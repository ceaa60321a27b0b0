package web

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"muckick/views"
	"muckick/web/moderation"
	"muckick/xmpp"
)

// The fields of the form that makes a room members-only, besides those of others.
const (
	formMember  = "member"  // account of who is to stay, as a member; several
	formWithout = "without" // account of who may be thrown out if they cannot be one; several
	formSure    = "sure"    // "yes": formWithout counts
)

// A lockChoice says who is ticked on the page of a lock.
type lockChoice struct {
	stayChoice
	past moderation.Past

	// typed are the accounts that were ticked, in a form that comes back; nil for none.
	typed map[string]bool
}

// keepersOf reads who is to stay, as the address of the page says it.
func (s *Server) keepersOf(c *fiber.Ctx, room xmpp.RoomJID) (lockChoice, error) {
	stay, err := readStay(c.Query(formBefore))
	if err != nil {
		return lockChoice{}, err
	}
	roster, err := s.chat.Occupants(c.UserContext(), room)
	if err != nil {
		roster = xmpp.Roster{} // of which nothing is known
	}
	overall := principalOf(c).Grants.MayEverywhere(moderation.See)
	return lockChoice{stayChoice: stay, past: moderation.LookBack(s.chat, overall, s.now()).Past(room, roster)}, nil
}

// marks are the times that the page offers.
func (l lockChoice) marks(now time.Time) []views.LockMark {
	var wave []views.LockMark
	if !l.past.Wave.IsZero() {
		wave = append(wave, views.LockMark{At: l.past.Wave})
	}
	marks := l.stayChoice.marks(now, wave...)
	for i := range marks {
		marks[i].Current = marks[i].Current && l.typed == nil
	}
	return marks
}

// keeps reports whether somebody is ticked.
func (l lockChoice) keeps(o moderation.Outsider) bool {
	if l.typed != nil {
		return l.typed[moderation.AccountKey(o.Account)]
	}
	return o.Account != "" && l.past.Keeps(o, l.rule)
}

// sort says of who is in a room what a lock would do to them. Who is without an
// affiliation is listed by account, the longest there first.
func (l lockChoice) sort(m *views.LockModel, occupants []xmpp.Occupant) {
	var outsiders []moderation.Outsider
	outsiders, m.Unknown = moderation.Outsiders(occupants)
	for _, o := range outsiders {
		p := views.LockPerson{
			Account: o.Account, Since: o.Since, Moderator: o.IsModerator(),
			Wave: l.past.InWave(o), Known: l.past.Knows(o), Keep: l.keeps(o),
		}
		for _, nick := range o.Occupants {
			p.Nicks = append(p.Nicks, nick.Nick)
		}
		if p.Since.IsZero() {
			m.Undated++
		}
		m.Evicted = append(m.Evicted, p)
	}
	if over := m.Evicted[min(len(m.Evicted), moderation.MaxKept):]; len(over) > 0 {
		for _, p := range over {
			m.Unseen += len(p.Nicks)
		}
		m.Evicted = m.Evicted[:moderation.MaxKept]
	}
}

// readKeep reads who is to stay when a room becomes members-only, and without whom it
// does so all the same.
func (s *Server) readKeep(c *fiber.Ctx, room xmpp.RoomJID) (keep []moderation.Stayer, without []string, err error) {
	ticked := fieldsOf(c, formMember)
	switch {
	case len(ticked) == 0:
		return nil, nil, nil
	case len(ticked) > moderation.MaxKept:
		return nil, nil, fieldError{formMember, fmt.Sprintf("names more than %d people at once", moderation.MaxKept)}
	}
	roster, err := s.chat.Occupants(c.UserContext(), room)
	if err != nil {
		return nil, nil, err
	}
	present := make(map[string][]xmpp.Occupant)
	for _, o := range roster.Occupants {
		if key := moderation.AccountKey(o.RealJID); key != "" {
			present[key] = append(present[key], o)
		}
	}
	for _, text := range ticked {
		account, err := xmpp.ParseAccount(text)
		if err != nil {
			return nil, nil, err
		}
		there := present[moderation.AccountKey(account)]
		for _, o := range there {
			if o.Affiliation == xmpp.AffiliationNone && !o.Self && !o.Ours {
				keep = append(keep, moderation.Stayer{Account: account, Nick: o.Nick, Role: o.Role})
			}
		}
		if len(there) > 0 {
			continue // or they have an affiliation by now, and need no membership
		}
		if !slices.ContainsFunc(s.chat.Occupancies(account), func(o xmpp.Occupancy) bool { return o.Room == room }) {
			return nil, nil, fieldError{formMember, "names somebody who was not seen in the room"}
		}
		keep = append(keep, moderation.Stayer{Account: account})
	}
	if c.FormValue(formSure) == "yes" {
		without = fieldsOf(c, formWithout)
	}
	return keep, without, nil
}

// lockRefused shows the page of a lock with why it was not carried out, and what was
// typed.
func (s *Server) lockRefused(c *fiber.Ctx, room xmpp.RoomJID, order moderation.Order, refused *moderation.AdmissionError) error {
	shot, err := s.look(c.UserContext(), room)
	if err != nil {
		return err
	}
	// Who was a member for a moment may still be one in what pages show.
	roster, err := s.chat.Occupants(c.UserContext(), room)
	if err != nil {
		return err
	}
	shot.occupants = roster.Occupants
	choice, err := s.keepersOf(c, room)
	if err != nil {
		return err
	}
	choice.typed = make(map[string]bool)
	for _, stayer := range order.Keep {
		choice.typed[moderation.AccountKey(stayer.Account)] = true
	}
	m, err := s.lockModel(c, room, shot, choice)
	if err != nil {
		return err
	}
	m.Reason, m.For = order.Action.Reason, c.FormValue(formFor)
	for _, r := range refused.Refused {
		m.Refused = append(m.Refused, views.LockRefusal{Nick: r.Nick, Account: r.Account, Problem: moderation.InWords(r.Err)})
	}
	if refused.Left != nil {
		m.Left = moderation.InWords(refused.Left)
	}
	return render(c.Status(http.StatusConflict), views.Lock(m))
}
