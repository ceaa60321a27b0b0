package web

import (
	"context"
	"errors"
	"fmt"
)

// strangersSigningIn is how many may sign in at once from addresses from which
// their account never did. Others come later: a flood from ever new addresses
// costs no write, for which kicks would wait, and does not hold up operators where
// they usually are.
const strangersSigningIn = 8

// errManySignIns means that too many strangers try to sign in at this moment.
var errManySignIns = errors.New("too many try to sign in at this moment")

// signInPlaces are those of strangers who are signing in.
type signInPlaces chan struct{}

func newSignInPlaces() signInPlaces { return make(signInPlaces, strangersSigningIn) }

// enter takes a place for an attempt to sign in, until leave is called. Who is
// known needs none. The error is errManySignIns or why that could not be found out.
func (p signInPlaces) enter(ctx context.Context, known func(context.Context) (bool, error)) (leave func(), err error) {
	select {
	case p <- struct{}{}:
		return func() { <-p }, nil
	default:
	}
	is, err := known(ctx)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", errOperatorUnchecked, err)
	case !is:
		return nil, errManySignIns
	}
	return func() {}, nil
}
