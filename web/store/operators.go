package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"

	"muckick/web/moderation"
)

const maxName = 64 // characters

// Operator is a person who may use the panel.
type Operator struct {
	Name     string
	Disabled bool
	Created  time.Time
	Grants   moderation.Grants

	// SecondFactor says that a code is wanted after the password. It is not set in
	// the operators of sessions.
	SecondFactor bool

	// Issuer is that of the OpenID Connect provider where the operator signs in;
	// empty for one who does so with a password.
	Issuer string

	id string
	// epoch counts up whenever the operator's sessions must end, so that a
	// session that starts at the same moment ends as well.
	epoch int64
}

// Actor returns the operator as who does something.
func (o Operator) Actor() Actor { return Actor{Kind: ByOperator, Name: o.Name, ID: o.id} }

// Principal returns the operator with what they may do.
func (o Operator) Principal() moderation.Principal {
	return moderation.Principal{Actor: o.Actor(), Grants: o.Grants}
}

// AddOperator adds an operator. A name has 1 to 64 letters, digits and ASCII
// punctuation (the PRECIS profile UsernameCasePreserved, RFC 8265 §3.4), a
// password at least 8 characters and at most 1024 bytes; otherwise the error is
// a *RuleError. A name that differs from another only in case or width gives
// ErrDuplicate. The first operator of all may do everything, whatever the grants
// say, since somebody has to administer the others.
func (s *Store) AddOperator(ctx context.Context, name, password string, grants moderation.Grants) (Operator, error) {
	display, key, err := operatorName(name)
	if err != nil {
		return Operator{}, err
	}
	hash, err := s.hashPassword(ctx, password)
	if err != nil {
		return Operator{}, err
	}
	now := s.now()
	o := Operator{Name: display, Created: fromMicros(micros(now)), Grants: grants, id: newID(now), epoch: 1}
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		others, err := s.lockOperators(ctx, tx)
		if err != nil {
			return err
		}
		if len(others) == 0 {
			o.Grants = moderation.Everything()
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO operators (id, name, name_key, password, disabled, epoch, created, grants)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, o.id, o.Name, key, hash, false, o.epoch, micros(now), grantsText(o.Grants))
		if err != nil {
			return err
		}
		return s.note(ctx, tx, s.origin(ctx, Actor{}), Event{
			Kind: OperatorAdded, Subject: o.Name, SubjectID: o.id, Detail: o.Grants.String(),
		})
	})
	if err != nil {
		return Operator{}, s.nameTaken("add operator", err)
	}
	return o, nil
}

// Operators returns all operators by name.
func (s *Store) Operators(ctx context.Context) ([]Operator, error) {
	rows, err := s.backend.reader().QueryContext(ctx, selectOperator+` ORDER BY name_key`)
	if err != nil {
		return nil, fmt.Errorf("store: operators: %w", err)
	}
	return scanAll(rows, func(r row) (Operator, error) {
		o, _, err := scanOperator(r)
		return o, err
	})
}

// SetPassword gives an operator a new password and ends all their sessions. One who
// signs in at a provider has none, and the error is ErrExternal.
func (s *Store) SetPassword(ctx context.Context, name, password string) error {
	hash, err := s.hashPassword(ctx, password)
	if err != nil {
		return err
	}
	return s.changeOperator(ctx, PasswordReset, name,
		`UPDATE operators SET epoch = epoch + 1, password = $2 WHERE name_key = $1`, hash)
}

// SetDisabled disables an operator and ends all their sessions, or enables
// them again. The last administrator who can sign in is not disabled, with
// ErrLastAdministrator.
func (s *Store) SetDisabled(ctx context.Context, name string, disabled bool) error {
	kind := OperatorEnabled
	if disabled {
		kind = OperatorDisabled
	}
	return s.changeOperator(ctx, kind, name,
		`UPDATE operators SET epoch = epoch + 1, disabled = $2 WHERE name_key = $1`, disabled)
}

// SignOut ends all sessions of an operator.
func (s *Store) SignOut(ctx context.Context, name string) error {
	return s.changeOperator(ctx, SessionEnded, name, `UPDATE operators SET epoch = epoch + 1 WHERE name_key = $1`)
}

// RemoveOperator removes an operator and their sessions. The audit trail keeps
// the name. The last administrator who can sign in is not removed, with
// ErrLastAdministrator.
func (s *Store) RemoveOperator(ctx context.Context, name string) error {
	return s.changeOperator(ctx, OperatorRemoved, name, `DELETE FROM operators WHERE name_key = $1`)
}

// changeOperator ends the sessions of the operator, runs a statement whose first
// parameter is their name's key, and notes the event, in one transaction.
func (s *Store) changeOperator(ctx context.Context, kind EventKind, name, statement string, args ...any) error {
	_, key, err := operatorName(name)
	if err != nil {
		return ErrNoOperator
	}
	err = s.changeOperators(ctx, func(tx *sql.Tx) error {
		operator, err := operatorByKey(ctx, tx, key)
		if err != nil {
			return err
		}
		if kind == PasswordReset && operator.Issuer != "" {
			return ErrExternal
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE operator = $1`, operator.id); err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, statement, append([]any{key}, args...)...)
		if err != nil {
			return err
		}
		changed, err := result.RowsAffected()
		if err != nil {
			return err
		}
		if changed == 0 {
			return ErrNoOperator
		}
		return s.note(ctx, tx, s.origin(ctx, Actor{}), Event{Kind: kind, Subject: operator.Name, SubjectID: operator.id})
	})
	return operatorError(string(kind), err)
}

// ChangePassword gives an operator whom Authenticate returned a new password,
// ends all their sessions, and returns the operator as they are then. When the
// operator was disabled, removed or given a password since, nothing changes and
// the error is ErrNoOperator.
func (s *Store) ChangePassword(ctx context.Context, operator Operator, password string) (Operator, error) {
	hash, err := s.hashPassword(ctx, password)
	if err != nil {
		return Operator{}, err
	}
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE operators SET epoch = epoch + 1, password = $3
			WHERE id = $1 AND epoch = $2 AND NOT disabled`, operator.id, operator.epoch, hash)
		if err != nil {
			return err
		}
		changed, err := result.RowsAffected()
		if err != nil {
			return err
		}
		if changed == 0 {
			return ErrNoOperator
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE operator = $1`, operator.id); err != nil {
			return err
		}
		return s.note(ctx, tx, s.origin(ctx, operator.Actor()),
			Event{Kind: PasswordChanged, Subject: operator.Name, SubjectID: operator.id})
	})
	operator.epoch++
	return operator, operatorError(string(PasswordChanged), err)
}

// Authenticate returns the operator of that name when the password is theirs.
// Otherwise the error matches ErrAuthentication and says which of
// ErrNoOperator, ErrWrongPassword and ErrDisabled it was, for the log; an
// operator is told to be disabled only with the right password. Each takes the
// time of one password hash.
func (s *Store) Authenticate(ctx context.Context, name, password string) (Operator, error) {
	operator, hash, err := s.operator(ctx, name)
	missing := errors.Is(err, ErrNoOperator)
	if err != nil && !missing {
		return Operator{}, fmt.Errorf("store: authenticate: %w", err)
	}
	if missing {
		hash = s.dummyHash
	}
	right, err := s.verifyPassword(ctx, hash, password)
	switch {
	case err != nil:
		return Operator{}, fmt.Errorf("store: authenticate: %w", err)
	case missing:
		return Operator{}, fmt.Errorf("%w: %w", ErrAuthentication, ErrNoOperator)
	case !right, operator.Issuer != "":
		return Operator{}, fmt.Errorf("%w: %w", ErrAuthentication, ErrWrongPassword)
	case operator.Disabled:
		return Operator{}, fmt.Errorf("%w: %w", ErrAuthentication, ErrDisabled)
	}
	if !s.opts.Hashing.made(hash) {
		if err := s.hashAnew(ctx, operator, hash, password); err != nil {
			s.log.WarnContext(ctx, "password not hashed at the present cost", "operator", operator.Name, "error", err)
		}
	}
	return operator, nil
}

// hashAnew replaces the hash of a password that costs something else than those
// that are made now. Else the time that a sign-in takes would tell its account
// from one that does not exist.
func (s *Store) hashAnew(ctx context.Context, operator Operator, former, password string) error {
	if err := s.hashing.Acquire(ctx, 1); err != nil {
		return err
	}
	hash := s.opts.Hashing.hash(password)
	s.hashed()
	_, err := s.exec(ctx, `UPDATE operators SET password = $3 WHERE id = $1 AND password = $2`, operator.id, former, hash)
	return err
}

// Proof names the operator as they are now, for [Store.Proven]. It is no secret and
// proves nothing to anybody who did not keep it safe themselves.
func (o Operator) Proof() string { return o.id + "." + strconv.FormatInt(o.epoch, 10) }

// Proven returns the operator whose Proof this is. When they were disabled or
// removed since, or anything ended their sessions, the error is ErrNoOperator.
func (s *Store) Proven(ctx context.Context, proof string) (Operator, error) {
	id, epoch, _ := strings.Cut(proof, ".")
	o, _, err := scanOperator(s.backend.reader().QueryRowContext(ctx, selectOperator+` WHERE id = $1 AND NOT disabled`, escapeText(id)))
	switch {
	case errors.Is(err, sql.ErrNoRows), err == nil && strconv.FormatInt(o.epoch, 10) != epoch:
		return Operator{}, ErrNoOperator
	case err != nil:
		return Operator{}, fmt.Errorf("store: operator: %w", err)
	}
	return o, nil
}

const selectOperator = `SELECT id, name, password, disabled, epoch, created, grants,
		EXISTS (SELECT 1 FROM factors f WHERE f.operator = operators.id AND f.confirmed > 0), issuer
	FROM operators`

// operator returns the operator of that name and their password's hash.
func (s *Store) operator(ctx context.Context, name string) (Operator, string, error) {
	_, key, err := operatorName(name)
	if err != nil {
		return Operator{}, "", ErrNoOperator
	}
	o, hash, err := scanOperator(s.backend.reader().QueryRowContext(ctx, selectOperator+` WHERE name_key = $1`, key))
	if errors.Is(err, sql.ErrNoRows) {
		return Operator{}, "", ErrNoOperator
	}
	return o, hash, err
}

func scanOperator(r row) (o Operator, hash string, err error) {
	var created int64
	err = r.Scan(&o.id, &o.Name, &hash, &o.Disabled, &o.epoch, &created, textOf(&o.Grants), &o.SecondFactor, &o.Issuer)
	o.Created = fromMicros(created)
	return o, hash, err
}

// operatorName returns a name as it is shown and as it is compared.
func operatorName(name string) (display, key string, err error) {
	if count := utf8.RuneCountInString(name); count < 1 || count > maxName {
		return "", "", &RuleError{"operator name", fmt.Sprintf("must have 1 to %d characters", maxName)}
	}
	display, displayErr := precis.UsernameCasePreserved.String(name)
	key, keyErr := precis.UsernameCaseMapped.String(name)
	if displayErr != nil || keyErr != nil {
		return "", "", &RuleError{"operator name", "must consist of letters, digits and ASCII punctuation, without spaces"}
	}
	return display, key, nil
}

// nameTaken explains why a name could not be inserted.
func (s *Store) nameTaken(what string, err error) error {
	if s.backend.fault(err) == faultDuplicate {
		return ErrDuplicate
	}
	return fmt.Errorf("store: %s: %w", what, err)
}
