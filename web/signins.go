package web

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/time/rate"
)

// Strangers may sign in so often in all, and so many at once: those from addresses
// from which their account never did. A password takes a core for a good while, and
// a flood from ever new addresses must not take it from kicks. It is no matter for
// operators who are where they usually are.
const (
	strangersEvery = time.Second
	strangersBurst = 20
)

// errManySignIns means that too many strangers try to sign in at this moment.
var errManySignIns = errors.New("too many try to sign in at this moment")

func newStrangers() *rate.Limiter { return rate.NewLimiter(rate.Every(strangersEvery), strangersBurst) }

// admitStranger counts an attempt to sign in. The error is errManySignIns or why it
// could not be found out whether there was ever one from that address that was right.
func (s *Server) admitStranger(ctx context.Context, name, address string) error {
	if s.strangers.AllowN(s.now(), 1) {
		return nil
	}
	known, err := s.store.SignedInFrom(ctx, name, address)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", errOperatorUnchecked, err)
	case !known:
		return errManySignIns
	}
	return nil
}
