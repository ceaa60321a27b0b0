package web

import (
	"context"

	"muckick/views"
	"muckick/web/moderation"
	"muckick/xmpp"
)

const (
	notesShown = 1000   // people of whom a room's page says how often they were kicked
	bansNoted  = 20_000 // bans that it looks through
)

// notes says what was done lately to those who are in a room or come back to it, as
// far as the grants let it be known. What cannot be read is left out: the page is of
// use without.
func (s *Server) notes(ctx context.Context, room xmpp.RoomJID, occupants []xmpp.Occupant, grants moderation.Grants) views.Notes {
	notes := views.Notes{Accounts: make(map[string]views.Note), Nicks: make(map[string]views.Note)}
	kicked, err := s.store.KickedFrom(ctx, room, s.now().Add(-kicksSince), notesShown)
	if err != nil {
		s.log.WarnContext(ctx, "kicks not counted", "room", room, "error", err)
	}
	for _, k := range kicked {
		if k.Account == "" {
			notes.Nicks[k.Nick] = views.Note{Kicked: k.Times}
		} else {
			notes.Accounts[k.Account] = views.Note{Kicked: k.Times}
		}
	}
	bans, err := s.store.BansElsewhere(ctx, room, bansNoted)
	if err != nil {
		s.log.WarnContext(ctx, "bans in other rooms not counted", "room", room, "error", err)
	}
	banned := make(map[string]int)
	for _, ban := range bans {
		if grants.Knows(ban.Room) {
			banned[ban.Account]++
		}
	}
	note := func(account string) {
		if rooms := banned[account]; rooms > 0 {
			notes.Accounts[account] = views.Note{Kicked: notes.Accounts[account].Kicked, Banned: rooms}
		}
	}
	for _, o := range occupants {
		note(o.Account())
	}
	for account := range banned { // who may come
		if len(notes.Accounts) >= 2*notesShown {
			break
		}
		note(account)
	}
	return notes
}
