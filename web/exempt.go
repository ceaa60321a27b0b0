package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"muckick/views"
	"muckick/web/moderation"
)

// The fields of the form that exempts accounts.
const (
	formAccount = "account" // a pattern
	formWhy     = "why"
)

// handleExempt shows whom plans leave alone. The address may say who is to be
// exempt too.
func (s *Server) handleExempt(c *fiber.Ctx) error {
	return s.exemptPage(c, views.ExemptModel{Account: strings.TrimSpace(c.Query(formAccount))})
}

// exemptPage shows the page; m says what was typed, and what is wrong with it.
func (s *Server) exemptPage(c *fiber.Ctx, m views.ExemptModel) error {
	list, err := s.planner.Exemptions(c.UserContext(), principalOf(c))
	if err != nil {
		return err
	}
	m.Page = s.page(c, "Exempt list", views.SectionJobs)
	for _, e := range list {
		m.Entries = append(m.Entries, exemptEntry(e))
	}
	return render(c, views.Exempt(m))
}

func exemptEntry(e moderation.Exemption) views.ExemptEntry {
	entry := views.ExemptEntry{ID: e.ID, Account: e.Account.String(), Why: e.Why, By: e.By.Name, At: e.At}
	if e.Scope != moderation.Everywhere {
		entry.Where = e.Scope.String()
	}
	return entry
}

// handleAddExempt puts accounts on the exempt list.
func (s *Server) handleAddExempt(c *fiber.Ctx) error {
	field := func(name string) string { return strings.TrimSpace(c.FormValue(name)) }
	m := views.ExemptModel{Account: field(formAccount), Where: field(formWhere), Why: field(formWhy)}
	added, err := s.exempt(c, m)
	var wrong *moderation.SelectionError
	var scope *moderation.ScopeError
	if errors.As(err, &wrong) || errors.As(err, &scope) {
		m.Problem = sentence(err.Error())
		return s.exemptPage(c.Status(http.StatusBadRequest), m)
	}
	if err != nil {
		return err
	}
	s.setFlash(c, views.Message{Tone: views.ToneGood, Title: "Exempt", Subject: added.Account.String()})
	return c.Redirect(views.ExemptPath, fiber.StatusSeeOther)
}

func (s *Server) exempt(c *fiber.Ctx, typed views.ExemptModel) (moderation.Exemption, error) {
	account, err := moderation.ParseAccountGlob(typed.Account)
	if err != nil {
		return moderation.Exemption{}, err
	}
	entry := moderation.Exemption{Account: account, Why: typed.Why}
	if typed.Where != "" {
		if entry.Scope, err = moderation.ParseScope(typed.Where); err != nil {
			return moderation.Exemption{}, err
		}
	}
	return s.planner.Exempt(c.UserContext(), principalOf(c), entry)
}

// handleRemoveExempt takes an entry off the exempt list.
func (s *Server) handleRemoveExempt(c *fiber.Ctx) error {
	if err := s.planner.Unexempt(c.UserContext(), principalOf(c), c.FormValue("id")); err != nil {
		return err
	}
	s.setFlash(c, views.Message{Tone: views.ToneGood, Title: "Not exempt any more"})
	return c.Redirect(views.ExemptPath, fiber.StatusSeeOther)
}

// exemptions returns the entries of the exempt list that an account is on, in rooms
// that the operator may see.
func (s *Server) exemptions(c *fiber.Ctx, account string) ([]views.ExemptEntry, error) {
	list, err := s.planner.Exemptions(c.UserContext(), principalOf(c))
	if err != nil {
		return nil, err
	}
	var entries []views.ExemptEntry
	for _, e := range list {
		if e.Account.Match(account) {
			entries = append(entries, exemptEntry(e))
		}
	}
	return entries, nil
}
