package store

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"muckick/web/moderation"
	"muckick/xmpp"
)

// fewRows is how many attempts may pass one part of a filter so that all of them are
// read for the other parts.
const fewRows = 2500

// search is a search of the audit trail, page by page.
//
// Databases guess which index leads to the fewest rows, or expect the newest rows to
// pass soon, and where they are wrong they read the whole trail. So the first page
// counts, up to fewRows, how many attempts pass each part of the filter that an
// index knows.
type search struct {
	s      *Store
	filter Filter

	// recent is whether there may be attempts outside the table with indexes.
	recent bool
	// lead is the part of the filter that few rows pass; nil when there is none.
	lead    *part
	planned bool
}

// A part is a part of a filter that an index knows.
type part struct {
	served func(*conditions) // adds it as the index has it
	plain  func(*conditions) // adds it beside one that is served
}

func (p part) add(c *conditions, leads bool) {
	if leads {
		p.served(c)
	} else {
		p.plain(c)
	}
}

func (s *Store) search(filter Filter) *search { return &search{s: s, filter: filter, recent: true} }

// EachAttempt returns all attempts that the filter allows, newest first. They
// are read a part at a time, so that a slow consumer keeps nothing locked. An
// error is yielded last, with a zero Attempt.
func (s *Store) EachAttempt(ctx context.Context, filter Filter) iter.Seq2[Attempt, error] {
	return func(yield func(Attempt, error) bool) {
		search := s.search(filter)
		each(func(page Page) ([]Attempt, Cursor, error) {
			if err := search.lookBelow(ctx, page.After); err != nil {
				return nil, "", err
			}
			return search.page(ctx, page)
		})(yield)
	}
}

// lookBelow finds out whether there are attempts below the cursor outside the table
// with indexes. When there are none there will be none: they begin at the top.
func (q *search) lookBelow(ctx context.Context, cursor Cursor) error {
	if cursor == "" || !q.recent {
		return nil
	}
	recent, err := searchOne[bool](ctx, q.s, `SELECT EXISTS (SELECT 1 FROM recent_attempts WHERE id < $1)`, string(cursor))
	if err != nil {
		return fmt.Errorf("store: attempts: %w", err)
	}
	q.recent = recent
	return nil
}

// page is what Attempts says.
func (q *search) page(ctx context.Context, page Page) ([]Attempt, Cursor, error) {
	if page.After != "" && !isID(string(page.After)) {
		return nil, "", ErrCursor
	}
	limit := page.limit()
	attempts, err := q.read(ctx, page.After, limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("store: attempts: %w", err)
	}
	if len(attempts) <= limit {
		return attempts, "", nil
	}
	attempts = attempts[:limit]
	return attempts, Cursor(attempts[limit-1].ID), nil
}

// read reads so many attempts below the cursor. One statement sees each attempt in
// one of the tables.
func (q *search) read(ctx context.Context, after Cursor, limit int) ([]Attempt, error) {
	if err := q.plan(ctx); err != nil {
		return nil, err
	}
	var c conditions
	q.filter.times(&c)
	if after != "" {
		c.add("id < %s", string(after))
	}
	parts := q.filter.parts(q.s.backend)
	from := `attempts`
	if q.lead != nil {
		leading := c
		leading.terms = slices.Clone(c.terms)
		q.lead.served(&leading)
		c.args = leading.args
		from = `(WITH few AS MATERIALIZED (SELECT ` + attemptColumns + ` FROM attempts` + leading.where() + `) SELECT * FROM few) AS few`
	}
	q.filter.others(&c, q.s.backend)
	for i, part := range parts {
		part.add(&c, q.lead == nil && i == 0)
	}
	newest := ` ORDER BY id DESC LIMIT ` + c.parameter(limit)
	query := `SELECT ` + readColumns + ` FROM ` + from + c.where() + newest
	if q.lead == nil && len(parts) > 1 {
		// The index of the first part has what most others ask for.
		query = `SELECT ` + readColumns + ` FROM attempts WHERE id IN (SELECT id FROM attempts` + c.where() + newest + `)` + newest
	}
	if q.recent {
		query = `SELECT * FROM (` + query + `) AS of_attempts
			UNION ALL SELECT * FROM (SELECT ` + readColumns + ` FROM recent_attempts` + c.where() + newest + `) AS of_recent` + newest
	}
	return searchAll(ctx, q.s, scanAttempt, query, c.args...)
}

// plan looks for a part of the filter that few rows pass.
func (q *search) plan(ctx context.Context) error {
	if q.planned {
		return nil
	}
	fewest := fewRows
	for _, part := range q.filter.parts(q.s.backend) {
		var c conditions
		q.filter.times(&c)
		part.served(&c)
		query := `SELECT COUNT(*) FROM (SELECT 1 FROM attempts` + c.where() + ` LIMIT ` + c.parameter(fewest) + `) AS counted`
		count, err := searchOne[int](ctx, q.s, query, c.args...)
		if err != nil {
			return err
		}
		if count < fewest {
			fewest, q.lead = count, &part
		}
		if count == 0 {
			break
		}
	}
	q.planned = true
	return nil
}

// times adds when the filter allows attempts to be.
func (f Filter) times(c *conditions) {
	if !f.From.IsZero() {
		c.add("id >= %s", firstID(f.From))
	}
	if !f.To.IsZero() {
		c.add("id < %s", firstID(f.To))
	}
}

// parts returns the parts of the filter that an index serves, those that few rows are
// likely to pass first: if many pass each of them, the index of the first is read, which
// has what those behind it ask for too. Some indexes hold only the rows of a condition,
// which has to stand in the statement as it does in the index. Text is escaped as the
// rows' text was.
func (f Filter) parts(db backend) (parts []part) {
	add := func(column, value, within string, match func(string) string) {
		if value == "" {
			return
		}
		value = escapeText(value)
		parts = append(parts, part{
			served: func(c *conditions) {
				if within != "" {
					c.add(within)
				}
				c.add(match(column), value)
			},
			plain: func(c *conditions) { c.add(db.beside(match(column)), value) },
		})
	}
	equal := func(column string) string { return column + " = %s" }
	add("job", string(f.Job), "job <> ''", equal)
	add("effect", string(f.Effect), "effect <> ''", equal)
	add("real_bare", xmpp.BareJID(f.RealJID), "real_bare <> ''", db.match)
	add("nick", f.Nick, "", db.match)
	if f.Outcome != xmpp.Done {
		add("outcome", outcomeCode(f.Outcome), "outcome <> 'kicked'", equal)
	}
	if f.Action != xmpp.ActionKick {
		add("action", string(f.Action), "action <> 'kick'", equal)
	}
	add("actor", f.Actor, "actor <> ''", db.match)
	add("room", f.Room, "", db.match)
	if scopes, limited := f.scopes(); limited {
		parts = append(parts, part{
			served: func(c *conditions) { c.withinIndexed(scopes, db) },
			plain: func(c *conditions) {
				c.withinIndexed(scopes, db)
				last := &c.terms[len(c.terms)-1]
				*last = db.beside(*last)
			},
		})
	}
	add("actor_kind", string(f.Kind), "", equal)
	return parts
}

// scopes returns those in which rooms have to be, unless all may be or the room that
// is asked for is in one of them. If it is in none, there are none.
func (f Filter) scopes() (scopes []moderation.Scope, limited bool) {
	if f.Within == nil || slices.Contains(f.Within, moderation.Everywhere) {
		return nil, false
	}
	room, err := xmpp.ParseRoom(f.Room)
	if err != nil || room.String() != f.Room {
		return f.Within, true
	}
	if slices.ContainsFunc(f.Within, func(s moderation.Scope) bool { return s.Covers(room) }) {
		return nil, false
	}
	return nil, true
}

// others adds the parts of the filter that no index serves.
func (f Filter) others(c *conditions, db backend) {
	if f.RealJID != xmpp.BareJID(f.RealJID) {
		c.add("real_jid = %s", escapeText(f.RealJID))
	}
	if f.ActorID != "" {
		c.add("actor_id = %s", escapeText(f.ActorID))
	}
	if f.Action == xmpp.ActionKick {
		c.add("action = 'kick'")
	}
	if f.Outcome == xmpp.Done {
		c.add("outcome = 'kicked'")
	}
}

// withinIndexed adds that the room of an attempt is in one of the scopes, in the form
// that indexes serve.
func (c *conditions) withinIndexed(scopes []moderation.Scope, db backend) {
	var rooms, services []string
	for _, scope := range scopes {
		if service, ok := scope.Service(); ok {
			services = append(services, c.parameter(service))
		} else {
			rooms = append(rooms, c.parameter(scope.String()))
		}
	}
	var terms []string
	match := func(column string, parameters []string) {
		switch len(parameters) {
		case 0:
		case 1:
			terms = append(terms, "("+fmt.Sprintf(db.match(column), parameters[0])+")")
		default:
			terms = append(terms, "("+db.matchAny(column, parameters)+")")
		}
	}
	match("room", rooms)
	match(db.serviceOf("room"), services)
	if len(terms) == 0 {
		terms = append(terms, "FALSE")
	}
	c.terms = append(c.terms, "("+strings.Join(terms, " OR ")+")")
}
