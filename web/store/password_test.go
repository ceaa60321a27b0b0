package store

import (
	"context"
	"errors"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"muckick/web/moderation"
)

var light = Hashing{Memory: 64, Passes: 1, Lanes: 1, Concurrent: 1}

func TestHashIsPHC(t *testing.T) {
	hash := light.hash("good night Romeo")
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Errorf("hash %q", hash)
	}
	if other := light.hash("good night Romeo"); other == hash {
		t.Error("two hashes of one password are equal: no salt")
	}
	if right, err := verify(hash, "good night Romeo"); !right || err != nil {
		t.Errorf("verify: %t, %v", right, err)
	}
	if right, err := verify(hash, "good night Juliet"); right || err != nil {
		t.Errorf("verify of another password: %t, %v", right, err)
	}
	if right, err := verify(light.dummy(), ""); right || err != nil {
		t.Errorf("verify of a dummy: %t, %v", right, err)
	}
}

// TestVerifyKnownHash holds the format, so that stored hashes stay valid. The
// hash is one of those that the reference implementation is tested with.
func TestVerifyKnownHash(t *testing.T) {
	const known = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if right, err := verify(known, "password"); !right || err != nil {
		t.Errorf("verify: %t, %v", right, err)
	}
}

func TestVerifyRefusesWhatIsNoHash(t *testing.T) {
	good := light.hash("good night Romeo")
	for _, hash := range []string{
		"", "plain", "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AAAA",
		strings.Replace(good, "v=19", "v=16", 1),
		strings.Replace(good, "m=64", "m=4000000000", 1),
		strings.Replace(good, "m=64", "m=-1", 1),
		strings.Replace(good, "t=1", "t=0", 1),
		strings.Replace(good, "t=1", "t=1000000", 1),
		strings.Replace(good, "p=1", "p=0", 1),
		strings.Replace(good, "p=1$", "p=1$!", 1),
		good[:len(good)-20],
		good[:strings.LastIndex(good, "$")],
		good + "!",
	} {
		if right, err := verify(hash, "good night Romeo"); right || err == nil {
			t.Errorf("%q: %t, %v, want an error", hash, right, err)
		}
	}
}

func TestHashingIsBounded(t *testing.T) {
	s, err := Open(t.Context(), Options{URL: "sqlite::memory:", Hashing: light})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.hashing.Acquire(t.Context(), light.Concurrent); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	results := make(chan error)
	go func() {
		_, err := s.Authenticate(ctx, "nobody", "good night Romeo")
		results <- err
	}()
	go func() {
		_, err := s.AddOperator(ctx, "nurse", "good night Romeo", moderation.Everything())
		results <- err
	}()
	cancel()
	for range 2 {
		if err := <-results; !errors.Is(err, context.Canceled) || errors.Is(err, ErrAuthentication) {
			t.Errorf("while all are busy: %v, want the context's error", err)
		}
	}
}

// The memory of a sign-in goes back to the system.
func TestHashMemoryIsGivenBack(t *testing.T) {
	s, err := Open(t.Context(), Options{URL: "sqlite::memory:", Hashing: Hashing{Memory: 64 << 10, Passes: 1}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	debug.FreeOSMemory()
	before := heldMemory()
	if _, err := s.hashPassword(t.Context(), "good night Romeo"); err != nil {
		t.Fatal(err)
	}
	if taken := heldMemory() - before; taken < 32<<20 {
		t.Fatalf("a hash took %d bytes, want 64 MiB or so", taken)
	}
	deadline := time.After(30 * time.Second) // the runtime by itself takes minutes
	for heldMemory() > before+16<<20 {
		select {
		case <-deadline:
			t.Fatalf("%d bytes more than before are held", heldMemory()-before)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// heldMemory is what the heap has of the system's memory.
func heldMemory() int64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapSys - stats.HeapReleased)
}
