package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

const (
	maxAddress = 64  // characters of a client's address that are kept
	maxBrowser = 256 // characters of a User-Agent that are kept
)

// Client is where a session comes from.
type Client struct {
	Address string
	Browser string // the User-Agent; its first 256 characters are kept
}

// Session is an operator's stay in the panel.
type Session struct {
	ID       string // names the session in lists; it is no secret
	Operator Operator
	Client   Client
	Created  time.Time
	LastSeen time.Time // to the minute
	Ends     time.Time // however busy it is; zero if that is only Options.SessionLifetime
	CSRF     string    // the secret that this session's forms must carry
}

// StartSession starts a session of an operator whom Authenticate returned, and
// returns the secret that proves it. Only the secret's SHA-256 is stored. When
// the operator was disabled, removed or given a new password since, the error
// is ErrNoOperator.
func (s *Store) StartSession(ctx context.Context, operator Operator, client Client) (secret string, _ Session, err error) {
	return s.StartExternalSession(ctx, operator, client, Ticket{})
}

// A Ticket is what a provider gave to an operator who signed in there.
type Ticket struct {
	Ends    time.Time // when the session does, so that the provider is asked again; zero for never
	IDToken string    // to sign out at the provider with; one of more than 4 KiB is not kept
}

// maxIDToken is how many bytes of an ID token fit into the address that it will be
// part of.
const maxIDToken = 4 << 10

// StartExternalSession is StartSession, also for an operator whom SignInExternal
// returned, with what the provider gave to them.
func (s *Store) StartExternalSession(ctx context.Context, operator Operator, client Client, ticket Ticket) (secret string, _ Session, err error) {
	secret = newSecret()
	hash := sha256.Sum256([]byte(secret))
	now := s.now()
	session := Session{
		ID:       newID(now),
		Operator: operator,
		Client:   Client{clip(client.Address, maxAddress), clip(client.Browser, maxBrowser)},
		Created:  fromMicros(micros(now)),
		LastSeen: fromMicros(micros(now)),
		CSRF:     newSecret(),
	}
	var ends int64
	if !ticket.Ends.IsZero() {
		ends = micros(ticket.Ends)
		session.Ends = fromMicros(ends)
	}
	if len(ticket.IDToken) > maxIDToken {
		ticket.IDToken = ""
	}
	added, err := s.exec(ctx, `INSERT INTO sessions
			(id, hash, operator, epoch, created, last_seen, address, browser, csrf, ends, id_token)
		SELECT $1, $2, id, epoch, $3, $3, $4, $5, $6, $9, $10 FROM operators WHERE id = $7 AND epoch = $8 AND NOT disabled`,
		session.ID, hash[:], micros(now), session.Client.Address, session.Client.Browser, session.CSRF,
		operator.id, operator.epoch, ends, ticket.IDToken)
	if err != nil {
		return "", Session{}, fmt.Errorf("store: start session: %w", err)
	}
	if added == 0 {
		return "", Session{}, ErrNoOperator
	}
	return secret, session, nil
}

// IDToken returns the ID token that a session began with; empty if that is not
// known.
func (s *Store) IDToken(ctx context.Context, session Session) (token string, err error) {
	err = s.backend.reader().QueryRowContext(ctx, `SELECT id_token FROM sessions WHERE id = $1`, session.ID).Scan(&token)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("store: ID token: %w", err)
	}
	return token, nil
}

// Session returns the session that a secret proves, or ErrNoSession. It
// records the use at most once a minute; that this fails, as on a full disk,
// does not end the session.
func (s *Store) Session(ctx context.Context, secret string) (Session, error) {
	hash := sha256.Sum256([]byte(secret))
	session, err := scanSession(s.backend.reader().QueryRowContext(ctx, selectSession+` AND s.hash = $1`, hash[:]))
	now := s.now()
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Session{}, ErrNoSession
	case err != nil:
		return Session{}, fmt.Errorf("store: session: %w", err)
	case !s.alive(session, now):
		return Session{}, ErrNoSession
	}
	if s.touched.due(session.ID, session.LastSeen, now) {
		_, err := s.exec(ctx, `UPDATE sessions SET last_seen = $2 WHERE id = $1 AND last_seen < $2`,
			session.ID, micros(now))
		if err != nil {
			s.log.WarnContext(ctx, "session use not recorded", "operator", session.Operator.Name, "error", err)
		}
	}
	return session, nil
}

// Sessions returns an operator's sessions, the latest used first.
func (s *Store) Sessions(ctx context.Context, operator Operator) ([]Session, error) {
	now := s.now()
	idle, old := s.horizons(now)
	rows, err := s.backend.reader().QueryContext(ctx, selectSession+
		` AND s.operator = $1 AND s.last_seen > $2 AND s.created > $3 AND (s.ends = 0 OR s.ends > $4) ORDER BY s.last_seen DESC, s.id DESC`,
		operator.id, idle, old, micros(now))
	if err != nil {
		return nil, fmt.Errorf("store: sessions: %w", err)
	}
	return scanAll(rows, scanSession)
}

// EndSession ends the operator's session with that id, or returns ErrNoSession.
func (s *Store) EndSession(ctx context.Context, operator Operator, id string) error {
	if !isID(id) {
		return ErrNoSession
	}
	ended, err := s.endSessions(ctx, operator, `id = $2`, id)
	if err != nil {
		return fmt.Errorf("store: end session: %w", err)
	}
	if ended == 0 {
		return ErrNoSession
	}
	return nil
}

// EndOtherSessions ends all sessions of the operator of this one but this one,
// and tells how many those were.
func (s *Store) EndOtherSessions(ctx context.Context, keep Session) (int64, error) {
	ended, err := s.endSessions(ctx, keep.Operator, `id <> $2`, keep.ID)
	if err != nil {
		return 0, fmt.Errorf("store: end other sessions: %w", err)
	}
	return ended, nil
}

// endSessions ends the operator's sessions that a condition on $2 selects, and
// notes it.
func (s *Store) endSessions(ctx context.Context, operator Operator, condition, id string) (ended int64, err error) {
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE operator = $1 AND `+condition, operator.id, id)
		if err != nil {
			return err
		}
		if ended, err = result.RowsAffected(); err != nil || ended == 0 {
			return err
		}
		return s.note(ctx, tx, s.origin(ctx, operator.Actor()), Event{
			Kind: SessionEnded, Subject: operator.Name, SubjectID: operator.id, Detail: fmt.Sprintf("sessions: %d", ended),
		})
	})
	return ended, err
}

// alive tells whether a session has neither been idle nor lasted too long.
func (s *Store) alive(session Session, now time.Time) bool {
	idle, old := s.horizons(now)
	return micros(session.LastSeen) > idle && micros(session.Created) > old && (session.Ends.IsZero() || session.Ends.After(now))
}

// horizons returns the times, as stored, that a living session was last seen
// and created after.
func (s *Store) horizons(now time.Time) (idle, old int64) {
	return micros(now.Add(-s.opts.SessionIdle)), micros(now.Add(-s.opts.SessionLifetime))
}

func (s *Store) purgeSessions(ctx context.Context) error {
	_, err := s.purge(ctx, `DELETE FROM sessions WHERE last_seen <= $1 OR created <= $2 OR ends > 0 AND ends <= $3`, func(now time.Time) []any {
		idle, old := s.horizons(now)
		return []any{idle, old, micros(now)}
	})
	if err != nil {
		return fmt.Errorf("store: purge sessions: %w", err)
	}
	return nil
}

// selectSession selects sessions whose operator may still have them.
const selectSession = `SELECT s.id, s.created, s.last_seen, s.address, s.browser, s.csrf, s.ends,
		o.id, o.name, o.disabled, o.epoch, o.created, o.grants, o.issuer
	FROM sessions s JOIN operators o ON o.id = s.operator AND o.epoch = s.epoch AND NOT o.disabled
	WHERE TRUE`

func scanSession(r row) (Session, error) {
	var session Session
	var created, lastSeen, ends, operatorCreated int64
	o := &session.Operator
	err := r.Scan(&session.ID, &created, &lastSeen, &session.Client.Address, &session.Client.Browser, &session.CSRF, &ends,
		&o.id, &o.Name, &o.Disabled, &o.epoch, &operatorCreated, textOf(&o.Grants), &o.Issuer)
	session.Created, session.LastSeen, session.Ends = fromMicros(created), fromMicros(lastSeen), fromMicros(ends)
	o.Created = fromMicros(operatorCreated)
	return session, err
}
