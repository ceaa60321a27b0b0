package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"muckick/web/moderation"
	"muckick/xmpp"
)

// What the trail keeps is said in package moderation.
type (
	AttemptID  = moderation.AttemptID
	ActorKind  = moderation.ActorKind
	Actor      = moderation.Actor
	Intent     = moderation.Intent
	Conclusion = moderation.Conclusion
)

// The kinds of actors.
const (
	ByAPI      = moderation.ByAPI
	ByToken    = moderation.ByToken
	ByOperator = moderation.ByOperator
	ByCommand  = moderation.ByCommand
	ByProvider = moderation.ByProvider
	ByStranger = moderation.ByStranger
)

// Attempt is a row of the audit trail. Its text is escaped as the package
// comment says.
type Attempt struct {
	ID   AttemptID
	Time time.Time // when it was intended, UTC
	Intent
	Outcome  xmpp.Outcome
	Detail   string
	Duration time.Duration
}

// intentRow is an intent as it is stored.
type intentRow struct {
	Intent
	at      time.Time
	replica string
}

// Intend records that a kick is about to be sent, and returns when the record
// cannot be lost by the end of this process any more. From then on it is flushed
// to disk, for which Conclude waits. Every error matches ErrNotStored, and then the kick must not be
// sent. When ctx ends before a commit began, nothing is written; when it ends
// during one, the error matches ErrMaybeStored, and a record that was written
// after all is settled as failed.
func (s *Store) Intend(ctx context.Context, intent Intent) (AttemptID, error) {
	if s.writer == nil {
		return "", fmt.Errorf("%w: the store was opened without audit", ErrNotStored)
	}
	if err := s.flusher.broken(); err != nil {
		return "", fmt.Errorf("%w: %w", ErrNotStored, err)
	}
	at := s.now()
	row := &intentRow{Intent: escapedIntent(intent), at: at, replica: s.lease.id}
	id := AttemptID(newID(at))
	if err := s.writer.do(ctx, &record{id: id, intent: row}); err != nil {
		return "", err
	}
	return id, nil
}

// Conclude records how an attempt ended, and returns when that cannot be lost
// by the end of this process any more and the intent is on disk. The outcome is
// flushed with the next intent, and within ten seconds in any case; a power cut
// before that leaves the attempt unknown.
//
// A pending or unknown attempt takes any outcome; so a late answer corrects
// what a timeout, or another replica that took this one for dead, had settled.
// A definite outcome stays: another one is refused with ErrConcluded, the same
// one is accepted again. An id that was never intended gives ErrNoAttempt.
//
// When the store cannot write or ctx ends first, the error matches
// ErrMaybeStored; the outcome is kept and tried again until the store closes.
// So an answer that the chat server gave is not lost by a caller who left.
func (s *Store) Conclude(ctx context.Context, id AttemptID, conclusion Conclusion) error {
	if s.writer == nil {
		return fmt.Errorf("%w: the store was opened without audit", ErrNotStored)
	}
	switch conclusion.Outcome {
	case xmpp.Done, xmpp.Already, xmpp.Gone, xmpp.Refused, xmpp.NotSent, xmpp.Unknown, xmpp.Cancelled:
	default:
		return fmt.Errorf("store: %q concludes nothing", conclusion.Outcome)
	}
	if !isID(string(id)) {
		return ErrNoAttempt
	}
	conclusion.Detail = escapeText(conclusion.Detail)
	conclusion.RealJID = escapeText(conclusion.RealJID)
	r := &record{id: id, conclusion: conclusion}
	err := s.writer.do(ctx, r)
	if errors.Is(err, errUnmatched) {
		return s.whyUnmatched(ctx, id)
	}
	if flushing := s.flusher.intent(ctx, id); flushing != nil {
		return errors.Join(err, fmt.Errorf("%w: %w", ErrMaybeStored, flushing))
	}
	return err
}

// whyUnmatched tells why an attempt did not take a conclusion.
func (s *Store) whyUnmatched(ctx context.Context, id AttemptID) error {
	var outcome string
	err := s.backend.reader().QueryRowContext(ctx,
		`SELECT outcome FROM recent_attempts WHERE id = $1
		UNION ALL SELECT outcome FROM attempts WHERE id = $1`, string(id)).Scan(&outcome)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return ErrNoAttempt
	case err != nil:
		return fmt.Errorf("store: conclude: %w", err)
	default:
		return fmt.Errorf("%w: %s", ErrConcluded, outcomeOfCode(outcome))
	}
}

func escapedIntent(i Intent) Intent {
	return Intent{
		Actor: Actor{
			Kind: ActorKind(escapeText(string(i.Actor.Kind))), Name: escapeText(i.Actor.Name), ID: escapeText(i.Actor.ID),
		},
		Address: escapeText(i.Address),
		Action:  xmpp.ActionKind(escapeText(string(i.Action))),
		Room:    escapeText(i.Room),
		Nick:    escapeText(i.Nick),
		RealJID: escapeText(i.RealJID),
		Reason:  escapeText(i.Reason),
		Effect:  i.Effect, Job: i.Job, Step: i.Step,
	}
}
