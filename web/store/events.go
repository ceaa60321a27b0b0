package store

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"time"
)

// EventID names an event. Ids sort by the time of the event.
type EventID string

// EventKind is what happened.
type EventKind string

// The kinds of events. Those of operators, tokens, passwords, sessions and the
// exempt list are recorded by the methods that make the change, in the same transaction; the
// others are reported to [Store.Record].
const (
	SignedIn             EventKind = "signed in"
	SignInFailed         EventKind = "sign-in failed"        // a wrong name, password or code
	SignInThrottled      EventKind = "sign-in throttled"     // refused before the password was looked at
	Unauthorized         EventKind = "authorization refused" // a wrong header or token of a program
	FormForged           EventKind = "form forged"           // a form without this session's secret
	Exported             EventKind = "exported"              // the audit trail
	PasswordChanged      EventKind = "password changed"      // by the operator
	PasswordReset        EventKind = "password reset"        // by an administrator
	FactorAdded          EventKind = "second factor added"
	FactorRemoved        EventKind = "second factor removed" // by the operator
	FactorReset          EventKind = "second factor reset"   // by an administrator
	RecoveryCodeUsed     EventKind = "recovery code used"    // in place of the second factor
	RecoveryCodesRenewed EventKind = "recovery codes renewed"
	SessionEnded         EventKind = "session ended" // by its operator or an administrator
	OperatorAdded        EventKind = "operator added"
	OperatorRemoved      EventKind = "operator removed"
	OperatorDisabled     EventKind = "operator disabled"
	OperatorEnabled      EventKind = "operator enabled"
	GrantsChanged        EventKind = "grants changed" // of an operator
	TokenAdded           EventKind = "token added"
	TokenRevoked         EventKind = "token revoked"
	EffectChanged        EventKind = "end changed" // of a ban, a mute or a lock
	ExemptionAdded       EventKind = "exemption added"
	ExemptionRemoved     EventKind = "exemption removed"
)

// EventKinds returns all kinds, for a list to choose from.
func EventKinds() []EventKind {
	return []EventKind{
		SignedIn, SignInFailed, SignInThrottled, Unauthorized, FormForged, Exported, PasswordChanged, PasswordReset,
		FactorAdded, FactorRemoved, FactorReset, RecoveryCodeUsed, RecoveryCodesRenewed,
		SessionEnded, OperatorAdded, OperatorRemoved, OperatorDisabled, OperatorEnabled, GrantsChanged, TokenAdded, TokenRevoked, EffectChanged,
		ExemptionAdded, ExemptionRemoved,
	}
}

// ByStranger tells whether anybody who reaches the server can bring about
// events of this kind.
func (k EventKind) ByStranger() bool {
	switch k {
	case SignInFailed, SignInThrottled, Unauthorized, FormForged:
		return true
	}
	return false
}

// Origin is who does something, and from where.
type Origin struct {
	Actor   Actor
	Address string // the client's; empty at the command line
}

// Event is something that an administrator may want to know of, besides kicks.
// Its text is escaped as the package comment says, and clipped.
type Event struct {
	ID   EventID   // given by the store
	Time time.Time // UTC; given by the store
	Kind EventKind
	Origin
	Subject   string // the name of the operator or token that it was done to, or who is exempt
	SubjectID string // empty when there is no such operator, token or entry
	Detail    string
	Count     int // how many such events the entry stands for; 1 or more
}

type originKey struct{}

// WithOrigin returns a context in which the store's changes count as done by
// somebody. Without it, they count as done by Options.Origin.
func WithOrigin(ctx context.Context, origin Origin) context.Context {
	return context.WithValue(ctx, originKey{}, origin)
}

// origin returns who acts in ctx. Where the context tells nobody, it is the
// given actor, and Options.Origin when that is nobody either.
func (s *Store) origin(ctx context.Context, actor Actor) Origin {
	if origin, ok := ctx.Value(originKey{}).(Origin); ok {
		return origin
	}
	if actor != (Actor{}) {
		return Origin{Actor: actor}
	}
	return s.opts.Origin
}

// EventFilter says which events are wanted. The zero value of a field allows
// all.
type EventFilter struct {
	From    time.Time // at or after
	To      time.Time // before
	Kind    EventKind
	Actor   string // the name
	Subject string
}

const (
	maxEventText   = 256 // characters of an address, an actor's or a subject's name
	maxEventDetail = 1024
)

// Record reports an event. One without an origin gets that of ctx.
//
// A store that audits records within a second and keeps nobody waiting: like
// events of a minute become one entry with a count, and of a flood no more than
// the counts are kept (see eventtrail.go). It returns nil then, and logs when
// the database takes no entries. A store without audit records at once.
func (s *Store) Record(ctx context.Context, event Event) error {
	if event.Origin == (Origin{}) {
		event.Origin = s.origin(ctx, Actor{})
	}
	event = event.escaped()
	event.Count = max(event.Count, 1)
	if s.trail != nil {
		s.trail.add(event)
		return nil
	}
	if err := s.storeEvents(ctx, []Event{event.at(s.now())}); err != nil {
		return fmt.Errorf("store: record: %w", err)
	}
	return nil
}

// Events returns a page of the events that the filter allows, newest first, and
// the cursor of the next page, as Attempts does.
func (s *Store) Events(ctx context.Context, filter EventFilter, page Page) ([]Event, Cursor, error) {
	if page.After != "" && !isID(string(page.After)) {
		return nil, "", ErrCursor
	}
	limit := page.limit()
	conditions := filter.conditions()
	if page.After != "" {
		conditions.add("id < %s", string(page.After))
	}
	query := selectEvent + conditions.where() + ` ORDER BY id DESC LIMIT ` + conditions.parameter(limit+1)
	events, err := searchAll(ctx, s, scanEvent, query, conditions.args...)
	if err != nil {
		return nil, "", fmt.Errorf("store: events: %w", err)
	}
	if len(events) <= limit {
		return events, "", nil
	}
	events = events[:limit]
	return events, Cursor(events[limit-1].ID), nil
}

// EachEvent returns all events that the filter allows, as EachAttempt does.
func (s *Store) EachEvent(ctx context.Context, filter EventFilter) iter.Seq2[Event, error] {
	return each(func(page Page) ([]Event, Cursor, error) { return s.Events(ctx, filter, page) })
}

func (f EventFilter) conditions() *conditions {
	var c conditions
	if !f.From.IsZero() {
		c.add("id >= %s", firstID(f.From))
	}
	if !f.To.IsZero() {
		c.add("id < %s", firstID(f.To))
	}
	if f.Kind != "" {
		c.add("kind = %s", escapeText(string(f.Kind)))
	}
	for _, match := range []struct{ column, value string }{{"actor", f.Actor}, {"subject", f.Subject}} {
		if match.value != "" {
			c.add(match.column + " <> ''") // as the index says
			c.add(match.column+" = %s", clip(match.value, maxEventText))
		}
	}
	return &c
}

const selectEvent = `SELECT id, at, kind, actor_kind, actor_id, actor, address, subject, subject_id, detail, count FROM events`

func scanEvent(r row) (Event, error) {
	var e Event
	var at int64
	err := r.Scan(&e.ID, &at, &e.Kind, &e.Actor.Kind, &e.Actor.ID, &e.Actor.Name, &e.Address,
		&e.Subject, &e.SubjectID, &e.Detail, &e.Count)
	e.Time = fromMicros(at)
	return e, err
}

// storeEvents stores events, all of them or none.
func (s *Store) storeEvents(ctx context.Context, events []Event) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		for _, event := range events {
			if err := insertEvent(ctx, tx, event); err != nil {
				return err
			}
		}
		return nil
	})
}

// note stores an event of a change in the transaction of that change.
func (s *Store) note(ctx context.Context, tx *sql.Tx, origin Origin, event Event) error {
	event.Origin, event.Count = origin, 1
	return insertEvent(ctx, tx, event.escaped().at(s.now()))
}

func insertEvent(ctx context.Context, tx *sql.Tx, e Event) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO events
			(id, at, kind, actor_kind, actor_id, actor, address, subject, subject_id, detail, count)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		string(e.ID), micros(e.Time), string(e.Kind), string(e.Actor.Kind), e.Actor.ID, e.Actor.Name, e.Address,
		e.Subject, e.SubjectID, e.Detail, e.Count)
	return err
}

// at returns the event as one of that time.
func (e Event) at(now time.Time) Event {
	e.ID, e.Time = EventID(newID(now)), now
	return e
}

func (e Event) escaped() Event {
	e.Kind = EventKind(clip(string(e.Kind), maxEventText))
	e.Actor.Kind = ActorKind(clip(string(e.Actor.Kind), maxEventText))
	e.Actor.ID = clip(e.Actor.ID, maxEventText)
	e.Actor.Name = clip(e.Actor.Name, maxEventText)
	e.Address = clip(e.Address, maxEventText)
	e.Subject = clip(e.Subject, maxEventText)
	e.SubjectID = clip(e.SubjectID, maxEventText)
	e.Detail = clip(e.Detail, maxEventDetail)
	return e
}
