package oidc

import (
	"errors"
	"net/http"
	"net/url"

	"golang.org/x/oauth2"
)

// ErrAway says that the provider cannot be reached, or does not answer as one.
var ErrAway = errors.New("oidc: the provider cannot be reached")

// A RefusedError says why nobody signs in by an answer. Its text is for who runs
// muckick.
type RefusedError struct {
	Problem string // such as "the state is another"

	// Denied says that the person or the provider said no, and nothing is wrong.
	Denied bool
}

func (e *RefusedError) Error() string { return e.Problem }

// An awayError is ErrAway with its cause.
type awayError struct{ err error }

func (e *awayError) Error() string   { return ErrAway.Error() + ": " + e.err.Error() }
func (e *awayError) Unwrap() []error { return []error{ErrAway, e.err} }

func away(err error) error { return &awayError{err} }

// exchangeError says why the token endpoint gave nothing for a code (RFC 6749
// §5.2).
func exchangeError(err error) error {
	var answer *oauth2.RetrieveError
	if errors.As(err, &answer) && answer.ErrorCode != "" && answer.Response.StatusCode < http.StatusInternalServerError {
		return &RefusedError{Problem: "the provider does not take the code: " + answer.ErrorCode}
	}
	if unreached := new(url.Error); errors.As(err, &unreached) || answer != nil {
		return away(err)
	}
	return &RefusedError{Problem: "the answer with the token cannot be used: " + err.Error()}
}
