package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"muckick/web/moderation"
	"muckick/xmpp"
)

const (
	// defaultPage and maxPage bound how many attempts or events one page has.
	defaultPage = 50
	maxPage     = 1000
	// streamPage is how many attempts are read at once to stream all. A row may
	// hold a reason of 100 KiB.
	streamPage = 200
)

// Filter says which attempts are wanted. The zero value of a field allows all.
type Filter struct {
	From    time.Time // at or after
	To      time.Time // before
	Kind    ActorKind
	Actor   string // the name
	ActorID string
	Room    string
	Nick    string
	RealJID string // a full address, or a bare one that stands for all its resources
	Action  xmpp.ActionKind
	Outcome xmpp.Outcome
	Effect  EffectID
	Job     moderation.JobID

	// Within allows only rooms in one of the scopes; nil allows all of them.
	Within []moderation.Scope
}

// Cursor marks the place where a page ended. The zero value is the beginning.
type Cursor string

// Page says which part of a result is wanted.
type Page struct {
	Limit int    // how many, 50 by default and 1000 at most
	After Cursor // as the page before returned it
}

func (p Page) limit() int {
	if p.Limit <= 0 {
		return defaultPage
	}
	return min(p.Limit, maxPage)
}

// Attempts returns a page of the attempts that the filter allows, newest
// first, and the cursor of the next page, empty on the last one. Pages neither
// repeat nor skip an attempt when others are added meanwhile. A cursor that no
// page returned gives ErrCursor.
func (s *Store) Attempts(ctx context.Context, filter Filter, page Page) ([]Attempt, Cursor, error) {
	return s.attempts(ctx, filter, page, eitherTable)
}

func (s *Store) attempts(ctx context.Context, filter Filter, page Page, tables []string) ([]Attempt, Cursor, error) {
	if page.After != "" && !isID(string(page.After)) {
		return nil, "", ErrCursor
	}
	limit := page.limit()
	attempts, err := s.selectAttempts(ctx, filter, page.After, limit+1, tables)
	if err != nil {
		return nil, "", fmt.Errorf("store: attempts: %w", err)
	}
	if len(attempts) <= limit {
		return attempts, "", nil
	}
	attempts = attempts[:limit]
	return attempts, Cursor(attempts[limit-1].ID), nil
}

// EachAttempt returns all attempts that the filter allows, newest first. They
// are read a part at a time, so that a slow consumer keeps nothing locked. An
// error is yielded last, with a zero Attempt.
func (s *Store) EachAttempt(ctx context.Context, filter Filter) iter.Seq2[Attempt, error] {
	var tables []string
	return each(func(page Page) ([]Attempt, Cursor, error) {
		switch {
		case page.After == "":
			tables = eitherTable
		case len(tables) > 1:
			below, err := s.recentBelow(ctx, page.After)
			if err != nil {
				return nil, "", err
			}
			if !below {
				tables = indexedTable
			}
		}
		return s.attempts(ctx, filter, page, tables)
	})
}

// recentBelow tells whether there are attempts below the cursor outside the table
// with indexes. When there are none there will be none: they begin at the top.
func (s *Store) recentBelow(ctx context.Context, cursor Cursor) (below bool, err error) {
	err = s.backend.searcher().QueryRowContext(ctx,
		`SELECT EXISTS (SELECT 1 FROM recent_attempts WHERE id < $1)`, string(cursor)).Scan(&below)
	if err != nil {
		return false, fmt.Errorf("store: attempts: %w", err)
	}
	return below, nil
}

// each returns what all pages of a result have.
func each[T any](read func(Page) ([]T, Cursor, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		page := Page{Limit: streamPage}
		for {
			all, next, err := read(page)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, one := range all {
				if !yield(one, nil) {
					return
				}
			}
			if next == "" {
				return
			}
			page.After = next
		}
	}
}

// KicksByRoom returns how many occupants were kicked out of each room at or
// after a time.
func (s *Store) KicksByRoom(ctx context.Context, since time.Time) (map[string]int, error) {
	rows, err := s.backend.searcher().QueryContext(ctx,
		`SELECT room, COUNT(*) FROM (
			SELECT room FROM recent_attempts WHERE id >= $1 AND outcome = 'kicked' AND action = 'kick'
			UNION ALL SELECT room FROM attempts WHERE id >= $1 AND outcome = 'kicked' AND action = 'kick') AS kicks GROUP BY room`, firstID(since))
	if err != nil {
		return nil, fmt.Errorf("store: kicks by room: %w", err)
	}
	defer rows.Close()
	kicks := make(map[string]int)
	for rows.Next() {
		var room string
		var n int
		if err := rows.Scan(&room, &n); err != nil {
			return nil, fmt.Errorf("store: kicks by room: %w", err)
		}
		kicks[room] = n
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("store: kicks by room: %w", err)
	}
	return kicks, nil
}

// Attempt returns the attempt with that id, or ErrNoAttempt.
func (s *Store) Attempt(ctx context.Context, id AttemptID) (Attempt, error) {
	if !isID(string(id)) {
		return Attempt{}, ErrNoAttempt
	}
	row := s.backend.reader().QueryRowContext(ctx, `SELECT `+readColumns+` FROM recent_attempts WHERE id = $1
		UNION ALL SELECT `+readColumns+` FROM attempts WHERE id = $1`, string(id))
	attempt, err := scanAttempt(row)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Attempt{}, ErrNoAttempt
	case err != nil:
		return Attempt{}, fmt.Errorf("store: attempt: %w", err)
	}
	return attempt, nil
}

const readColumns = `id, at, actor_kind, actor, actor_id, address, room, nick, real_jid, reason, action, effect, job,
	outcome, detail, duration_us`

// The tables that attempts are in. One statement sees each attempt in one of them.
var (
	eitherTable  = []string{"recent_attempts", "attempts"}
	indexedTable = []string{"attempts"}
)

// selectAttempts reads so many attempts below the cursor out of the tables.
func (s *Store) selectAttempts(ctx context.Context, filter Filter, after Cursor, limit int, tables []string) ([]Attempt, error) {
	conditions := filter.conditions(s.backend)
	if after != "" {
		conditions.add("id < %s", string(after))
	}
	newest := ` ORDER BY id DESC LIMIT ` + conditions.parameter(limit)
	var parts []string
	for _, table := range tables {
		parts = append(parts, `SELECT * FROM (SELECT `+readColumns+` FROM `+table+conditions.where()+newest+`) AS of_`+table)
	}
	query := strings.Join(parts, ` UNION ALL `) + newest
	rows, err := s.backend.searcher().QueryContext(ctx, query, conditions.args...)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, scanAttempt)
}

// conditions collects the terms of a WHERE clause and their parameters.
type conditions struct {
	terms []string
	args  []any
}

// parameter adds an argument and returns its placeholder.
func (c *conditions) parameter(arg any) string {
	c.args = append(c.args, arg)
	return fmt.Sprintf("$%d", len(c.args))
}

// add adds a term in which each %s stands for an argument.
func (c *conditions) add(term string, args ...any) {
	placeholders := make([]any, len(args))
	for i, arg := range args {
		placeholders[i] = c.parameter(arg)
	}
	c.terms = append(c.terms, fmt.Sprintf(term, placeholders...))
}

func (c *conditions) where() string {
	if len(c.terms) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.terms, " AND ")
}

// conditions translates a filter. Text is escaped as the rows' text was.
func (f Filter) conditions(db backend) *conditions {
	var c conditions
	if !f.From.IsZero() {
		c.add("id >= %s", firstID(f.From))
	}
	if !f.To.IsZero() {
		c.add("id < %s", firstID(f.To))
	}
	for _, match := range []struct{ column, value string }{
		{"actor", f.Actor}, {"room", f.Room}, {"nick", f.Nick}, {"real_bare", bare(f.RealJID)},
	} {
		if match.value != "" {
			// Some indexes hold only rows whose value is not empty.
			c.add(match.column + " <> ''")
			c.add(db.match(match.column), escapeText(match.value))
		}
	}
	if f.RealJID != bare(f.RealJID) {
		c.add("real_jid = %s", escapeText(f.RealJID))
	}
	if f.Within != nil {
		c.within(f.Within)
	}
	if f.ActorID != "" {
		c.add("actor_id = %s", escapeText(f.ActorID))
	}
	if f.Kind != "" {
		c.add("actor_kind = %s", escapeText(string(f.Kind)))
	}
	if f.Action != "" {
		c.add("action = %s", escapeText(string(f.Action)))
	}
	for _, match := range []struct{ column, value string }{{"effect", string(f.Effect)}, {"job", string(f.Job)}} {
		if match.value != "" {
			c.add(match.column + " <> ''") // as its index says
			c.add(match.column+" = %s", escapeText(match.value))
		}
	}
	switch f.Outcome {
	case "":
	case xmpp.Pending, xmpp.Done:
		c.add("outcome = '" + outcomeCode(f.Outcome) + "'") // as the index of those that are pending says
	default:
		c.add("outcome NOT IN ('pending', 'kicked')") // as the index of the others says
		c.add("outcome = %s", outcomeCode(f.Outcome))
	}
	return &c
}

// within adds that the room is in one of the scopes.
func (c *conditions) within(scopes []moderation.Scope) {
	if slices.Contains(scopes, moderation.Everywhere) {
		return
	}
	terms := []string{"FALSE"}
	for _, scope := range scopes {
		if service, ok := scope.Service(); ok {
			terms = append(terms, "room LIKE "+c.parameter("%@"+likeEscaper.Replace(service))+` ESCAPE '\'`)
			continue
		}
		terms = append(terms, "room = "+c.parameter(scope.String()))
	}
	c.terms = append(c.terms, "("+strings.Join(terms, " OR ")+")")
}

// likeEscaper makes text stand for itself in a LIKE pattern.
var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// row is what both sql.Row and sql.Rows are.
type row interface{ Scan(into ...any) error }

func scanAttempt(r row) (Attempt, error) {
	var a Attempt
	var at, duration int64
	var outcome string
	err := r.Scan(&a.ID, &at, &a.Actor.Kind, &a.Actor.Name, &a.Actor.ID, &a.Address, &a.Room, &a.Nick, &a.RealJID,
		&a.Reason, &a.Action, &a.Effect, &a.Job, &outcome, &a.Detail, &duration)
	a.Time, a.Duration, a.Outcome = fromMicros(at), time.Duration(duration)*time.Microsecond, outcomeOfCode(outcome)
	return a, err
}

// scanAll reads and closes rows.
func scanAll[T any](rows *sql.Rows, scan func(row) (T, error)) ([]T, error) {
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
