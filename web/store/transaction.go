package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// conflictTries is how often a transaction runs that the database ends because of
// another one.
const conflictTries = 5

// inTx runs do in a write transaction, which it commits when do succeeds. It
// returns when that is durable. Where the database ends the transaction because of
// another, do runs again.
func (s *Store) inTx(ctx context.Context, do func(*sql.Tx) error) error {
	err := s.untilNoConflict(func() error { return s.tryTx(ctx, do) })
	if err != nil {
		return err
	}
	return s.flush(ctx)
}

func (s *Store) tryTx(ctx context.Context, do func(*sql.Tx) error) error {
	if err := s.backend.writable(); err != nil {
		return err
	}
	tx, err := s.backend.writer().BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		if undo := tx.Rollback(); undo != nil && !errors.Is(undo, sql.ErrTxDone) {
			return errors.Join(err, undo)
		}
		return err
	}
	return tx.Commit()
}

// exec runs one statement and tells how many rows it changed, when that is
// durable.
func (s *Store) exec(ctx context.Context, statement string, args ...any) (changed int64, err error) {
	err = s.untilNoConflict(func() error {
		if err := s.backend.writable(); err != nil {
			return err
		}
		result, err := s.backend.writer().ExecContext(ctx, statement, args...)
		if err != nil {
			return err
		}
		changed, err = result.RowsAffected()
		return err
	})
	if err != nil || changed == 0 {
		return changed, err
	}
	return changed, s.flush(ctx)
}

// untilNoConflict does what may be done again while the database says that it was
// undone because of another transaction.
func (s *Store) untilNoConflict(do func() error) (err error) {
	for range conflictTries {
		if err = do(); err == nil || s.backend.fault(err) != faultConflict {
			return err
		}
	}
	return err
}

// agreedTime returns the time that all replicas agree on.
func (s *Store) agreedTime(ctx context.Context, q querier) (time.Time, error) {
	if s.opts.agreeing {
		return s.backend.clock(ctx, q)
	}
	return s.now(), nil
}
