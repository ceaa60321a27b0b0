package store

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"time"
)

// An id is 24 characters of lower-case base32hex: 7 bytes of microseconds
// since 1970, then 8 random bytes. So ids sort by time, and one index on the
// id answers "newest first" and time ranges.
const (
	idLength    = 24
	idTimeBytes = 7
)

var idEncoding = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// newID returns an id for something that happened at the given time.
func newID(at time.Time) string {
	raw := rawID(at)
	rand.Read(raw[idTimeBytes:])
	return idEncoding.EncodeToString(raw[:])
}

// firstID returns an id that is not above any id of that microsecond.
func firstID(at time.Time) string {
	raw := rawID(at)
	return idEncoding.EncodeToString(raw[:])
}

func rawID(at time.Time) [15]byte {
	var word [8]byte
	binary.BigEndian.PutUint64(word[:], uint64(max(at.UnixMicro(), 0)))
	var raw [15]byte
	copy(raw[:idTimeBytes], word[1:])
	return raw
}

// isID tells whether text has the form of an id.
func isID(text string) bool {
	if len(text) != idLength {
		return false
	}
	_, err := idEncoding.DecodeString(text)
	return err == nil
}

// newSecret returns 256 random bits as URL-safe text.
func newSecret() string {
	var raw [32]byte
	rand.Read(raw[:])
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

// micros returns a time as it is stored.
func micros(at time.Time) int64 { return at.UnixMicro() }

// fromMicros returns a stored time; zero is the zero time.
func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
