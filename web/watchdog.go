package web

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/singleflight"

	"muckick/web/moderation"
	"muckick/web/store"
)

// errEnded ends a stream whose operator is not signed in any more or may do
// something else than before, or of whom that is not known.
var errEnded = errors.New("the session has ended")

// sessionAnswer is how long the store may take to say whether a session lasts.
const sessionAnswer = time.Second

// whileSignedIn returns a context that ends within two seconds of the session's
// end or of a change of what its operator may do, on whatever replica that was,
// and also when the store cannot say; then cut is called too. Call stop when it is not needed any more: it waits for what
// runs.
func (s *Server) whileSignedIn(ctx context.Context, secret string, grants moderation.Grants, cut func(error)) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(s.sessionCheck)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			session, err := s.asked.session(ctx, secret, s.store.Session)
			if (err != nil || !session.Operator.Grants.Equal(grants)) && ctx.Err() == nil {
				cancel(errEnded)
				cut(errEnded)
			}
		}
	}()
	return ctx, func() {
		cancel(nil)
		<-ended
	}
}

// sessionsAsked lets those who ask for the same session at the same time share an
// answer: somebody with hundreds of pages open costs the store no more than with
// one.
type sessionsAsked struct{ flight singleflight.Group }

// session asks for the session of a secret. Whoever else waits for the answer asks
// anew if ctx ends first.
func (a *sessionsAsked) session(ctx context.Context, secret string,
	ask func(ctx context.Context, secret string) (store.Session, error),
) (store.Session, error) {
	for {
		answer, err, _ := a.flight.Do(secret, func() (any, error) {
			ctx, cancel := context.WithTimeout(ctx, sessionAnswer)
			defer cancel()
			return ask(ctx, secret)
		})
		if errors.Is(err, context.Canceled) && ctx.Err() == nil {
			continue // it was the end of another
		}
		session, _ := answer.(store.Session)
		return session, err
	}
}
