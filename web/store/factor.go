package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

const (
	// factorStep is how long a code of a second factor is the current one. Those
	// of the steps before and after count too, since clocks differ (RFC 6238 §5.2).
	factorStep = 30 * time.Second

	// factorSecretBytes is the length of a secret (RFC 4226 §4 recommends it).
	factorSecretBytes = 20

	// factorSetup is how long a second factor may wait to be confirmed.
	factorSetup = time.Hour

	// recoveryCodes is how many recovery codes there are, and recoveryLength how
	// many characters of five bits each has.
	recoveryCodes  = 10
	recoveryLength = 16
)

// FactorDigits is how many digits the code of a second factor has.
const FactorDigits = 6

// What can be wrong with second factors.
var (
	// ErrNoFactor says that the operator has no second factor, or none that waits
	// to be confirmed.
	ErrNoFactor = errors.New("store: no second factor")

	// ErrFactorExists says that the operator has a second factor already.
	ErrFactorExists = errors.New("store: there is a second factor already")

	// ErrWrongCode says that a code is not the current one of the second factor,
	// or was used before.
	ErrWrongCode = errors.New("store: wrong code")
)

// A Factor is what an operator is told of their second factor.
type Factor struct {
	Confirmed time.Time // zero while there is none
	Recovery  int       // recovery codes that were not used
}

// Factor returns what is known of an operator's second factor.
func (s *Store) Factor(ctx context.Context, operator Operator) (Factor, error) {
	var confirmed int64
	var f Factor
	err := s.backend.reader().QueryRowContext(ctx, `SELECT f.confirmed,
			(SELECT COUNT(*) FROM recovery_codes r WHERE r.operator = f.operator AND r.used = 0)
		FROM factors f WHERE f.operator = $1 AND f.confirmed > 0`, operator.id).Scan(&confirmed, &f.Recovery)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Factor{}, fmt.Errorf("store: second factor: %w", err)
	}
	f.Confirmed = fromMicros(confirmed)
	return f, nil
}

// BeginFactor makes the secret of a second factor for the operator of the
// session. It counts for nothing until ConfirmFactor. An earlier one that was not
// confirmed is forgotten; with one that was, the error is ErrFactorExists.
func (s *Store) BeginFactor(ctx context.Context, session Session) error {
	secret := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(randomBytes(factorSecretBytes))
	begun, err := s.exec(ctx, `INSERT INTO factors (operator, secret, session, created, confirmed, step) VALUES ($1, $2, $3, $4, 0, 0)
		ON CONFLICT (operator) DO UPDATE SET secret = excluded.secret, session = excluded.session, created = excluded.created
		WHERE factors.confirmed = 0`, session.Operator.id, secret, session.ID, micros(s.now()))
	if err != nil {
		return fmt.Errorf("store: begin second factor: %w", err)
	}
	if begun == 0 {
		return ErrFactorExists
	}
	return nil
}

// FactorSecret returns the secret, in base32, that BeginFactor made in this
// session, while it waits to be confirmed; otherwise ErrNoFactor.
func (s *Store) FactorSecret(ctx context.Context, session Session) (string, error) {
	secret, err := s.factorSecret(ctx, s.backend.reader(), session)
	if err != nil && !errors.Is(err, ErrNoFactor) {
		err = fmt.Errorf("store: second factor: %w", err)
	}
	return secret, err
}

func (s *Store) factorSecret(ctx context.Context, q querier, session Session) (secret string, err error) {
	err = q.QueryRowContext(ctx, `SELECT secret FROM factors WHERE operator = $1 AND session = $2 AND confirmed = 0 AND created > $3`,
		session.Operator.id, session.ID, micros(s.now().Add(-factorSetup))).Scan(&secret)
	if errors.Is(err, sql.ErrNoRows) {
		return "", ErrNoFactor
	}
	return secret, err
}

// ConfirmFactor lets the second factor that BeginFactor made in this session
// count, when the code shows that the operator has it. All their sessions end. It
// returns the operator as they are then, and their recovery codes, which cannot
// be had again. The error may be ErrWrongCode or ErrNoFactor.
func (s *Store) ConfirmFactor(ctx context.Context, session Session, code string) (_ Operator, recovery []string, err error) {
	operator := session.Operator
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		secret, err := s.factorSecret(ctx, tx, session)
		if err != nil {
			return err
		}
		step, ok := s.factorStep(secret, plainCode(code))
		if !ok {
			return ErrWrongCode
		}
		if err := s.newEpoch(ctx, tx, operator); err != nil {
			return err
		}
		if err := changesOne(tx.ExecContext(ctx, `UPDATE factors SET confirmed = $2, step = $3 WHERE operator = $1 AND confirmed = 0 AND secret = $4`,
			operator.id, micros(s.now()), step, secret)); err != nil {
			return err
		}
		if recovery, err = renewRecovery(ctx, tx, operator); err != nil {
			return err
		}
		return s.note(ctx, tx, s.origin(ctx, operator.Actor()), Event{Kind: FactorAdded, Subject: operator.Name, SubjectID: operator.id})
	})
	if err != nil {
		return Operator{}, nil, factorError("confirm second factor", err)
	}
	operator.epoch++
	operator.SecondFactor = true
	return operator, recovery, nil
}

// CheckFactor returns nil when a code is the current one of the operator's second
// factor and was not used before, or is a recovery code that was not used before.
// It cannot be used again then. Otherwise the error is ErrWrongCode.
func (s *Store) CheckFactor(ctx context.Context, operator Operator, code string) error {
	code = plainCode(code)
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		if len(code) == FactorDigits {
			return s.useStep(ctx, tx, operator, code)
		}
		return s.useRecovery(ctx, tx, operator, code)
	})
	return factorError("check second factor", err)
}

func (s *Store) useStep(ctx context.Context, tx *sql.Tx, operator Operator, code string) error {
	var secret string
	err := tx.QueryRowContext(ctx, `SELECT secret FROM factors WHERE operator = $1 AND confirmed > 0`, operator.id).Scan(&secret)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return ErrWrongCode
	case err != nil:
		return err
	}
	step, ok := s.factorStep(secret, code)
	if !ok {
		return ErrWrongCode
	}
	return changesOne(tx.ExecContext(ctx, `UPDATE factors SET step = $2 WHERE operator = $1 AND confirmed > 0 AND secret = $3 AND step < $2`,
		operator.id, step, secret))
}

func (s *Store) useRecovery(ctx context.Context, tx *sql.Tx, operator Operator, code string) error {
	hash := sha256.Sum256([]byte(code))
	err := changesOne(tx.ExecContext(ctx, `UPDATE recovery_codes SET used = $3 WHERE operator = $1 AND hash = $2 AND used = 0
		AND EXISTS (SELECT 1 FROM factors WHERE operator = $1 AND confirmed > 0)`, operator.id, hash[:], micros(s.now())))
	if err != nil {
		return err
	}
	var left int
	err = tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM recovery_codes WHERE operator = $1 AND used = 0`, operator.id).Scan(&left)
	if err != nil {
		return err
	}
	return s.note(ctx, tx, s.origin(ctx, operator.Actor()), Event{
		Kind: RecoveryCodeUsed, Subject: operator.Name, SubjectID: operator.id, Detail: fmt.Sprintf("left: %d", left),
	})
}

// RenewRecovery gives the operator new recovery codes, which cannot be had again,
// in place of all that there were. All their sessions end. It returns the operator
// as they are then. Without a second factor the error is ErrNoFactor.
func (s *Store) RenewRecovery(ctx context.Context, operator Operator) (_ Operator, recovery []string, err error) {
	err = s.changeFactor(ctx, operator, RecoveryCodesRenewed, func(tx *sql.Tx) error {
		recovery, err = renewRecovery(ctx, tx, operator)
		return err
	})
	if err != nil {
		return Operator{}, nil, err
	}
	operator.epoch++
	return operator, recovery, nil
}

// RemoveFactor removes the operator's second factor, and ends all their sessions.
// It returns the operator as they are then. Without one the error is ErrNoFactor.
func (s *Store) RemoveFactor(ctx context.Context, operator Operator) (Operator, error) {
	err := s.changeFactor(ctx, operator, FactorRemoved, func(tx *sql.Tx) error { return deleteFactor(ctx, tx, operator) })
	if err != nil {
		return Operator{}, err
	}
	operator.epoch++
	operator.SecondFactor = false
	return operator, nil
}

// changeFactor runs a change of an operator's second factor.
func (s *Store) changeFactor(ctx context.Context, operator Operator, kind EventKind, do func(*sql.Tx) error) error {
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		if err := s.newEpoch(ctx, tx, operator); err != nil {
			return err
		}
		var there int
		err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM factors WHERE operator = $1 AND confirmed > 0`, operator.id).Scan(&there)
		switch {
		case err != nil:
			return err
		case there == 0:
			return ErrNoFactor
		}
		if err := do(tx); err != nil {
			return err
		}
		return s.note(ctx, tx, s.origin(ctx, operator.Actor()), Event{Kind: kind, Subject: operator.Name, SubjectID: operator.id})
	})
	return factorError(string(kind), err)
}

// ResetFactor removes the second factor of an operator who lost it, and ends all
// their sessions. The error may be ErrNoOperator or ErrNoFactor.
func (s *Store) ResetFactor(ctx context.Context, name string) error {
	_, key, err := operatorName(name)
	if err != nil {
		return ErrNoOperator
	}
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := s.lockOperators(ctx, tx); err != nil {
			return err
		}
		operator, err := operatorByKey(ctx, tx, key)
		switch {
		case err != nil:
			return err
		case !operator.SecondFactor:
			return ErrNoFactor
		}
		if err := s.endEpoch(ctx, tx, operator); err != nil {
			return err
		}
		if err := deleteFactor(ctx, tx, operator); err != nil {
			return err
		}
		return s.note(ctx, tx, s.origin(ctx, Actor{}), Event{Kind: FactorReset, Subject: operator.Name, SubjectID: operator.id})
	})
	return factorError(string(FactorReset), err)
}

// newEpoch ends the sessions of an operator as they were when they proved who
// they are. When they were disabled, removed or changed since, the error is
// ErrNoOperator.
func (s *Store) newEpoch(ctx context.Context, tx *sql.Tx, operator Operator) error {
	result, err := tx.ExecContext(ctx, `UPDATE operators SET epoch = epoch + 1 WHERE id = $1 AND epoch = $2 AND NOT disabled`,
		operator.id, operator.epoch)
	if err != nil {
		return err
	}
	changed, err := result.RowsAffected()
	switch {
	case err != nil:
		return err
	case changed == 0:
		return ErrNoOperator
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM sessions WHERE operator = $1`, operator.id)
	return err
}

// endEpoch ends the sessions of an operator, whoever they are now.
func (s *Store) endEpoch(ctx context.Context, tx *sql.Tx, operator Operator) error {
	if _, err := tx.ExecContext(ctx, `UPDATE operators SET epoch = epoch + 1 WHERE id = $1`, operator.id); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE operator = $1`, operator.id)
	return err
}

// deleteFactor forgets a second factor and its recovery codes.
func deleteFactor(ctx context.Context, tx *sql.Tx, operator Operator) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM recovery_codes WHERE operator = $1`, operator.id); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM factors WHERE operator = $1`, operator.id)
	return err
}

// renewRecovery replaces an operator's recovery codes.
func renewRecovery(ctx context.Context, tx *sql.Tx, operator Operator) (codes []string, err error) {
	if _, err := tx.ExecContext(ctx, `DELETE FROM recovery_codes WHERE operator = $1`, operator.id); err != nil {
		return nil, err
	}
	for range recoveryCodes {
		code := strings.ToLower(rand.Text()[:recoveryLength])
		hash := sha256.Sum256([]byte(code))
		if _, err := tx.ExecContext(ctx, `INSERT INTO recovery_codes (operator, hash, used) VALUES ($1, $2, 0)`, operator.id, hash[:]); err != nil {
			return nil, err
		}
		codes = append(codes, code[:4]+"-"+code[4:8]+"-"+code[8:12]+"-"+code[12:])
	}
	return codes, nil
}

// factorStep returns the time step that a code belongs to, if it is one of those
// that count now.
func (s *Store) factorStep(secret, code string) (step int64, ok bool) {
	now := s.now().Unix() / int64(factorStep.Seconds())
	for _, candidate := range []int64{now - 1, now, now + 1} {
		want, err := hotp.GenerateCodeCustom(secret, uint64(candidate), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step, ok = candidate, true
		}
	}
	return step, ok
}

// plainCode is a code without what people put in to read it.
func plainCode(code string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "").Replace(clip(code, 100)))
}

// changesOne is ErrWrongCode unless a statement changed something.
func changesOne(result sql.Result, err error) error {
	if err != nil {
		return err
	}
	changed, err := result.RowsAffected()
	if err == nil && changed == 0 {
		err = ErrWrongCode
	}
	return err
}

// factorError says what could not be done, unless err is an answer that the
// caller words.
func factorError(what string, err error) error {
	for _, answer := range []error{nil, ErrNoFactor, ErrWrongCode, ErrNoOperator} {
		if errors.Is(err, answer) {
			return err
		}
	}
	return fmt.Errorf("store: %s: %w", what, err)
}
