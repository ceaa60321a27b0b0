package web

// # Sessions and forms: the specification
//
// Signing in gives a browser a cookie that holds nothing but the session's
// secret, encrypted and signed by securecookie with keys from the store. The
// row in the store decides everything: whom the session belongs to, whether it
// has expired (12 hours unused, 7 days at most), whether it was revoked. It is
// asked at every request, so signing out, a new password, and disabling or
// removing the operator end a session at once, in every replica, whatever
// cookies were stolen. A page that is open listens to events, and its stream
// asks again every second; that counts as use, so a session becomes idle only when
// its last page was closed. A cookie that was changed in any byte does not
// open, and its bearer is a visitor like any other.
//
// The cookie is HttpOnly, SameSite=Lax, for the path / and without a domain. On
// HTTPS it is also Secure and its name begins with __Host-, so no other host
// can set it.
//
// Whatever changes state needs more than the cookie, which browsers send along
// for other sites too:
//
//   - the request must come from a page of this origin, by Sec-Fetch-Site or,
//     in old browsers, by Origin;
//   - it must carry the session's CSRF token in the field csrf (csrf.go). The
//     token is a secret of its own, known to this origin's pages alone.
//
// Signing in has no session yet, so there the first condition stands alone.
//
// Where an operator has a second factor, the right password gives no session but
// another sealed cookie, good for five minutes and until anything ends the
// operator's sessions, which opens the page that asks for the code (logincode.go).
// A code is good once. Until it was right, the attempt counts as failed.
//
// Signing in at an OpenID Connect provider begins at a page of ours, which gives
// the browser a sealed cookie with the state, the nonce and the verifier of PKCE,
// good for fifteen minutes (signon.go). The provider sends the browser back with an
// answer, which counts in the browser that has the cookie, and once: so nobody is
// signed in as somebody else by a link. Such a session ends at a fixed time, and
// then the provider is asked again.
//
// API callers have no cookie. An Authorization header is never combined with
// one: a request that has the header is a program's, and its cookies do not
// count.

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/securecookie"

	"muckick/web/store"
	"muckick/web/transport"
)

// cookies seal what browsers keep for us.
type cookies struct{ codec *securecookie.SecureCookie }

func newCookies(keys store.CookieKeys) *cookies {
	codec := securecookie.New(keys.Hash, keys.Block)
	codec.MaxAge(0) // the store decides when a session ends
	return &cookies{codec: codec}
}

// cookieName returns the name of a cookie of ours. See the specification above
// for the prefix.
func cookieName(c *fiber.Ctx, name string) string {
	if isHTTPS(c) {
		return "__Host-" + name
	}
	return name
}

func sessionCookie(c *fiber.Ctx) string { return cookieName(c, "muckick-session") }

// set gives the browser a cookie.
func (k *cookies) set(c *fiber.Ctx, name, value string, lifetime time.Duration) error {
	sealed, err := k.codec.Encode(name, value)
	if err != nil {
		return fmt.Errorf("seal a cookie: %w", err)
	}
	c.Cookie(&fiber.Cookie{
		Name: name, Value: sealed, Path: "/", MaxAge: int(lifetime.Seconds()),
		Secure: isHTTPS(c), HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode,
	})
	return nil
}

// get opens a cookie. One that is not of our making is absent, even if it only
// differs in bits that base64 does not use.
func (k *cookies) get(c *fiber.Ctx, name string) (value string, ok bool) {
	sealed := c.Cookies(name)
	if _, err := base64.URLEncoding.Strict().DecodeString(sealed); err != nil || sealed == "" {
		return "", false
	}
	return value, k.codec.Decode(name, sealed, &value) == nil
}

// remove makes the browser forget a cookie.
func (k *cookies) remove(c *fiber.Ctx, name string) {
	c.Cookie(&fiber.Cookie{
		Name: name, Path: "/", MaxAge: -1, Expires: time.Unix(1, 0),
		Secure: isHTTPS(c), HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode,
	})
}

// authenticate returns the session of the request. The error is errSignedOut or
// errOperatorUnchecked.
func (s *Server) authenticate(c *fiber.Ctx) (store.Session, error) {
	secret, ok := s.cookies.get(c, sessionCookie(c))
	if !ok {
		return store.Session{}, errSignedOut
	}
	session, err := s.store.Session(c.UserContext(), secret)
	switch {
	case errors.Is(err, store.ErrNoSession):
		return store.Session{}, errSignedOut
	case err != nil:
		return store.Session{}, fmt.Errorf("%w: %w", errOperatorUnchecked, err)
	case !s.mayStay(session.Operator):
		return store.Session{}, errSignedOut
	}
	return session, nil
}

// sessionKey is where requireOperator leaves the session for the handlers.
const sessionKey = "session"

// requireOperator lets only operators pass, and state changes only with the
// CSRF token. Whoever is signed out is sent to the sign-in page.
func (s *Server) requireOperator(c *fiber.Ctx) error { return s.admitOperator(c, maxForm) }

// requireOperatorOfPlan is requireOperator for the form that makes a plan.
func (s *Server) requireOperatorOfPlan(c *fiber.Ctx) error { return s.admitOperator(c, maxPlanForm) }

func (s *Server) admitOperator(c *fiber.Ctx, form int) error {
	session, err := s.authenticate(c)
	switch {
	case errors.Is(err, errSignedOut) && c.Method() == fiber.MethodGet && wantsHTML(c):
		return c.Redirect(loginPath(c.OriginalURL()), fiber.StatusSeeOther)
	case err != nil:
		return err
	}
	if c.Method() != fiber.MethodGet && c.Method() != fiber.MethodHead {
		if _, err := transport.ReadBody(c.Context(), form); err != nil {
			return err
		}
		if err := s.checkForm(c, session); err != nil {
			return err
		}
	}
	s.actAs(c, session.Operator)
	c.Locals(sessionKey, session)
	return c.Next()
}

// sessionOf returns the session that requireOperator found.
func sessionOf(c *fiber.Ctx) store.Session {
	session, _ := c.Locals(sessionKey).(store.Session)
	return session
}

// sameOrigin lets only requests from pages of ours pass.
func (s *Server) sameOrigin(c *fiber.Ctx) error {
	if !isSameOrigin(c) {
		s.note(c, store.Event{Kind: store.FormForged})
		return errForgery
	}
	return c.Next()
}

// isSameOrigin reports whether the browser says that a page of this origin sent
// the request. What says nothing at all is no browser, or a very old one.
func isSameOrigin(c *fiber.Ctx) bool {
	switch c.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return true
	case "":
	default:
		return false
	}
	origin := c.Get(fiber.HeaderOrigin)
	if origin == "" {
		return true
	}
	parsed, err := url.Parse(origin)
	return err == nil && parsed.Host != "" && parsed.Host == string(c.Context().Host())
}

// loginPath is where to sign in, and where to go afterwards.
func loginPath(next string) string {
	if next == "/" || !isLocalPath(next) {
		return "/login"
	}
	return "/login?next=" + url.QueryEscape(next)
}

// isLocalPath reports whether a path leads to a page of ours and nowhere else.
func isLocalPath(path string) bool {
	return strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "//") && !strings.ContainsAny(path, "\\\r\n\t")
}
