package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"

	"muckick/views"
	"muckick/web/store"
	"muckick/web/transport"
)

// cookieLifetime is how long browsers keep the session's cookie; the store
// decides how long it is good.
const cookieLifetime = 7 * 24 * time.Hour

// maxName is how many characters the name of an operator may have.
const maxName = 64

func (s *Server) handleHome(c *fiber.Ctx) error {
	return c.Redirect("/rooms", fiber.StatusSeeOther)
}

func (s *Server) handleLoginPage(c *fiber.Ctx) error {
	if _, err := s.authenticate(c); err == nil {
		return c.Redirect("/rooms", fiber.StatusSeeOther)
	}
	next := c.Query("next")
	if next != "" && s.signsInAgain(c) {
		return c.Redirect(signOnPath+"?next="+url.QueryEscape(next), fiber.StatusSeeOther)
	}
	return s.loginPage(c, views.LoginModel{Next: next})
}

func (s *Server) loginPage(c *fiber.Ctx, m views.LoginModel) error {
	m.Page, m.NoPasswords = s.page(c, "Sign in", ""), s.options.NoPasswords
	if on := s.options.SignOn; on != nil {
		m.Provider = on.Name
	}
	return render(c, views.Login(m))
}

// handleLogin signs an operator in. Unknown, disabled and mistaken operators
// get the same answer after about the same time.
func (s *Server) handleLogin(c *fiber.Ctx) error {
	if _, err := transport.ReadBody(c.Context(), maxForm); err != nil {
		return err
	}
	// The name goes into the log and back to the browser, whatever it is. One
	// that was clipped is nobody's.
	name := views.Clip(c.FormValue("username"), maxName)
	password, next := c.FormValue("password"), c.FormValue("next")
	form := views.LoginModel{Username: name, Next: next}
	address := s.clientAddress(c)
	if wait := s.signIns.spend(address); wait > 0 {
		return s.throttled(c, form, wait)
	}
	err := s.admitStranger(c.UserContext(), name, address)
	if errors.Is(err, errManySignIns) {
		return s.crowded(c, form)
	}
	if err != nil {
		return err
	}
	wait, err := s.store.AdmitLogin(c.UserContext(), name, address)
	if err != nil {
		return fmt.Errorf("%w: %w", errOperatorUnchecked, err)
	}
	if wait > 0 {
		return s.throttled(c, form, wait)
	}
	operator, err := s.store.Authenticate(c.UserContext(), name, password)
	switch {
	case errors.Is(err, store.ErrAuthentication):
		s.logger(c).WarnContext(c.UserContext(), "sign-in refused", "operator", name, "address", address, "error", err)
		s.note(c, store.Event{Kind: store.SignInFailed, Subject: name})
		form.Problem = "The name or the password is wrong."
		return s.loginPage(c.Status(fiber.StatusUnauthorized), form)
	case err != nil:
		return fmt.Errorf("%w: %w", errOperatorUnchecked, err)
	}
	if operator.SecondFactor {
		return s.wantCode(c, operator, next) // which counts as a failure until the code is right
	}
	return s.signedIn(c, operator, next, "", store.Ticket{})
}

// signedIn starts the session of an operator who proved who they are, in place of
// one that the browser had, and leads them on. The detail says by what, for the
// trail, if that was not the password alone.
func (s *Server) signedIn(c *fiber.Ctx, operator store.Operator, next, detail string, ticket store.Ticket) error {
	s.actAs(c, operator)
	replaced, err := s.authenticate(c)
	if err == nil {
		err = s.store.EndSession(c.UserContext(), replaced.Operator, replaced.ID)
	}
	if err != nil && !errors.Is(err, errSignedOut) && !errors.Is(err, store.ErrNoSession) {
		return err
	}
	if err := s.signIn(c, operator, ticket); err != nil {
		return err
	}
	s.note(c, store.Event{Kind: store.SignedIn, Origin: s.origin(c, operator), Detail: detail})
	s.succeeded(c, operator)
	s.logger(c).LogAttrs(c.UserContext(), slog.LevelInfo, "signed in", slog.String("operator", operator.Name), slog.String("address", s.clientAddress(c)))
	if !isLocalPath(next) {
		next = "/rooms"
	}
	return c.Redirect(next, fiber.StatusSeeOther)
}

// throttled tells somebody who tried too often when to try again.
func (s *Server) throttled(c *fiber.Ctx, form views.LoginModel, wait time.Duration) error {
	s.note(c, store.Event{Kind: store.SignInThrottled, Subject: form.Username})
	form.Problem = tooMany(c, wait)
	return s.loginPage(c.Status(fiber.StatusTooManyRequests), form)
}

// crowded tells somebody that they may try again soon.
func (s *Server) crowded(c *fiber.Ctx, form views.LoginModel) error {
	s.note(c, store.Event{Kind: store.SignInThrottled, Subject: form.Username})
	c.Set(fiber.HeaderRetryAfter, retryAfter)
	form.Problem = "Too many people are signing in at this moment. Try again in a few seconds."
	return s.loginPage(c.Status(fiber.StatusServiceUnavailable), form)
}

// tooMany words how long somebody has to wait, and tells programs.
func tooMany(c *fiber.Ctx, wait time.Duration) string {
	wait = max(wait.Round(time.Second), time.Second)
	c.Set(fiber.HeaderRetryAfter, fmt.Sprint(int(wait.Seconds())))
	return fmt.Sprintf("Too many attempts. Try again in %s.", wait)
}

// signIn starts a session, gives the browser its cookie, and makes it that of the
// request.
func (s *Server) signIn(c *fiber.Ctx, operator store.Operator, ticket store.Ticket) error {
	client := store.Client{Address: s.clientAddress(c), Browser: c.Get(fiber.HeaderUserAgent)}
	secret, session, err := s.store.StartExternalSession(c.UserContext(), operator, client, ticket)
	if err != nil {
		return err
	}
	c.Locals(sessionKey, session)
	return s.cookies.set(c, sessionCookie(c), secret, cookieLifetime)
}

// signOutWait is how long a sign-out waits for the provider to say where it goes
// on.
const signOutWait = 2 * time.Second

// handleLogout ends the session, and offers to end that at the provider too where
// it has such a page. That is a link: a form may not lead there by the policy of
// our pages.
func (s *Server) handleLogout(c *fiber.Ctx) error {
	session := sessionOf(c)
	elsewhere := s.signOutElsewhere(c, session)
	err := s.store.EndSession(c.UserContext(), session.Operator, session.ID)
	if err != nil && !errors.Is(err, store.ErrNoSession) {
		return err
	}
	s.cookies.remove(c, sessionCookie(c))
	s.cookies.remove(c, againCookie(c))
	if elsewhere == "" {
		return c.Redirect("/login", fiber.StatusSeeOther)
	}
	c.Locals(sessionKey, nil)
	return render(c, views.SignedOut(views.SignedOutModel{
		Page: s.page(c, "Signed out", ""), Provider: s.options.SignOn.Name, Address: elsewhere,
	}))
}

// signOutElsewhere returns where the session at the provider ends; empty if it
// offers nothing, or does not say in time.
func (s *Server) signOutElsewhere(c *fiber.Ctx, session store.Session) string {
	if session.Operator.Issuer == "" {
		return ""
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), signOutWait)
	defer cancel()
	token, err := s.store.IDToken(ctx, session)
	if err != nil {
		s.logger(c).WarnContext(ctx, "signing out here alone", "error", err)
		return ""
	}
	address, _ := s.options.SignOn.Provider.SignOut(ctx, token, "/login")
	return address
}
