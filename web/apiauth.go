package web

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"

	"github.com/gofiber/fiber/v2"

	"muckick/web/store"
	"muckick/web/transport"
)

// bearer begins the Authorization header of an API token (RFC 6750 §2.1).
const bearer = "Bearer "

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

// apiAuth decides who may use the machine interface: whoever sends the one
// configured header, or a named token.
type apiAuth struct {
	header [sha256.Size]byte
	tokens tokens
}

func newAPIAuth(header string, t tokens) apiAuth {
	return apiAuth{header: sha256.Sum256([]byte(header)), tokens: t}
}

// actor returns who the header proves to be. The configured value is compared
// as one opaque text, as the reference does, and as a hash, so that the time it
// takes tells neither its content nor its length. The error is
// errUnauthorized or errTokenUnchecked.
func (a apiAuth) actor(ctx context.Context, header string) (store.Actor, error) {
	sum := sha256.Sum256([]byte(header))
	if subtle.ConstantTimeCompare(sum[:], a.header[:]) == 1 {
		return store.Actor{Kind: store.ByAPI}, nil
	}
	secret, isToken := strings.CutPrefix(header, bearer)
	if !isToken {
		return store.Actor{}, errUnauthorized
	}
	token, err := a.tokens.Token(ctx, secret)
	switch {
	case errors.Is(err, store.ErrNoToken):
		return store.Actor{}, errUnauthorized
	case err != nil:
		return store.Actor{}, fmt.Errorf("%w: %w", errTokenUnchecked, err)
	}
	return token.Actor(), nil
}
