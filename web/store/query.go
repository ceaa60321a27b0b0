package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"runtime"
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
	return s.search(filter).page(ctx, page)
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
// after a time: of at most limit rooms, those with most kicks. The list of rooms
// waits for it, so it waits for no search that rests.
func (s *Store) KicksByRoom(ctx context.Context, since time.Time, limit int) (map[string]int, error) {
	type count struct {
		room  string
		kicks int
	}
	counts, err := queryAll(ctx, s.backend.searcher(), func(r row) (c count, err error) {
		err = r.Scan(&c.room, &c.kicks)
		return c, err
	}, `SELECT room, COUNT(*) FROM (
			SELECT room FROM recent_attempts WHERE id >= $1 AND outcome = 'kicked' AND action = 'kick'
			UNION ALL SELECT room FROM attempts WHERE id >= $1 AND outcome = 'kicked' AND action = 'kick') AS kicks
		GROUP BY room ORDER BY COUNT(*) DESC, room LIMIT $2`, firstID(since), limit)
	if err != nil {
		return nil, fmt.Errorf("store: kicks by room: %w", err)
	}
	kicks := make(map[string]int, len(counts))
	for _, c := range counts {
		kicks[c.room] = c.kicks
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

const readColumns = `id, at, actor_kind, actor, actor_id, address, room, nick, real_jid, reason, action, effect, job, step,
	outcome, detail, duration_us`

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
	// Pointers to string, since database/sql takes long for any other kind of string.
	err := r.Scan((*string)(&a.ID), &at, (*string)(&a.Actor.Kind), &a.Actor.Name, &a.Actor.ID, &a.Address, &a.Room, &a.Nick,
		&a.RealJID, &a.Reason, (*string)(&a.Action), (*string)(&a.Effect), (*string)(&a.Job), &a.Step, &outcome, &a.Detail, &duration)
	a.Time, a.Duration, a.Outcome = fromMicros(at), time.Duration(duration)*time.Microsecond, outcomeOfCode(outcome)
	return a, err
}

// yieldEvery is after how many rows whoever reads many of them lets others run. The
// scheduler by itself takes a core away after 10 ms, in which several kicks wait.
const yieldEvery = 8

// queryAll returns the rows that a query gives.
func queryAll[T any](ctx context.Context, db *sql.DB, scan func(row) (T, error), query string, args ...any) ([]T, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, scan)
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
		if len(all)%yieldEvery == 0 {
			runtime.Gosched()
		}
	}
	return all, rows.Err()
}
