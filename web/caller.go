package web

import (
	"github.com/gofiber/fiber/v2"

	"muckick/web/moderation"
	"muckick/web/store"
)

// A caller is who sent a request.
type caller struct {
	principal moderation.Principal
	signedIn  bool          // in the panel, by the session
	session   store.Session // zero for programs
}

// identify finds out who sent a request to the machine interface: a program by
// its Authorization header, or a page of the panel by its session. The error is
// why nobody is known to have sent it.
func (s *Server) identify(c *fiber.Ctx) (caller, error) {
	header := authorization(c)
	if header == "" && isPanel(c) {
		session, err := s.authenticate(c)
		if err != nil {
			return caller{}, err
		}
		return caller{principal: session.Operator.Principal(), signedIn: true, session: session}, nil
	}
	principal, err := s.api.principal(c.UserContext(), header, s.clientAddress(c))
	if err != nil {
		s.noteUnauthorized(c, err)
		return caller{}, err
	}
	return caller{principal: principal}, nil
}

// principalOf returns who is signed in, as requireOperator found them.
func principalOf(c *fiber.Ctx) moderation.Principal { return sessionOf(c).Operator.Principal() }

// require lets only those operators pass who have a capability in the room of the
// address, or anywhere if the address has no room.
func require(capability moderation.Capability) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if c.Params("address") == "" {
			if !principalOf(c).Grants.MaySomewhere(capability) {
				return &moderation.ForbiddenError{Capability: capability, Somewhere: true}
			}
			return c.Next()
		}
		room, err := roomOf(c)
		if err != nil {
			return err
		}
		if err := principalOf(c).Require(capability, room); err != nil {
			return err
		}
		return c.Next()
	}
}

// requireEverywhere lets only those operators pass who have a capability in all
// rooms there are.
func requireEverywhere(capability moderation.Capability) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if err := principalOf(c).RequireEverywhere(capability); err != nil {
			return err
		}
		return c.Next()
	}
}

// isPanel reports whether a browser's form sent the request: a program sends no
// session cookie.
func isPanel(c *fiber.Ctx) bool { return c.Cookies(sessionCookie(c)) != "" }
