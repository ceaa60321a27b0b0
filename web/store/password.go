package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

const (
	MinPassword = 8    // characters
	maxPassword = 1024 // bytes

	saltBytes = 16
	hashBytes = 32

	// memoryDelay is how long after the last hash its memory is given back.
	memoryDelay = time.Second

	// maxHashMemory and maxHashPasses bound what a stored hash may ask for.
	maxHashMemory = 1 << 20 // KiB
	maxHashPasses = 64
)

// Hashing is the cost of one password hash with argon2id (RFC 9106). The zero
// value of a field stands for its default: 64 MiB and 3 passes, as RFC 9106 §4
// recommends, in one lane, and as many at a time as half of the cores. Every lane
// is a core's work, and kicks need one too while strangers try out passwords.
type Hashing struct {
	Memory     uint32 // KiB
	Passes     uint32
	Lanes      uint8
	Concurrent int64 // how many hashes may be computed at once; others wait
}

func (h Hashing) withDefaults() Hashing {
	return Hashing{
		Memory:     cmp.Or(h.Memory, 64*1024),
		Passes:     cmp.Or(h.Passes, 3),
		Lanes:      cmp.Or(h.Lanes, 1),
		Concurrent: cmp.Or(h.Concurrent, max(1, int64(runtime.GOMAXPROCS(0))/2)),
	}
}

// hash returns the PHC string of a password.
func (h Hashing) hash(password string) string {
	salt := randomBytes(saltBytes)
	return h.format(salt, argon2.IDKey([]byte(password), salt, h.Passes, h.Memory, h.Lanes, hashBytes))
}

// dummy returns a PHC string that no password has, and that takes as long to
// verify as any other.
func (h Hashing) dummy() string {
	return h.format(randomBytes(saltBytes), randomBytes(hashBytes))
}

// cost is how the PHC strings of hashes of this cost begin.
func (h Hashing) cost() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, h.Memory, h.Passes, h.Lanes)
}

// made reports whether the PHC string is of a hash of this cost.
func (h Hashing) made(phc string) bool { return strings.HasPrefix(phc, h.cost()) }

func (h Hashing) format(salt, key []byte) string {
	return fmt.Sprintf("%s%s$%s", h.cost(),
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// verify tells whether the PHC string is that of the password.
func verify(phc, password string) (bool, error) {
	var h Hashing
	var version int
	var encoded string
	_, err := fmt.Sscanf(phc, "$argon2id$v=%d$m=%d,t=%d,p=%d$%s", &version, &h.Memory, &h.Passes, &h.Lanes, &encoded)
	if err != nil || version != argon2.Version {
		return false, errors.New("password hash is not argon2id of a known version")
	}
	if h.Memory > maxHashMemory || h.Passes == 0 || h.Passes > maxHashPasses || h.Lanes == 0 {
		return false, errors.New("password hash has unreasonable costs")
	}
	salt, want, err := decodeHash(encoded)
	if err != nil {
		return false, err
	}
	got := argon2.IDKey([]byte(password), salt, h.Passes, h.Memory, h.Lanes, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

// decodeHash splits "salt$hash".
func decodeHash(encoded string) (salt, hash []byte, err error) {
	for i := range len(encoded) {
		if encoded[i] != '$' {
			continue
		}
		salt, saltErr := base64.RawStdEncoding.DecodeString(encoded[:i])
		hash, hashErr := base64.RawStdEncoding.DecodeString(encoded[i+1:])
		if err := errors.Join(saltErr, hashErr); err != nil {
			return nil, nil, fmt.Errorf("password hash: %w", err)
		}
		if len(hash) < hashBytes {
			return nil, nil, errors.New("password hash is too short")
		}
		return salt, hash, nil
	}
	return nil, nil, errors.New("password hash has no salt")
}

func randomBytes(count int) []byte {
	raw := make([]byte, count)
	rand.Read(raw)
	return raw
}

// checkPassword returns a *RuleError for a password that must not be chosen.
func checkPassword(password string) error {
	switch {
	case utf8.RuneCountInString(password) < MinPassword:
		return &RuleError{"password", fmt.Sprintf("must have at least %d characters", MinPassword)}
	case len(password) > maxPassword:
		return &RuleError{"password", fmt.Sprintf("must have at most %d bytes", maxPassword)}
	}
	common, err := isCommonPassword(password)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if common {
		return &RuleError{"password", "must not be one of the common ones, which are guessed first: put a few unrelated words together"}
	}
	return nil
}

// hashPassword hashes a password that keeps the rules.
func (s *Store) hashPassword(ctx context.Context, password string) (string, error) {
	if err := checkPassword(password); err != nil {
		return "", err
	}
	if err := s.hashing.Acquire(ctx, 1); err != nil {
		return "", err
	}
	defer s.hashed()
	return s.opts.Hashing.hash(password), nil
}

// hashed ends what hashing.Acquire began.
func (s *Store) hashed() {
	s.hashing.Release(1)
	wake(s.hashedNow)
}

// keepMemory gives the memory of hashes back to the system when there was none for
// a while, until ctx ends. By itself the runtime keeps it for minutes.
func (s *Store) keepMemory(ctx context.Context) {
	quiet := time.NewTimer(memoryDelay)
	quiet.Stop()
	defer quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.hashedNow:
			quiet.Reset(memoryDelay)
		case <-quiet.C:
			debug.FreeOSMemory()
		}
	}
}

// verifyPassword compares a password with a hash, in the time of one hash. A
// password that is too long to be anybody's takes that time too.
func (s *Store) verifyPassword(ctx context.Context, phc, password string) (bool, error) {
	if err := s.hashing.Acquire(ctx, 1); err != nil {
		return false, err
	}
	defer s.hashed()
	tooLong := len(password) > maxPassword
	if tooLong {
		password = password[:maxPassword]
	}
	right, err := verify(phc, password)
	return right && !tooLong, err
}
