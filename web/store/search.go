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
const fewRows = 5000

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
	lead    func(*conditions)
	planned bool
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
	err := q.s.backend.searcher().QueryRowContext(ctx,
		`SELECT EXISTS (SELECT 1 FROM recent_attempts WHERE id < $1)`, string(cursor)).Scan(&q.recent)
	if err != nil {
		return fmt.Errorf("store: attempts: %w", err)
	}
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
	from := `attempts`
	if q.lead != nil {
		leading := c
		leading.terms = slices.Clone(c.terms)
		q.lead(&leading)
		c.args = leading.args
		from = `(WITH few AS MATERIALIZED (SELECT ` + attemptColumns + ` FROM attempts` + leading.where() + `) SELECT * FROM few) AS few`
	}
	q.filter.others(&c, q.s.backend)
	for _, part := range q.filter.parts(q.s.backend) {
		part(&c)
	}
	newest := ` ORDER BY id DESC LIMIT ` + c.parameter(limit)
	query := `SELECT ` + readColumns + ` FROM ` + from + c.where() + newest
	if q.recent {
		query = `SELECT * FROM (` + query + `) AS of_attempts
			UNION ALL SELECT * FROM (SELECT ` + readColumns + ` FROM recent_attempts` + c.where() + newest + `) AS of_recent` + newest
	}
	rows, err := q.s.backend.searcher().QueryContext(ctx, query, c.args...)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, scanAttempt)
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
		part(&c)
		var count int
		err := q.s.backend.searcher().QueryRowContext(ctx,
			`SELECT COUNT(*) FROM (SELECT 1 FROM attempts`+c.where()+` LIMIT `+c.parameter(fewest)+`) AS counted`, c.args...).Scan(&count)
		if err != nil {
			return err
		}
		if count < fewest {
			fewest, q.lead = count, part
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

// parts returns what adds each part of the filter that an index serves, those that
// few rows are likely to pass first. Some indexes hold only the rows of a condition,
// which has to stand in the statement as it does in the index. Text is escaped as the
// rows' text was.
func (f Filter) parts(db backend) (parts []func(*conditions)) {
	for _, match := range []struct{ column, value, within string }{
		{"job", string(f.Job), "job <> ''"}, {"effect", string(f.Effect), "effect <> ''"},
		{"real_bare", xmpp.BareJID(f.RealJID), "real_bare <> ''"}, {"nick", f.Nick, ""}, {"room", f.Room, ""}, {"actor", f.Actor, "actor <> ''"},
	} {
		if match.value == "" {
			continue
		}
		parts = append(parts, func(c *conditions) {
			if match.within != "" {
				c.add(match.within)
			}
			if match.column == "job" || match.column == "effect" {
				c.add(match.column+" = %s", escapeText(match.value))
				return
			}
			c.add(db.match(match.column), escapeText(match.value))
		})
	}
	if f.Outcome != "" && f.Outcome != xmpp.Done {
		parts = append(parts, func(c *conditions) {
			c.add("outcome <> 'kicked'")
			c.add("outcome = %s", outcomeCode(f.Outcome))
		})
	}
	if f.Action != "" && f.Action != xmpp.ActionKick {
		parts = append(parts, func(c *conditions) {
			c.add("action <> 'kick'")
			c.add("action = %s", escapeText(string(f.Action)))
		})
	}
	if f.Kind != "" {
		parts = append(parts, func(c *conditions) { c.add("actor_kind = %s", escapeText(string(f.Kind))) })
	}
	if f.Within != nil && !slices.Contains(f.Within, moderation.Everywhere) {
		parts = append(parts, func(c *conditions) { c.withinIndexed(f.Within, db) })
	}
	return parts
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

// withinIndexed adds that the room of an attempt is in one of the scopes.
func (c *conditions) withinIndexed(scopes []moderation.Scope, db backend) {
	if len(scopes) == 0 {
		c.add("FALSE")
		return
	}
	var terms []string
	match := func(column, value string) {
		placeholder := c.parameter(value)
		terms = append(terms, "("+fmt.Sprintf(db.match(column), placeholder)+")")
	}
	for _, scope := range scopes {
		if service, ok := scope.Service(); ok {
			match(db.serviceOf("room"), service)
		} else {
			match("room", scope.String())
		}
	}
	c.terms = append(c.terms, "("+strings.Join(terms, " OR ")+")")
}
