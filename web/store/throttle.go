package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// knownAddressTime is how long an address from which an account signed in is
// remembered.
const knownAddressTime = 90 * 24 * time.Hour

// LoginLimits bounds failed attempts to sign in. The zero value of a field
// stands for its default.
//
// Nobody can lock out somebody else: an account's failures count against the
// address that they came from. Only guessing from ever new addresses is slowed
// down account-wide, and an address from which the account signed in before
// is exempt from that.
type LoginLimits struct {
	Window     time.Duration // how long a failure counts; 15 minutes
	PerPair    int           // failures of an account from one address; 5
	PerAddress int           // failures from one address, of whatever account; 30
	PerAccount int           // failures of an account from anywhere, until it is slowed down; 50
	Pause      time.Duration // between attempts on such an account; 10 seconds
}

func (l LoginLimits) withDefaults() LoginLimits {
	return LoginLimits{
		Window:     cmp.Or(l.Window, 15*time.Minute),
		PerPair:    cmp.Or(l.PerPair, 5),
		PerAddress: cmp.Or(l.PerAddress, 30),
		PerAccount: cmp.Or(l.PerAccount, 50),
		Pause:      cmp.Or(l.Pause, 10*time.Second),
	}
}

// AdmitLogin decides whether an attempt to sign in may go on: at once when it
// returns zero, otherwise not before the time that it returns has passed. An
// admitted attempt counts as failed until LoginSucceeded is called, so that
// attempts at the same moment cannot slip through together. Call it before
// Authenticate. The address is the client's IP address; of an IPv6 address the
// first 64 bits count.
func (s *Store) AdmitLogin(ctx context.Context, name, address string) (wait time.Duration, err error) {
	account, address := loginKeys(name, address)
	// A flood of attempts that have to wait costs no write, which kicks would
	// wait for.
	now, err := s.agreedTime(ctx, s.backend.reader())
	if err == nil {
		wait, err = s.loginWait(ctx, s.backend.reader(), account, address, now)
	}
	if err != nil {
		return 0, fmt.Errorf("store: admit login: %w", err)
	}
	if wait > 0 {
		return wait, nil
	}
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		if err := s.backend.serialise(ctx, tx, lockLogins); err != nil {
			return err
		}
		now, err := s.agreedTime(ctx, tx)
		if err != nil {
			return err
		}
		if wait, err = s.loginWait(ctx, tx, account, address, now); err != nil || wait > 0 {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO login_failures (id, account, address, at) VALUES ($1, $2, $3, $4)`,
			newID(now), account, address, micros(now))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("store: admit login: %w", err)
	}
	return wait, nil
}

// LoginSucceeded forgets the account's failures from that address, and
// remembers the address as one of the account's.
func (s *Store) LoginSucceeded(ctx context.Context, name, address string) error {
	account, address := loginKeys(name, address)
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM login_failures WHERE account = $1 AND address = $2`, account, address)
		if err != nil {
			return err
		}
		now, err := s.agreedTime(ctx, tx)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO login_addresses (account, address, at) VALUES ($1, $2, $3)
			ON CONFLICT (account, address) DO UPDATE SET at = excluded.at`, account, address, micros(now))
		return err
	})
	if err != nil {
		return fmt.Errorf("store: login succeeded: %w", err)
	}
	return nil
}

// querier is a transaction, or a pool for what needs none.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// loginWait returns how long an attempt must wait by all limits.
func (s *Store) loginWait(ctx context.Context, q querier, account, address string, now time.Time) (time.Duration, error) {
	limits := s.opts.Logins
	pair, err := s.untilFewer(ctx, q, limits.PerPair, now, `account = $1 AND address = $2`, account, address)
	if err != nil {
		return 0, err
	}
	all, err := s.untilFewer(ctx, q, limits.PerAddress, now, `address = $1`, address)
	if err != nil {
		return 0, err
	}
	pause, err := s.accountPause(ctx, q, account, address, now)
	if err != nil {
		return 0, err
	}
	return max(pair, all, pause), nil
}

// untilFewer returns how long it takes until fewer than limit failures that
// the condition selects are in the window.
func (s *Store) untilFewer(ctx context.Context, q querier, limit int, now time.Time, condition string, args ...any) (time.Duration, error) {
	at, err := nthFailure(ctx, q, limit, condition, args...)
	return max(at.Add(s.opts.Logins.Window).Sub(now), 0), err
}

// accountPause returns how long an account that is guessed from many addresses
// must rest.
func (s *Store) accountPause(ctx context.Context, q querier, account, address string, now time.Time) (time.Duration, error) {
	limits := s.opts.Logins
	over, err := s.untilFewer(ctx, q, limits.PerAccount, now, `account = $1`, account)
	if err != nil || over == 0 {
		return 0, err
	}
	if known, err := signedInFrom(ctx, q, account, address, now); err != nil || known {
		return 0, err
	}
	last, err := nthFailure(ctx, q, 1, `account = $1`, account)
	return max(last.Add(limits.Pause).Sub(now), 0), err
}

// SignedInFrom tells whether somebody signed in to the account from that address
// within the last 90 days. Of an IPv6 address the first 64 bits count.
func (s *Store) SignedInFrom(ctx context.Context, name, address string) (bool, error) {
	account, address := loginKeys(name, address)
	known, err := signedInFrom(ctx, s.backend.reader(), account, address, s.now())
	if err != nil {
		return false, fmt.Errorf("store: signed in from: %w", err)
	}
	return known, nil
}

func signedInFrom(ctx context.Context, q querier, account, address string, now time.Time) (bool, error) {
	var known int
	err := q.QueryRowContext(ctx, `SELECT COUNT(*) FROM login_addresses WHERE account = $1 AND address = $2 AND at > $3`,
		account, address, micros(now.Add(-knownAddressTime))).Scan(&known)
	return known > 0, err
}

// nthFailure returns when the nth-last failure happened, or the zero time.
func nthFailure(ctx context.Context, q querier, n int, condition string, args ...any) (time.Time, error) {
	query := fmt.Sprintf(`SELECT at FROM login_failures WHERE %s ORDER BY at DESC LIMIT 1 OFFSET %d`, condition, n-1)
	var at int64
	err := q.QueryRowContext(ctx, query, args...).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	return fromMicros(at), err
}

func (s *Store) purgeLogins(ctx context.Context) error {
	before := func(keep time.Duration) func(time.Time) []any {
		return func(now time.Time) []any { return []any{micros(now.Add(-keep))} }
	}
	_, failures := s.purge(ctx, `DELETE FROM login_failures WHERE at <= $1`, before(s.opts.Logins.Window))
	_, addresses := s.purge(ctx, `DELETE FROM login_addresses WHERE at <= $1`, before(knownAddressTime))
	if err := errors.Join(failures, addresses); err != nil {
		return fmt.Errorf("store: purge logins: %w", err)
	}
	return nil
}

// loginKeys returns what an account and an address are counted under. A name
// that cannot be anybody's counts as well, by its beginning.
func loginKeys(name, address string) (account, network string) {
	if _, key, err := operatorName(name); err == nil {
		account = key
	} else {
		account = clip(strings.ToLower(name), maxName)
	}
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return account, clip(address, maxAddress)
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is6() {
		if prefix, err := ip.Prefix(64); err == nil {
			return account, prefix.String()
		}
	}
	return account, ip.String()
}
