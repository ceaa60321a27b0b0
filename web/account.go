package web

import (
	"errors"
	"fmt"

	"github.com/gofiber/fiber/v2"

	"muckick/views"
	"muckick/web/store"
)

func (s *Server) handleAccount(c *fiber.Ctx) error {
	return s.accountPage(c, views.AccountModel{})
}

// accountPage shows the page; m says what was wrong with a form.
func (s *Server) accountPage(c *fiber.Ctx, m views.AccountModel) error {
	current := sessionOf(c)
	sessions, err := s.store.Sessions(c.UserContext(), current.Operator)
	if err != nil {
		return err
	}
	factor, err := s.store.Factor(c.UserContext(), current.Operator)
	if err != nil {
		return err
	}
	m.Page = s.page(c, "Account", views.SectionAccount)
	m.Grants, m.MinPassword = current.Operator.Grants.String(), store.MinPassword
	if current.Operator.Issuer != "" {
		m.Provider = s.options.SignOn.Name
	}
	m.Factor.Since, m.Factor.Recovery = factor.Confirmed, factor.Recovery
	for _, session := range sessions {
		m.Sessions = append(m.Sessions, views.Session{
			ID: session.ID, Address: session.Client.Address, Browser: session.Client.Browser,
			Created: session.Created, LastSeen: session.LastSeen, Current: session.ID == current.ID,
		})
	}
	return render(c, views.Account(m))
}

// A refusal is what an operator is told who did not prove again who they are.
type refusal struct {
	status  int
	problem string
}

// proveAgain lets the operator of the session go on who sends their password
// again, since somebody else may sit at an open screen. It returns them as the
// password proves them, or why they may not go on.
func (s *Server) proveAgain(c *fiber.Ctx) (store.Operator, *refusal, error) {
	operator := sessionOf(c).Operator
	if refused, err := s.admit(c, operator); refused != nil || err != nil {
		return store.Operator{}, refused, err
	}
	proven, err := s.store.Authenticate(c.UserContext(), operator.Name, c.FormValue("current"))
	switch {
	case errors.Is(err, store.ErrAuthentication):
		s.note(c, store.Event{Kind: store.SignInFailed, Origin: s.origin(c, operator), Subject: operator.Name})
		return store.Operator{}, &refusal{fiber.StatusForbidden, "The current password is wrong."}, nil
	case err != nil:
		return store.Operator{}, nil, err
	}
	return proven, nil, nil
}

// admit counts an attempt of an operator to prove who they are, until succeeded,
// and refuses those who tried too often.
func (s *Server) admit(c *fiber.Ctx, operator store.Operator) (*refusal, error) {
	address := s.clientAddress(c)
	wait := s.signIns.spend(address)
	var err error
	if wait == 0 {
		wait, err = s.store.AdmitLogin(c.UserContext(), operator.Name, address)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", errOperatorUnchecked, err)
	case wait > 0:
		s.note(c, store.Event{Kind: store.SignInThrottled, Origin: s.origin(c, operator), Subject: operator.Name})
		return &refusal{fiber.StatusTooManyRequests, tooMany(c, wait)}, nil
	}
	return nil, nil
}

// succeeded says that the attempt of admit was no guess.
func (s *Server) succeeded(c *fiber.Ctx, operator store.Operator) {
	if err := s.store.LoginSucceeded(c.UserContext(), operator.Name, s.clientAddress(c)); err != nil {
		s.logger(c).WarnContext(c.UserContext(), "sign-in not counted as success", "operator", operator.Name, "error", err)
	}
}

// handlePassword gives the operator a new password. All their sessions end with
// the old one, so this browser gets a new session.
func (s *Server) handlePassword(c *fiber.Ctx) error {
	password := c.FormValue("password")
	refuse := func(status int, problem string) error {
		return s.accountPage(c.Status(status), views.AccountModel{PasswordProblem: problem})
	}
	if password != c.FormValue("repeat") {
		return refuse(fiber.StatusBadRequest, "The new passwords differ.")
	}
	operator, refused, err := s.proveAgain(c)
	switch {
	case err != nil:
		return err
	case refused != nil:
		return refuse(refused.status, refused.problem)
	}
	s.succeeded(c, operator) // whatever becomes of the new password
	var rule *store.RuleError
	operator, err = s.store.ChangePassword(c.UserContext(), operator, password)
	switch {
	case errors.As(err, &rule):
		return refuse(fiber.StatusBadRequest, sentence(rule.Error()))
	case errors.Is(err, store.ErrNoOperator): // reset, disabled or removed by an administrator meanwhile
		return errSignedOut
	case err != nil:
		return err
	}
	if err := s.signIn(c, operator, store.Ticket{}); err != nil {
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
