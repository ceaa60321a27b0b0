package web

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"muckick/views"
	"muckick/web/moderation"
	"muckick/web/store"
)

func (s *Server) handleOperators(c *fiber.Ctx) error {
	return s.operatorsPage(c, views.OperatorsModel{})
}

// operatorsPage shows the page; m says what became of a form.
func (s *Server) operatorsPage(c *fiber.Ctx, m views.OperatorsModel) error {
	operators, err := s.store.Operators(c.UserContext())
	if err != nil {
		return err
	}
	tokens, err := s.store.Tokens(c.UserContext())
	if err != nil {
		return err
	}
	m.Page, m.MinPassword = s.page(c, "Operators", views.SectionOperators), store.MinPassword
	m.NoPasswords = s.options.NoPasswords
	if on := s.options.SignOn; on != nil {
		m.Provider = on.Name
	}
	for _, preset := range moderation.Presets() {
		m.Names = append(m.Names, preset.Name)
	}
	for _, capability := range moderation.Capabilities() {
		m.Names = append(m.Names, string(capability))
	}
	for _, o := range operators {
		m.Operators = append(m.Operators, views.OperatorEntry{
			Name: o.Name, Disabled: o.Disabled, Added: o.Created, Grants: grantEntries(o.Grants), SecondFactor: o.SecondFactor,
			Elsewhere: o.Issuer != "",
		})
	}
	for _, t := range tokens {
		m.Tokens = append(m.Tokens, views.TokenEntry{
			Name: t.Name, Added: t.Created, AddedBy: t.CreatedBy, LastUsed: t.LastUsed, Revoked: t.Revoked, Expires: t.Expires,
			InForce: t.InForce(s.now()), Grants: grantEntries(t.Grants),
		})
	}
	return render(c, views.Operators(m))
}

func grantEntries(grants moderation.Grants) []views.GrantEntry {
	var entries []views.GrantEntry
	for _, holding := range grants.Holdings() {
		entries = append(entries, views.GrantEntry{What: strings.Join(holding.Names, ", "), Where: holding.Scope.String()})
	}
	return entries
}

// changedOperators answers a form of the page: back to it, or with what was wrong.
func (s *Server) changedOperators(c *fiber.Ctx, err error, done views.Message) error {
	if err == nil {
		done.Tone = views.ToneGood
		s.setFlash(c, done)
		return c.Redirect("/operators", fiber.StatusSeeOther)
	}
	problem := operatorsProblem(err)
	if problem == "" {
		return err
	}
	return s.operatorsPage(c.Status(http.StatusBadRequest), views.OperatorsModel{Problem: problem})
}

// operatorsProblem words what an administrator can do something about; empty for
// anything else.
func operatorsProblem(err error) string {
	var (
		rule  *store.RuleError
		grant *moderation.GrantError
		scope *moderation.ScopeError
		field fieldError
	)
	switch {
	case errors.Is(err, store.ErrLastAdministrator):
		return "This is the last administrator who can sign in. Let somebody else be one first."
	case errors.Is(err, store.ErrDuplicate):
		return "That name is taken."
	case errors.Is(err, store.ErrNoOperator), errors.Is(err, store.ErrNoToken):
		return "There is nobody of that name any more."
	case errors.Is(err, store.ErrExternal):
		return "What they may do comes from the identity provider, and is changed there."
	case errors.Is(err, store.ErrNoFactor):
		return "There is no second factor any more."
	case errors.As(err, &rule), errors.As(err, &grant), errors.As(err, &scope), errors.As(err, &field):
		return sentence(err.Error())
	}
	return ""
}

// grantForm reads what a form grants, and where.
func grantForm(c *fiber.Ctx) ([]moderation.Capability, moderation.Scope, error) {
	capabilities, known := moderation.Named(c.FormValue("what"))
	if !known {
		return nil, moderation.Scope{}, fieldError{"what", "cannot be granted"}
	}
	where := strings.TrimSpace(c.FormValue("where"))
	if where == "" {
		return capabilities, moderation.Everywhere, nil
	}
	scope, err := moderation.ParseScope(where)
	return capabilities, scope, err
}

// formGrants returns the grants that a form is for.
func formGrants(c *fiber.Ctx) (moderation.Grants, error) {
	capabilities, scope, err := grantForm(c)
	if err != nil {
		return moderation.Grants{}, err
	}
	return moderation.Grants{}.Add(capabilities, scope)
}

func (s *Server) handleAddOperator(c *fiber.Ctx) error {
	name := strings.TrimSpace(c.FormValue("name"))
	grants, err := formGrants(c)
	if err == nil {
		_, err = s.store.AddOperator(c.UserContext(), name, c.FormValue("password"), grants)
	}
	return s.changedOperators(c, err, views.Message{Title: "Added", Subject: name})
}

func (s *Server) handleGrant(c *fiber.Ctx) error {
	name := c.FormValue("name")
	change, title := moderation.Grants.Add, "Granted"
	switch c.FormValue("do") {
	case "grant":
	case "revoke":
		change, title = moderation.Grants.Remove, "Revoked"
	default:
		return fieldError{"do", "must be grant or revoke"}
	}
	capabilities, scope, err := grantForm(c)
	if err == nil {
		_, err = s.store.ChangeGrants(c.UserContext(), name, func(g moderation.Grants) (moderation.Grants, error) {
			return change(g, capabilities, scope)
		})
	}
	return s.changedOperators(c, err, views.Message{Title: title, Subject: name})
}

func (s *Server) handleDisableOperator(c *fiber.Ctx) error {
	name := c.FormValue("name")
	return s.changedOperators(c, s.store.SetDisabled(c.UserContext(), name, true), views.Message{Title: "Disabled", Subject: name})
}

func (s *Server) handleEnableOperator(c *fiber.Ctx) error {
	name := c.FormValue("name")
	return s.changedOperators(c, s.store.SetDisabled(c.UserContext(), name, false), views.Message{Title: "Let in again", Subject: name})
}

func (s *Server) handleSignOutOperator(c *fiber.Ctx) error {
	name := c.FormValue("name")
	return s.changedOperators(c, s.store.SignOut(c.UserContext(), name), views.Message{Title: "Signed out everywhere", Subject: name})
}

func (s *Server) handleResetFactor(c *fiber.Ctx) error {
	name := c.FormValue("name")
	return s.changedOperators(c, s.store.ResetFactor(c.UserContext(), name), views.Message{
		Title: "Second factor reset", Subject: name, Text: "They sign in with the password alone now.",
	})
}

// handleRemoveOperator removes an operator for good, so it wants to be told twice.
func (s *Server) handleRemoveOperator(c *fiber.Ctx) error {
	name := c.FormValue("name")
	if c.FormValue("sure") != "yes" {
		return s.changedOperators(c, fieldError{"“For good”", "has to be ticked"}, views.Message{})
	}
	return s.changedOperators(c, s.store.RemoveOperator(c.UserContext(), name), views.Message{Title: "Removed", Subject: name})
}

// handleAddToken makes a token, and shows it in the answer and nowhere else.
func (s *Server) handleAddToken(c *fiber.Ctx) error {
	grants, err := formGrants(c)
	if err != nil {
		return s.changedOperators(c, err, views.Message{})
	}
	wanted := store.NewToken{
		Name: strings.TrimSpace(c.FormValue("name")), CreatedBy: principalOf(c).Name, Grants: grants,
	}
	if until := c.FormValue("until"); until != "" {
		last, err := time.ParseInLocation(day, until, time.UTC)
		if err != nil {
			return s.changedOperators(c, fieldError{"the last day", "has the form 2027-01-31"}, views.Message{})
		}
		wanted.Expires = last.AddDate(0, 0, 1)
		if !wanted.Expires.After(s.now()) {
			return s.changedOperators(c, fieldError{"the last day", "is over"}, views.Message{})
		}
	}
	secret, token, err := s.store.AddToken(c.UserContext(), wanted)
	if err != nil {
		return s.changedOperators(c, err, views.Message{})
	}
	return s.operatorsPage(c, views.OperatorsModel{Secret: secret, SecretOf: token.Name})
}

func (s *Server) handleRevokeToken(c *fiber.Ctx) error {
	name := c.FormValue("name")
	return s.changedOperators(c, s.store.RevokeToken(c.UserContext(), name), views.Message{Title: "Revoked", Subject: name})
}
