package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"muckick/views"
	"muckick/web/moderation"
	"muckick/web/oidc"
	"muckick/web/store"
)

// SignOn says where operators sign in at a provider, and as what.
//
// What they may do there is looked at whenever they sign in, and their sessions
// end after Recheck, however busy they are: so that whoever is taken out of a group
// has nothing left within that time. The browser then goes to the provider and
// back by itself, as long as the provider still has a session of its own. That
// needs no token of the provider's to be kept here, as asking it behind the
// operator's back would. An administrator who cannot wait disables the operator,
// which is at once.
type SignOn struct {
	Provider *oidc.Provider
	Name     string            // of the provider, for people
	Rules    []moderation.Rule // what the values of the claim grant
	Recheck  time.Duration     // how long a session lasts

	// PublicURL is where people reach the panel, to which the provider leads back.
	PublicURL string
}

// signOnPath is where signing in at the provider begins.
const signOnPath = "/login/oidc"

var (
	errNoPasswords = errors.New("nobody signs in with a password here")
	errNoPassword  = errors.New("you have no password here: you sign in elsewhere")
)

// withSignOn lets requests pass if there is a provider.
func (s *Server) withSignOn(c *fiber.Ctx) error {
	if s.options.SignOn == nil {
		return errNoPage
	}
	return c.Next()
}

// withPasswords lets requests pass if there are passwords.
func (s *Server) withPasswords(c *fiber.Ctx) error {
	if s.options.NoPasswords {
		return errNoPasswords
	}
	return c.Next()
}

// ownPassword lets operators pass who have a password.
func ownPassword(c *fiber.Ctx) error {
	if sessionOf(c).Operator.Issuer != "" {
		return errNoPassword
	}
	return c.Next()
}

// mayStay tells whether an operator could sign in now as they did: with passwords
// switched off, or another provider, their sessions are nobody's.
func (s *Server) mayStay(o store.Operator) bool {
	if o.Issuer == "" {
		return !s.options.NoPasswords
	}
	return s.options.SignOn != nil && s.options.SignOn.Provider.Issuer() == o.Issuer
}

func signOnCookie(c *fiber.Ctx) string { return cookieName(c, "muckick-signon") }

// againCookie says that the browser signed in at the provider last, and may do so
// again by itself. It is no secret and proves nothing.
func againCookie(c *fiber.Ctx) string { return cookieName(c, "muckick-again") }

// A begun is a sign-in that has begun in a browser, in a sealed cookie.
type begun struct {
	Flow oidc.Flow `json:"flow"`
	Next string    `json:"next"` // where to go afterwards
}

// handleSignOn sends the browser to the provider.
func (s *Server) handleSignOn(c *fiber.Ctx) error {
	next := c.Query("next")
	if len(next) > maxNext {
		next = ""
	}
	if wait := s.signIns.spend(s.clientAddress(c)); wait > 0 {
		return s.throttled(c, views.LoginModel{Next: next}, wait)
	}
	address, flow, err := s.options.SignOn.Provider.Begin(c.UserContext())
	if err != nil {
		return s.providerAway(c, next, err)
	}
	data, err := json.Marshal(begun{flow, next})
	if err == nil {
		err = s.cookies.set(c, signOnCookie(c), string(data), oidc.FlowLifetime())
	}
	if err != nil {
		return err
	}
	return c.Redirect(address, fiber.StatusSeeOther)
}

// providerAway says that nobody can sign in at the provider now.
func (s *Server) providerAway(c *fiber.Ctx, next string, err error) error {
	s.logger(c).WarnContext(c.UserContext(), "the identity provider cannot be asked", "error", err)
	s.cookies.remove(c, againCookie(c))
	c.Set(fiber.HeaderRetryAfter, retryAfter)
	problem := s.options.SignOn.Name + " cannot be reached now."
	if s.options.NoPasswords {
		problem += " Try again in a moment."
	} else {
		problem += " Try again in a moment, or sign in with a password if you have one."
	}
	return s.loginPage(c.Status(http.StatusServiceUnavailable), views.LoginModel{Next: next, Problem: problem})
}

// handleSignOnAnswer signs in who comes back from the provider: in the browser
// that began it, once, with what the provider says of them.
func (s *Server) handleSignOnAnswer(c *fiber.Ctx) error {
	if wait := s.signIns.spend(s.clientAddress(c)); wait > 0 {
		return s.throttled(c, views.LoginModel{}, wait)
	}
	var b begun
	data, ok := s.cookies.get(c, signOnCookie(c))
	if !ok || json.Unmarshal([]byte(data), &b) != nil {
		return s.signOnRefused(c, &oidc.RefusedError{Problem: "no sign-in had begun in this browser"}, "")
	}
	s.cookies.remove(c, signOnCookie(c))
	provider := s.options.SignOn.Provider
	answer := oidc.Answer{State: c.Query("state"), Code: c.Query("code"), Issuer: c.Query("iss"), Error: c.Query("error")}
	if err := provider.Check(b.Flow, answer); err != nil {
		return s.signOnRefused(c, err, b.Next)
	}
	err := s.store.UseState(c.UserContext(), answer.State)
	switch {
	case errors.Is(err, store.ErrUsed):
		return s.signOnRefused(c, &oidc.RefusedError{Problem: "the answer was used before"}, b.Next)
	case err != nil:
		return fmt.Errorf("%w: %w", errOperatorUnchecked, err)
	}
	identity, err := provider.Finish(c.UserContext(), b.Flow, answer)
	switch {
	case errors.Is(err, oidc.ErrAway):
		return s.providerAway(c, b.Next, err)
	case err != nil:
		return s.signOnRefused(c, err, b.Next)
	}
	return s.signOn(c, identity, b.Next)
}

// signOn signs in who has an identity at the provider, with what they may do
// there.
func (s *Server) signOn(c *fiber.Ctx, identity oidc.Identity, next string) error {
	on := s.options.SignOn
	grants, err := moderation.GrantedBy(on.Rules, identity.Values)
	if err != nil {
		return err
	}
	// Who they are here is not known yet, and where they come from is.
	c.SetUserContext(store.WithOrigin(c.UserContext(), store.Origin{
		Actor: store.Actor{Kind: store.ByProvider, Name: on.Name}, Address: s.clientAddress(c),
	}))
	operator, err := s.store.SignInExternal(c.UserContext(), store.External{
		Issuer: on.Provider.Issuer(), Subject: identity.Subject, Names: identity.Names, Grants: grants,
	})
	switch {
	case errors.Is(err, store.ErrNoGrants), errors.Is(err, store.ErrDisabled), errors.Is(err, store.ErrDuplicate):
		return s.signOnForbidden(c, identity, err)
	case err != nil:
		return fmt.Errorf("%w: %w", errOperatorUnchecked, err)
	}
	if err := s.cookies.set(c, againCookie(c), "yes", cookieLifetime); err != nil {
		return err
	}
	return s.signedIn(c, operator, next, "at "+on.Name, store.Ticket{Ends: s.now().Add(on.Recheck), IDToken: identity.IDToken})
}

// signOnRefused says that an answer of the provider signs nobody in.
func (s *Server) signOnRefused(c *fiber.Ctx, err error, next string) error {
	s.refuseSignOn(c, "", err.Error())
	problem := "That did not work. Begin again, in this browser and at " + s.options.SignOn.PublicURL + "."
	var refused *oidc.RefusedError
	if errors.As(err, &refused) && refused.Denied {
		problem = s.options.SignOn.Name + " did not let you in."
	}
	return s.loginPage(c.Status(http.StatusForbidden), views.LoginModel{Next: next, Problem: problem})
}

// signOnForbidden tells somebody whom the provider knows why they do not get in.
func (s *Server) signOnForbidden(c *fiber.Ctx, identity oidc.Identity, err error) error {
	name := ""
	for _, name = range identity.Names {
		if name != "" {
			break
		}
	}
	name = views.Clip(name, maxName)
	problem := "Nothing was granted to you here. Whoever looks after your account at " + s.options.SignOn.Name + " can change that."
	switch {
	case errors.Is(err, store.ErrDisabled):
		problem = "You were disabled here. Ask an administrator."
	case errors.Is(err, store.ErrDuplicate):
		problem = "Somebody else here has your name. Ask an administrator."
	}
	s.refuseSignOn(c, name, strings.TrimPrefix(err.Error(), "store: "))
	return s.loginPage(c.Status(http.StatusForbidden), views.LoginModel{Problem: problem})
}

// refuseSignOn notes that somebody did not get in.
func (s *Server) refuseSignOn(c *fiber.Ctx, name, why string) {
	s.cookies.remove(c, againCookie(c))
	s.logger(c).WarnContext(c.UserContext(), "sign-in refused", "operator", name, "address", s.clientAddress(c), "provider", s.options.SignOn.Name, "error", why)
	s.note(c, store.Event{Kind: store.SignInFailed, Origin: store.Origin{Address: s.clientAddress(c)}, Subject: name, Detail: "at " + s.options.SignOn.Name + ": " + why})
}

// signsInAgain tells whether the browser goes to the provider by itself, since it
// signed in there last and somebody opens a page, from one of ours or from none. A
// script must not be led there: it could not follow.
func (s *Server) signsInAgain(c *fiber.Ctx) bool {
	_, again := s.cookies.get(c, againCookie(c))
	return again && s.options.SignOn != nil && isSameOrigin(c) && c.Get("Sec-Fetch-Mode") == "navigate"
}
