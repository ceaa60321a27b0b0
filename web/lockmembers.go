package web

import (
	"cmp"
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
	formBefore  = "before"  // who came before that time is to stay; "all" or "none"
)

const (
	// wavesBack is for how long a wave counts that is over.
	wavesBack = time.Hour

	// knownAfter is how long ago somebody was seen first who is known: see
	// [xmpp.Arrival].
	knownAfter = 10 * time.Minute
)

// The choices of who is to stay that are no times.
const (
	keepAll  = "all"
	keepNone = "none"
)

// A lockChoice says who is ticked on the page of a lock.
type lockChoice struct {
	wave    time.Time       // when the wave began; zero for none
	known   map[string]bool // accounts that came in it and were seen before
	query   string          // keepAll, keepNone, a time, or nothing for the default
	before  time.Time       // of a time
	entered time.Time       // when muckick came into the room; zero if not known

	// typed are the accounts that were ticked, in a form that comes back; nil for none.
	typed map[string]bool
}

// keepersOf reads who is to stay, as the address of the page says it.
func (s *Server) keepersOf(c *fiber.Ctx, room xmpp.RoomJID) (lockChoice, error) {
	choice := lockChoice{query: c.Query(formBefore), known: make(map[string]bool)}
	if choice.query != "" && choice.query != keepAll && choice.query != keepNone {
		before, err := time.Parse(time.RFC3339Nano, choice.query)
		if err != nil {
			return choice, fieldError{formBefore, "is no time"}
		}
		choice.before = before
	}
	if roster, err := s.chat.Occupants(c.UserContext(), room); err == nil && roster.Live {
		choice.entered = roster.Self.Since
	}
	since := s.now().Add(-wavesBack)
	arrivals := s.chat.Arrivals(arrivalsLooked, func(a xmpp.Arrival) bool { return a.Time.After(since) })
	slices.Reverse(arrivals)
	overall := principalOf(c).Grants.MayEverywhere(moderation.See)
	choice.wave = moderation.WaveBegan(moderation.DefaultWaveRule(), room, overall, arrivals)
	if choice.wave.IsZero() {
		return choice, nil
	}
	for _, a := range arrivals {
		// Who is in the room is noted a moment before they are noted as an arrival.
		if since := a.Occupant.Since; a.Room == room && !a.Time.Before(choice.wave) && !since.IsZero() && since.Before(choice.wave) {
			choice.wave = since
		}
	}
	for _, a := range arrivals {
		// Who is known since the wave is not known from before it.
		if a.Room == room && a.Known && a.Time.Before(choice.wave.Add(knownAfter)) {
			choice.known[moderation.AccountKey(a.Occupant.RealJID)] = true
		}
	}
	return choice, nil
}

// marks are the times that the page offers.
func (l lockChoice) marks(now time.Time) []views.LockMark {
	var marks []views.LockMark
	if !l.wave.IsZero() {
		marks = append(marks, views.LockMark{Label: "the wave", At: l.wave, Current: l.query == "" && l.typed == nil})
	}
	for _, ago := range []struct {
		label string
		time.Duration
	}{{"5 minutes ago", 5 * time.Minute}, {"15 minutes ago", 15 * time.Minute}, {"an hour ago", time.Hour}} {
		at := now.Add(-ago.Duration).UTC().Truncate(time.Second)
		marks = append(marks, views.LockMark{Label: ago.label, At: at, Query: at.Format(time.RFC3339Nano), Current: at.Equal(l.before)})
	}
	everybody := l.query == keepAll || l.query == "" && l.wave.IsZero() && l.typed == nil
	return append(marks,
		views.LockMark{Label: "everybody", Query: keepAll, Current: everybody},
		views.LockMark{Label: "nobody", Query: keepNone, Current: l.query == keepNone})
}

// keeps reports whether somebody is ticked.
func (l lockChoice) keeps(p views.LockPerson) bool {
	key := moderation.AccountKey(p.Account)
	switch {
	case p.Account == "":
		return false
	case l.typed != nil:
		return l.typed[key]
	case l.query == keepAll:
		return true
	case l.query == keepNone:
		return false
	case !l.before.IsZero():
		return l.was(p, l.before)
	case l.wave.IsZero():
		return true
	}
	return l.was(p, l.wave) || p.Known
}

// was reports whether somebody was there before a time. Who came before muckick was
// there at least since that came.
func (l lockChoice) was(p views.LockPerson, before time.Time) bool {
	if p.Since.IsZero() {
		return !l.entered.IsZero() && l.entered.Before(before)
	}
	return p.Since.Before(before)
}

// sort says of who is in a room what a lock would do to them. Who is without an
// affiliation is listed by account, the longest there first.
func (l lockChoice) sort(m *views.LockModel, occupants []xmpp.Occupant) {
	at := make(map[string]int)
	for _, o := range occupants {
		switch {
		case o.Self, o.Ours:
			continue
		case o.Affiliation == "":
			m.Unknown++
			continue
		case o.Affiliation != xmpp.AffiliationNone:
			continue
		}
		account := o.Account()
		i, known := at[moderation.AccountKey(account)]
		if !known || account == "" {
			i = len(m.Evicted)
			at[moderation.AccountKey(account)] = i
			m.Evicted = append(m.Evicted, views.LockPerson{Account: account, Since: o.Since})
		}
		p := &m.Evicted[i]
		p.Nicks = append(p.Nicks, o.Nick)
		p.Moderator = p.Moderator || o.Role == xmpp.RoleModerator
		if o.Since.Before(p.Since) {
			p.Since = o.Since
		}
	}
	for i := range m.Evicted {
		p := &m.Evicted[i]
		if p.Since.IsZero() {
			m.Undated++
		}
		p.Wave = !l.wave.IsZero() && !l.was(*p, l.wave)
		p.Known = p.Wave && p.Account != "" && l.known[moderation.AccountKey(p.Account)]
		p.Keep = l.keeps(*p)
	}
	slices.SortStableFunc(m.Evicted, func(a, b views.LockPerson) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Nicks[0], b.Nicks[0]))
	})
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
		m.Refused = append(m.Refused, views.LockRefusal{Nick: r.Nick, Account: r.Account, Problem: r.Err.Error()})
	}
	if refused.Left != nil {
		m.Left = refused.Left.Error()
	}
	return render(c.Status(http.StatusConflict), views.Lock(m))
}
