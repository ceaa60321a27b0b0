package web

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/pquerna/otp"

	"muckick/views"
	"muckick/web/store"
)

// qrSize is how many pixels a side of the QR code has.
const qrSize = 512

// handleBeginFactor makes the secret of a second factor, for who sends their
// password again.
func (s *Server) handleBeginFactor(c *fiber.Ctx) error {
	operator, refused, err := s.proveAgain(c)
	switch {
	case err != nil:
		return err
	case refused != nil:
		return s.factorRefused(c, refused)
	}
	s.succeeded(c, operator)
	err = s.store.BeginFactor(c.UserContext(), sessionOf(c))
	switch {
	case errors.Is(err, store.ErrFactorExists):
		return s.factorRefused(c, &refusal{http.StatusConflict, "You have a second factor already."})
	case err != nil:
		return err
	}
	return c.Redirect("/account/factor", fiber.StatusSeeOther)
}

// factorRefused shows the account page with what was wrong with a form about the
// second factor.
func (s *Server) factorRefused(c *fiber.Ctx, r *refusal) error {
	return s.accountPage(c.Status(r.status), views.AccountModel{Factor: views.Factor{Problem: r.problem}})
}

func (s *Server) handleFactor(c *fiber.Ctx) error { return s.factorPage(c, "") }

func (s *Server) factorPage(c *fiber.Ctx, problem string) error {
	secret, err := s.store.FactorSecret(c.UserContext(), sessionOf(c))
	switch {
	case errors.Is(err, store.ErrNoFactor):
		return c.Redirect("/account", fiber.StatusSeeOther)
	case err != nil:
		return err
	}
	return render(c, views.FactorSetup(views.FactorSetupModel{
		Page: s.page(c, "Second factor", views.SectionAccount), Secret: secret, Problem: problem,
	}))
}

// handleFactorQR draws what authenticator apps scan.
func (s *Server) handleFactorQR(c *fiber.Ctx) error {
	session := sessionOf(c)
	secret, err := s.store.FactorSecret(c.UserContext(), session)
	switch {
	case errors.Is(err, store.ErrNoFactor):
		return errNoPage
	case err != nil:
		return err
	}
	key, err := otp.NewKeyFromURL(factorURL(secret, session.Operator.Name, string(c.Context().Host())))
	if err != nil {
		return fmt.Errorf("second factor: %w", err)
	}
	picture, err := key.Image(qrSize, qrSize)
	if err != nil {
		return fmt.Errorf("draw a QR code: %w", err)
	}
	var file bytes.Buffer
	if err := png.Encode(&file, picture); err != nil {
		return fmt.Errorf("draw a QR code: %w", err)
	}
	c.Set(fiber.HeaderContentType, "image/png")
	return c.Send(file.Bytes())
}

// factorURL is the address of a secret that authenticator apps understand. Its
// issuer is this muckick, by the host that the browser knows it by.
func factorURL(secret, name, host string) string {
	issuer := "muckick"
	if bare, _, err := net.SplitHostPort(host); err == nil {
		host = bare
	}
	if host != "" && len(host) <= 100 {
		issuer += " " + strings.ReplaceAll(host, ":", "-") // which would end the issuer
	}
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + issuer + ":" + name}
	query := url.Values{"secret": {secret}, "issuer": {issuer}}
	u.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20") // which some apps show
	return u.String()
}

// handleConfirmFactor lets a second factor count, and shows the recovery codes,
// in this answer and nowhere else.
func (s *Server) handleConfirmFactor(c *fiber.Ctx) error {
	operator, codes, err := s.store.ConfirmFactor(c.UserContext(), sessionOf(c), c.FormValue("code"))
	switch {
	case errors.Is(err, store.ErrWrongCode):
		return s.factorPage(c.Status(fiber.StatusBadRequest), "That code is wrong. Is the clock of the phone right?")
	case errors.Is(err, store.ErrNoFactor):
		return c.Redirect("/account", fiber.StatusSeeOther)
	case errors.Is(err, store.ErrNoOperator):
		return errSignedOut
	case err != nil:
		return err
	}
	return s.recoveryPage(c, operator, codes)
}

// recoveryPage shows recovery codes to an operator whose sessions ended.
func (s *Server) recoveryPage(c *fiber.Ctx, operator store.Operator, codes []string) error {
	if err := s.signIn(c, operator, store.Ticket{}); err != nil {
		return err
	}
	return render(c, views.Recovery(views.RecoveryModel{Page: s.page(c, "Recovery codes", views.SectionAccount), Codes: codes}))
}

func (s *Server) handleRenewRecovery(c *fiber.Ctx) error {
	operator, refused, err := s.proveWithFactor(c)
	switch {
	case err != nil:
		return err
	case refused != nil:
		return s.factorRefused(c, refused)
	}
	operator, codes, err := s.store.RenewRecovery(c.UserContext(), operator)
	switch {
	case errors.Is(err, store.ErrNoOperator), errors.Is(err, store.ErrNoFactor):
		return errSignedOut
	case err != nil:
		return err
	}
	return s.recoveryPage(c, operator, codes)
}

func (s *Server) handleRemoveFactor(c *fiber.Ctx) error {
	operator, refused, err := s.proveWithFactor(c)
	switch {
	case err != nil:
		return err
	case refused != nil:
		return s.factorRefused(c, refused)
	}
	operator, err = s.store.RemoveFactor(c.UserContext(), operator)
	switch {
	case errors.Is(err, store.ErrNoOperator), errors.Is(err, store.ErrNoFactor):
		return errSignedOut
	case err != nil:
		return err
	}
	if err := s.signIn(c, operator, store.Ticket{}); err != nil {
		return err
	}
	return s.backToAccount(c, views.Message{Tone: views.ToneGood, Title: "Second factor removed", Text: "You are signed out everywhere else."})
}

// proveWithFactor is proveAgain, and wants a code of the second factor too.
func (s *Server) proveWithFactor(c *fiber.Ctx) (store.Operator, *refusal, error) {
	operator, refused, err := s.proveAgain(c)
	if refused != nil || err != nil {
		return store.Operator{}, refused, err
	}
	if !operator.SecondFactor {
		return store.Operator{}, &refusal{http.StatusConflict, "You have no second factor."}, nil
	}
	err = s.store.CheckFactor(c.UserContext(), operator, c.FormValue("code"))
	switch {
	case errors.Is(err, store.ErrWrongCode):
		s.noteWrongCode(c, s.origin(c, operator), operator)
		return store.Operator{}, &refusal{http.StatusForbidden, wrongCode}, nil
	case err != nil:
		return store.Operator{}, nil, err
	}
	s.succeeded(c, operator)
	return operator, nil, nil
}
