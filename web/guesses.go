package web

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"muckick/web/transport"
)

// maxGuessers is how many addresses are remembered for their guesses. Some of
// them are forgotten when there are more, so that no flood costs memory.
const maxGuessers = 10_000

// guesses slow down who tries out secrets, by address and without the store: a
// flood of them must not cost kicks their place there.
type guesses struct {
	every time.Duration // in which an address may try once more
	burst int           // how often it may at once
	now   func() time.Time

	mu sync.Mutex
	by map[string]*rate.Limiter
}

func newGuesses(every time.Duration, burst int, now func() time.Time) *guesses {
	return &guesses{every: every, burst: burst, now: now, by: make(map[string]*rate.Limiter)}
}

// spend counts an attempt of the address, and returns how long it should have
// waited: zero if it may go on.
func (g *guesses) spend(address string) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	limiter := g.limiter(guesser(address), now)
	if limiter.AllowN(now, 1) {
		return 0
	}
	return time.Duration((1 - limiter.TokensAt(now)) * float64(g.every))
}

// spent reports whether the address has no attempt left.
func (g *guesses) spent(address string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	limiter, known := g.by[guesser(address)]
	return known && limiter.TokensAt(g.now()) < 1
}

// limiter returns that of a guesser. The caller holds mu.
func (g *guesses) limiter(of string, now time.Time) *rate.Limiter {
	limiter, known := g.by[of]
	if known {
		return limiter
	}
	if len(g.by) >= maxGuessers {
		g.forget(now)
	}
	limiter = rate.NewLimiter(rate.Every(g.every), g.burst)
	g.by[of] = limiter
	return limiter
}

// forget makes room: first of those who might try as often as anybody, then of
// whomever. The caller holds mu.
func (g *guesses) forget(now time.Time) {
	for of, limiter := range g.by {
		if limiter.TokensAt(now) >= float64(g.burst) {
			delete(g.by, of)
		}
	}
	for of := range g.by {
		if len(g.by) < maxGuessers*9/10 {
			return
		}
		delete(g.by, of)
	}
}

// guesser is what an address counts as.
func guesser(address string) string {
	parsed, err := netip.ParseAddr(address)
	if err != nil || !parsed.Is6() {
		return address
	}
	return transport.Network(parsed).String()
}
