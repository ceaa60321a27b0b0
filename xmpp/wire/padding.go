package wire

import (
	"bytes"
	"time"
)

// A tag can reach the server in pieces. Expat holds its rest back since 2.6, and
// Prosody 13 with it, until as many bytes have come as the first pieces had: then
// the last stanza before a silence is not read. So as much whitespace follows as
// a tag can have been long (RFC 6120 §4.6.1).
const (
	// padAfter is how long the writer is idle before the whitespace.
	padAfter = 200 * time.Millisecond

	// maxTag is more than any tag of ours has: addresses and a nick of their
	// greatest length, escaped.
	maxTag = 16 << 10
)

// padding returns the whitespace for what was written since the last one.
func (w *writer) padding() []byte {
	spaces := bytes.Repeat([]byte{' '}, min(w.longest, maxTag))
	w.longest = 0
	return spaces
}
