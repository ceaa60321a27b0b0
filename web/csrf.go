package web

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"

	"github.com/gofiber/fiber/v2"

	"muckick/web/store"
)

// csrfToken returns the session's CSRF secret as a form carries it: under a
// mask that differs each time, since pages are compressed and the length of
// what repeats in them could tell a secret (the BREACH attack).
func csrfToken(session store.Session) string {
	secret := []byte(session.CSRF)
	if len(secret) == 0 {
		return ""
	}
	masked := make([]byte, 2*len(secret))
	mask := masked[:len(secret)]
	_, _ = rand.Read(mask) // never fails
	subtle.XORBytes(masked[len(secret):], mask, secret)
	return base64.RawURLEncoding.EncodeToString(masked)
}

// checkForm is checkCSRF, and notes a forgery.
func (s *Server) checkForm(c *fiber.Ctx, session store.Session) error {
	err := checkCSRF(c, session)
	if err != nil {
		s.note(c, store.Event{Kind: store.FormForged, Origin: s.origin(c, session.Operator)})
	}
	return err
}

// checkCSRF returns errForgery unless the form is one of ours.
func checkCSRF(c *fiber.Ctx, session store.Session) error {
	masked, err := base64.RawURLEncoding.DecodeString(c.FormValue("csrf"))
	secret := []byte(session.CSRF)
	if err != nil || len(secret) == 0 || len(masked) != 2*len(secret) || !isSameOrigin(c) {
		return errForgery
	}
	subtle.XORBytes(masked, masked[:len(secret)], masked[len(secret):])
	if subtle.ConstantTimeCompare(masked[:len(secret)], secret) != 1 {
		return errForgery
	}
	return nil
}
