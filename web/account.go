package web

import (
	"errors"
	"fmt"

	"github.com/gofiber/fiber/v2"

	"muckick/views"
	"muckick/web/store"
)

func (s *Server) handleAccount(c *fiber.Ctx) error {
	return s.accountPage(c, "")
}

func (s *Server) accountPage(c *fiber.Ctx, passwordProblem string) error {
	current := sessionOf(c)
	sessions, err := s.store.Sessions(c.UserContext(), current.Operator)
	if err != nil {
		return err
	}
	m := views.AccountModel{
		Page:            s.page(c, "Account", views.SectionAccount),
		Grants:          current.Operator.Grants.String(),
		PasswordProblem: passwordProblem, MinPassword: store.MinPassword,
	}
	for _, session := range sessions {
		m.Sessions = append(m.Sessions, views.Session{
			ID: session.ID, Address: session.Client.Address, Browser: session.Client.Browser,
			Created: session.Created, LastSeen: session.LastSeen, Current: session.ID == current.ID,
		})
	}
	return render(c, views.Account(m))
}

// handlePassword gives the operator a new password. All their sessions end with
// the old one, so this browser gets a new session.
func (s *Server) handlePassword(c *fiber.Ctx) error {
	operator, address := sessionOf(c).Operator, s.clientAddress(c)
	current, password, repeat := c.FormValue("current"), c.FormValue("password"), c.FormValue("repeat")
	if password != repeat {
		return s.accountPage(c.Status(fiber.StatusBadRequest), "The new passwords differ.")
	}
	// Somebody at an open screen may guess, so guesses are throttled here too.
	wait := s.signIns.spend(address)
	var err error
	if wait == 0 {
		wait, err = s.store.AdmitLogin(c.UserContext(), operator.Name, address)
	}
	switch {
	case err != nil:
		return err
	case wait > 0:
		s.note(c, store.Event{Kind: store.SignInThrottled, Origin: s.origin(c, operator), Subject: operator.Name})
		return s.accountPage(c.Status(fiber.StatusTooManyRequests), "Too many attempts. Try again later.")
	}
	operator, err = s.store.Authenticate(c.UserContext(), operator.Name, current)
	switch {
	case errors.Is(err, store.ErrAuthentication):
		s.note(c, store.Event{Kind: store.SignInFailed, Origin: s.origin(c, operator), Subject: operator.Name})
		return s.accountPage(c.Status(fiber.StatusForbidden), "The current password is wrong.")
	case err != nil:
		return err
	}
	// The attempt was no guess, whatever becomes of the new password.
	if err := s.store.LoginSucceeded(c.UserContext(), operator.Name, address); err != nil {
		s.logger(c).WarnContext(c.UserContext(), "current password not counted as success", "operator", operator.Name, "error", err)
	}
	var rule *store.RuleError
	operator, err = s.store.ChangePassword(c.UserContext(), operator, password)
	switch {
	case errors.As(err, &rule):
		return s.accountPage(c.Status(fiber.StatusBadRequest), sentence(rule.Error()))
	case errors.Is(err, store.ErrNoOperator): // reset, disabled or removed by an administrator meanwhile
		return errSignedOut
	case err != nil:
		return err
	}
	if err := s.signIn(c, operator, address); err != nil {
		return err
	}
	return s.backToAccount(c, views.Message{Tone: views.ToneGood, Title: "Password changed", Text: "You are signed out everywhere else."})
}

func (s *Server) handleEndSession(c *fiber.Ctx) error {
	current, id := sessionOf(c), c.FormValue("session")
	err := s.store.EndSession(c.UserContext(), current.Operator, id)
	if err != nil && !errors.Is(err, store.ErrNoSession) { // one that has ended already is what was wanted
		return err
	}
	return s.backToAccount(c, views.Message{Tone: views.ToneGood, Title: "Signed out there"})
}

func (s *Server) handleEndOtherSessions(c *fiber.Ctx) error {
	ended, err := s.store.EndOtherSessions(c.UserContext(), sessionOf(c))
	if err != nil {
		return err
	}
	return s.backToAccount(c, views.Message{Tone: views.ToneGood, Title: "Signed out elsewhere", Text: fmt.Sprintf("Sessions ended: %d.", ended)})
}

func (s *Server) backToAccount(c *fiber.Ctx, m views.Message) error {
	s.setFlash(c, m)
	return c.Redirect("/account", fiber.StatusSeeOther)
}
