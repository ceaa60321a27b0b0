package web

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/web/transport"
)

// tokens finds API tokens by their secret.
type tokens interface {
	Token(ctx context.Context, secret string) (store.Token, error)
}

// authorization returns the Authorization header as it was sent, spaces at its
// end included: HTTP does not count them, and the reference does. It is empty
// without the header.
func authorization(c *fiber.Ctx) string {
	if c.Get(fiber.HeaderAuthorization) == "" {
		return ""
	}
	return transport.RawHeader(&c.Request().Header, fiber.HeaderAuthorization)
}

const (
	// guessEvery and guessBurst bound wrong Authorization headers by address.
	guessEvery = 100 * time.Millisecond
	guessBurst = 100

	// goodTokens is how many tokens that were right are remembered.
	goodTokens = 1000
)

// apiAuth decides who may use the machine interface: whoever sends the one
// configured header, or a named token.
type apiAuth struct {
	header [sha256.Size]byte
	tokens tokens
	wrong  *guesses

	mu   sync.Mutex
	good map[[sha256.Size]byte]struct{} // tokens that were right once
}

func newAPIAuth(header string, t tokens, now func() time.Time) *apiAuth {
	return &apiAuth{
		header: sha256.Sum256([]byte(header)), tokens: t,
		wrong: newGuesses(guessEvery, guessBurst, now), good: make(map[[sha256.Size]byte]struct{}),
	}
}

// principal returns who the header proves to be. The configured value is compared
// as one opaque text, as the reference does, and as a hash, so that the time it
// takes tells neither its content nor its length. The error is
// errUnauthorized, errTooManyGuesses or errTokenUnchecked. The right header, and
// a token that was right before, are never held up by who guesses from the same
// address.
func (a *apiAuth) principal(ctx context.Context, header, address string) (moderation.Principal, error) {
	if a.isHeader(header) {
		return moderation.HeaderPrincipal(), nil
	}
	secret, isToken := bearerToken(header)
	if !isToken || !a.mayAsk(secret, address) {
		return moderation.Principal{}, a.refuse(address)
	}
	token, err := a.tokens.Token(ctx, secret)
	switch {
	case errors.Is(err, store.ErrNoToken):
		return moderation.Principal{}, a.refuse(address)
	case err != nil:
		return moderation.Principal{}, fmt.Errorf("%w: %w", errTokenUnchecked, err)
	}
	a.remember(secret)
	return token.Principal(), nil
}

// isUnread reports whether the head of a request says already that no handler reads
// its body: it is too large, or comes to the machine interface from a stranger.
func (s *Server) isUnread(head transport.Head) bool {
	switch _, token := bearerToken(head.Authorization); {
	case head.Path != kickPath:
		return head.Length > maxPlanForm
	case head.Length > maxKickBody:
		return true
	case token:
		return false // the store knows
	case head.Authorization == "":
		return !head.Cookies // else it may be a page of the panel
	}
	return !s.api.isHeader(head.Authorization)
}

// isHeader reports whether a value is the configured one.
func (a *apiAuth) isHeader(value string) bool {
	sum := sha256.Sum256([]byte(value))
	return subtle.ConstantTimeCompare(sum[:], a.header[:]) == 1
}

// bearerToken returns what may be one of our tokens. The scheme has no case (RFC
// 9110 §11.1).
func bearerToken(header string) (secret string, ok bool) {
	scheme, secret, _ := strings.Cut(header, " ")
	secret = strings.TrimLeft(secret, " ")
	return secret, strings.EqualFold(scheme, "Bearer") && strings.HasPrefix(secret, store.TokenPrefix)
}

// mayAsk reports whether the store is asked for a token.
func (a *apiAuth) mayAsk(secret, address string) bool {
	if !a.wrong.spent(address) {
		return true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	_, good := a.good[sha256.Sum256([]byte(secret))]
	return good
}

func (a *apiAuth) remember(secret string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.good) >= goodTokens {
		clear(a.good)
	}
	a.good[sha256.Sum256([]byte(secret))] = struct{}{}
}

func (a *apiAuth) refuse(address string) error {
	if a.wrong.spend(address) > 0 {
		return errTooManyGuesses
	}
	return errUnauthorized
}
