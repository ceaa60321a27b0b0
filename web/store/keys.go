package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// CookieKeys seal the cookies of the panel. All replicas have the same.
type CookieKeys struct {
	Hash  []byte // 64 bytes, for HMAC-SHA-256
	Block []byte // 32 bytes, for AES-256
}

// CookieKeys returns the keys, which are made on the first call ever. Of
// replicas that call it at once, one makes them.
func (s *Store) CookieKeys(ctx context.Context) (CookieKeys, error) {
	hash, err := s.key(ctx, "cookie-hash", 64)
	if err != nil {
		return CookieKeys{}, err
	}
	block, err := s.key(ctx, "cookie-block", 32)
	if err != nil {
		return CookieKeys{}, err
	}
	return CookieKeys{Hash: hash, Block: block}, nil
}

// key returns the key of that name, and makes it from random bytes when there
// is none. It is read before it is written, so a database that is read-only
// serves what it has.
func (s *Store) key(ctx context.Context, name string, size int) ([]byte, error) {
	key, err := readKey(ctx, s.backend.reader(), name, size)
	if !errors.Is(err, sql.ErrNoRows) {
		return key, err
	}
	_, err = s.exec(ctx, `INSERT INTO keys (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`,
		name, randomBytes(size))
	if err != nil && s.backend.fault(err) == faultReadOnly {
		return nil, fmt.Errorf("%w (key %s: %w)", ErrNeverServed, name, err)
	}
	if err != nil {
		return nil, fmt.Errorf("store: make key %s: %w", name, err)
	}
	return readKey(ctx, s.backend.writer(), name, size)
}

func readKey(ctx context.Context, q querier, name string, size int) ([]byte, error) {
	var key []byte
	err := q.QueryRowContext(ctx, `SELECT value FROM keys WHERE name = $1`, name).Scan(&key)
	if err != nil {
		return nil, fmt.Errorf("store: key %s: %w", name, err)
	}
	if len(key) != size {
		return nil, fmt.Errorf("store: key %s has %d bytes, not %d", name, len(key), size)
	}
	return key, nil
}
