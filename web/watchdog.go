package web

import (
	"context"
	"errors"
	"time"

	"muckick/web/moderation"
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
			asking, cancelAsking := context.WithTimeout(ctx, sessionAnswer)
			session, err := s.store.Session(asking, secret)
			cancelAsking()
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
