package store

import (
	"context"
	"fmt"
	"time"

	"muckick/web/moderation"
	"muckick/xmpp"
)

// Kicked says how often somebody was kicked out of a room.
type Kicked struct {
	Account string // bare JID; empty if the room did not show it
	Nick    string // by which they were known last; set where the account is not
	Times   int
}

// KickedFrom returns who was kicked out of a room at or after a time, the most often
// kicked first, and limit of them at most. The page of a room waits for it, so it
// waits for no search that rests.
func (s *Store) KickedFrom(ctx context.Context, room xmpp.RoomJID, since time.Time, limit int) ([]Kicked, error) {
	var c conditions
	c.add("id >= %s", firstID(since))
	c.add(s.backend.match("room"), escapeText(room.String()))
	c.add("outcome = 'kicked'")
	c.add("action = 'kick'")
	const who = `SELECT real_bare, CASE WHEN real_bare = '' THEN nick ELSE '' END AS nick FROM `
	query := `SELECT real_bare, nick, COUNT(*) AS times FROM (` + who + `recent_attempts` + c.where() + ` UNION ALL ` + who + `attempts` + c.where() + `) AS kicks
		GROUP BY real_bare, nick ORDER BY times DESC, real_bare, nick LIMIT ` + c.parameter(limit)
	kicked, err := queryAll(ctx, s.backend.searcher(), func(r row) (k Kicked, err error) {
		err = r.Scan(&k.Account, &k.Nick, &k.Times)
		return k, err
	}, query, c.args...)
	if err != nil {
		return nil, fmt.Errorf("store: kicks in a room: %w", err)
	}
	return kicked, nil
}

// A StandingBan is a ban through muckick that stands, as far as it knows.
type StandingBan struct {
	Account string // bare JID
	Room    xmpp.RoomJID
}

// BansElsewhere returns the bans that stand in other rooms than one, and limit of them
// at most.
func (s *Store) BansElsewhere(ctx context.Context, room xmpp.RoomJID, limit int) ([]StandingBan, error) {
	rows, err := s.backend.reader().QueryContext(ctx,
		`SELECT account, room FROM effects WHERE ended = 0 AND state = $1 AND action = $2 AND room <> $3 AND account <> '' LIMIT $4`,
		string(moderation.EffectStanding), string(xmpp.ActionBan), escapeText(room.String()), limit)
	if err != nil {
		return nil, fmt.Errorf("store: bans elsewhere: %w", err)
	}
	bans, err := scanAll(rows, func(r row) (b StandingBan, err error) {
		var address string
		if err = r.Scan(&b.Account, &address); err != nil {
			return b, err
		}
		b.Room, err = xmpp.ParseRoom(address)
		return b, err
	})
	if err != nil {
		return nil, fmt.Errorf("store: bans elsewhere: %w", err)
	}
	return bans, nil
}
