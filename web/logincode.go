package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"

	"muckick/views"
	"muckick/web/store"
	"muckick/web/transport"
)

// codeLifetime is how long somebody whose password was right may take for the
// code of their second factor.
const codeLifetime = 5 * time.Minute

func codeCookie(c *fiber.Ctx) string { return cookieName(c, "muckick-code") }

// A halfway is somebody whose password was right, and whose code is wanted. It is
// in a sealed cookie of its own, which opens nothing but the page that asks for
// the code.
type halfway struct {
	Proof string    `json:"proof"` // see [store.Operator.Proof]
	Next  string    `json:"next"`  // where to go afterwards
	Until time.Time `json:"until"`
}

// wantCode leads to the page that asks for the code of the second factor.
func (s *Server) wantCode(c *fiber.Ctx, operator store.Operator, next string) error {
	if len(next) > maxNext {
		next = ""
	}
	data, err := json.Marshal(halfway{operator.Proof(), next, s.now().Add(codeLifetime)})
	if err == nil {
		err = s.cookies.set(c, codeCookie(c), string(data), codeLifetime)
	}
	if err != nil {
		return err
	}
	return c.Redirect("/login/code", fiber.StatusSeeOther)
}

// maxNext is how many bytes of where to go fit into a cookie.
const maxNext = 1000

// halfwayOf returns who is asked for a code, as the browser keeps it.
func (s *Server) halfwayOf(c *fiber.Ctx) (h halfway, ok bool) {
	data, ok := s.cookies.get(c, codeCookie(c))
	if !ok || json.Unmarshal([]byte(data), &h) != nil || !s.now().Before(h.Until) {
		return halfway{}, false
	}
	return h, true
}

func (s *Server) handleCodePage(c *fiber.Ctx) error {
	if _, ok := s.halfwayOf(c); !ok {
		return c.Redirect("/login", fiber.StatusSeeOther)
	}
	return s.codePage(c, "")
}

func (s *Server) codePage(c *fiber.Ctx, problem string) error {
	return render(c, views.LoginCode(views.LoginCodeModel{Page: s.page(c, "Sign in", ""), Problem: problem}))
}

// handleCode signs in who sends the code of their second factor, or a recovery
// code, after the password.
func (s *Server) handleCode(c *fiber.Ctx) error {
	if _, err := transport.ReadBody(c.Context(), maxForm); err != nil {
		return err
	}
	h, ok := s.halfwayOf(c)
	if !ok {
		return s.codeTooLate(c)
	}
	operator, err := s.store.Proven(c.UserContext(), h.Proof)
	switch {
	case errors.Is(err, store.ErrNoOperator): // disabled, or changed meanwhile
		return s.codeTooLate(c)
	case err != nil:
		return fmt.Errorf("%w: %w", errOperatorUnchecked, err)
	}
	refused, err := s.admit(c, operator)
	switch {
	case err != nil:
		return err
	case refused != nil:
		return s.codePage(c.Status(refused.status), refused.problem)
	}
	s.actAs(c, operator)
	err = s.store.CheckFactor(c.UserContext(), operator, c.FormValue("code"))
	switch {
	case errors.Is(err, store.ErrWrongCode):
		s.logger(c).WarnContext(c.UserContext(), "sign-in refused", "operator", operator.Name, "address", s.clientAddress(c), "error", err)
		s.noteWrongCode(c, store.Origin{}, operator)
		return s.codePage(c.Status(fiber.StatusUnauthorized), wrongCode)
	case err != nil:
		return fmt.Errorf("%w: %w", errOperatorUnchecked, err)
	}
	s.cookies.remove(c, codeCookie(c))
	return s.signedIn(c, operator, h.Next, "with a second factor", store.Ticket{})
}

// wrongCode is what is said of a code that does not do.
const wrongCode = "That code is wrong, or it was used before. The app shows a new one every half minute."

// noteWrongCode notes that somebody had the password and not the code.
func (s *Server) noteWrongCode(c *fiber.Ctx, origin store.Origin, operator store.Operator) {
	s.note(c, store.Event{
		Kind: store.SignInFailed, Origin: origin, Subject: operator.Name, SubjectID: operator.Actor().ID,
		Detail: "the password was right, the code of the second factor was not",
	})
}

// codeTooLate asks for the password again.
func (s *Server) codeTooLate(c *fiber.Ctx) error {
	s.cookies.remove(c, codeCookie(c))
	return s.loginPage(c.Status(fiber.StatusUnauthorized), views.LoginModel{Problem: "That took too long. Begin again with your password."})
}
