package xmpp

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"time"

	"github.com/cenkalti/backoff/v5"
	melstream "mellium.im/xmpp/stream"

	"muckick/xmpp/wire"
)

const (
	// firstRetry is the average wait before the first new attempt.
	firstRetry = 250 * time.Millisecond

	// maxRetry keeps the time from a server's return to the next kick below 2 s,
	// logging in and entering the room included.
	maxRetry = 800 * time.Millisecond

	// maxRefusedRetry is for a server that is there and does not want us, such
	// as with a wrong password or certificate, or when somebody else took our resource.
	maxRefusedRetry = 25 * time.Second

	// stable is how long a stream has to last for the waits to start anew.
	stable = 10 * time.Second

	// tellAgain is when the log is told again of a failure that lasts.
	tellAgain = 10 * time.Minute
)

// An outage says how long to wait between attempts to connect, and tells the log
// of what changes.
type outage struct {
	now            func() time.Time
	logger         *slog.Logger
	retry, refused *backoff.ExponentialBackOff
	told           string // what the log was told last, in short
	toldAt         time.Time
}

func newOutage(now func() time.Time, logger *slog.Logger) *outage {
	return &outage{now: now, logger: logger, retry: newBackoff(maxRetry), refused: newBackoff(maxRefusedRetry)}
}

// next takes in how an attempt ended, and how long a session had lasted before,
// and returns the wait before the next one. Only a session makes the waits
// short again: a login that fails late was none.
func (o *outage) next(lasted time.Duration, err error) time.Duration {
	if lasted > stable {
		o.retry.Reset()
		o.refused.Reset()
	}
	policy := o.retry
	if wasRefused(err) {
		policy = o.refused
	}
	wait := policy.NextBackOff()
	o.tell(lasted, err, wait)
	return wait
}

// tell logs the failure, at a level that is not shown by default if the same was
// said shortly before.
func (o *outage) tell(lasted time.Duration, err error, wait time.Duration) {
	kind, advice := diagnose(err)
	level := slog.LevelWarn
	if lasted == 0 && kind == o.told && o.now().Sub(o.toldAt) < tellAgain {
		level = slog.LevelDebug
	} else {
		o.told, o.toldAt = kind, o.now()
	}
	attributes := []any{"error", err, "retry_in", wait.Round(time.Millisecond)}
	if advice != "" {
		attributes = append(attributes, "advice", advice)
	}
	o.logger.Log(context.Background(), level, "not connected to the chat server", attributes...)
}

// diagnose names the kind of a failure, and what an administrator can do about
// it.
func diagnose(err error) (kind, advice string) {
	var (
		login       *LoginError
		certificate *tls.CertificateVerificationError
	)
	switch {
	case errors.Is(err, ErrPlaintext):
		return "plaintext", "protect the connection, or use a loopback address"
	case errors.Is(err, wire.ErrNoLogin):
		return "no login", "the server may want TLS before, or know no mechanism that this program does"
	case errors.As(err, &login) && login.Temporary:
		return "unchecked", "the chat server's log says why it cannot check passwords"
	case errors.As(err, &login):
		return "login", "check the account and its password; a changed one is read at the next start"
	case errors.As(err, &certificate):
		return "certificate", "check the server's certificate, its date and names, and the authorities that are trusted"
	case wasRefused(err):
		return "refused", "another session may use the same account and resource, or the server limits it"
	}
	return "unreachable", ""
}

func newBackoff(most time.Duration) *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval = firstRetry, most
	b.RandomizationFactor = 0.3
	b.Reset()
	return b
}

// wasRefused reports whether the server answered that it does not want us, so
// that trying again soon would be of no use.
func wasRefused(err error) bool {
	for _, condition := range []melstream.Error{melstream.Conflict, melstream.PolicyViolation, melstream.NotAuthorized} {
		if errors.Is(err, condition) {
			return true
		}
	}
	var ended *wire.StreamError
	if errors.As(err, &ended) {
		switch ended.Condition {
		case "conflict", "policy-violation", "not-authorized":
			return true
		}
	}
	var login *LoginError
	return errors.As(err, &login) && !login.Temporary || errors.Is(err, ErrPlaintext) ||
		errors.As(err, new(*tls.CertificateVerificationError))
}
