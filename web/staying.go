package web

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"muckick/views"
	"muckick/web/moderation"
	"muckick/xmpp"
)

// formBefore says who is to stay where rooms become members-only: who came before
// that time, "all" or "none"; empty for who came before the wave.
const formBefore = "before"

// The choices of who is to stay that are no times.
const (
	keepAll  = "all"
	keepNone = "none"
)

// A stayChoice is who is to stay, as a form or an address says it.
type stayChoice struct {
	query string
	rule  moderation.StayRule
}

// readStay reads a choice of who is to stay.
func readStay(query string) (stayChoice, error) {
	choice := stayChoice{query: query}
	switch query {
	case "":
	case keepAll:
		choice.rule.Everybody = true
	case keepNone:
		choice.rule.Nobody = true
	default:
		before, err := time.Parse(time.RFC3339Nano, query)
		if err != nil {
			return stayChoice{}, fieldError{formBefore, "is no time"}
		}
		choice.rule.Before = before
	}
	return choice, nil
}

// marks are the times that pages offer, after those of a wave if there is one.
func (s stayChoice) marks(now time.Time, wave ...views.LockMark) []views.LockMark {
	marks, chosen := wave, false
	for i := range marks {
		marks[i].Label, marks[i].Current = "the wave", s.query == ""
	}
	for _, ago := range []struct {
		label string
		time.Duration
	}{{"5 minutes ago", 5 * time.Minute}, {"15 minutes ago", 15 * time.Minute}, {"an hour ago", time.Hour}} {
		at := now.Add(-ago.Duration).UTC().Truncate(time.Second)
		mark := views.LockMark{Label: ago.label, At: at, Query: at.Format(time.RFC3339Nano), Current: at.Equal(s.rule.Before)}
		marks, chosen = append(marks, mark), chosen || mark.Current
	}
	if before := s.rule.Before; !before.IsZero() && !chosen {
		marks = append(marks, views.LockMark{Label: "the time chosen", At: before, Query: s.query, Current: true})
	}
	everybody := s.query == keepAll || s.query == "" && len(wave) == 0
	return append(marks,
		views.LockMark{Label: "everybody", Query: keepAll, Current: everybody},
		views.LockMark{Label: "nobody", Query: keepNone, Current: s.query == keepNone})
}

// staysOffered are the choices of who is to stay in rooms that are locked together.
func (s *Server) staysOffered(c *fiber.Ctx) []views.LockMark {
	stay, err := readStay(c.FormValue(formBefore))
	if err != nil {
		stay = stayChoice{} // what is wrong with it is said
	}
	grants := principalOf(c).Grants
	newcomers := moderation.LookBack(s.chat, grants.MayEverywhere(moderation.See), s.now())
	if newcomers.HasWave(func(room xmpp.RoomJID) bool { return grants.May(moderation.See, room) }) {
		return stay.marks(s.now(), views.LockMark{})
	}
	return stay.marks(s.now())
}
