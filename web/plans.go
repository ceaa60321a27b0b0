package web

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"muckick/views"
	"muckick/web/moderation"
	"muckick/xmpp"
)

// The fields of a form that selects people for a plan, besides those of other
// forms. Several of a kind are allowed of pick, where, nick and account.
const (
	formPick        = "pick"        // somebody, as pickOf reads them
	formWhere       = "where"       // a scope of people with traits, or of rooms to lock
	formNicks       = "nicks"       // globs, one a line
	formAccounts    = "accounts"    // globs, one a line
	formJoined      = "joined"      // joined in the last so long, as time.Duration writes it
	formRole        = "role"        // of people
	formAffiliation = "affiliation" // of people
	formEverybody   = "everybody"   // "yes": everybody in the rooms
	formMembers     = "members"     // "yes": members too
	formMembersOnly = "membersonly" // "yes": a lock that throws out who is not affiliated
	formWay         = "way"         // as moderation.Way; formBefore says who stays by a lock
)

// maxPlanForm is the largest body of a form that makes a plan, in bytes: a room of
// thousands can be ticked whole.
const maxPlanForm = 4 << 20

// handleNewPlan asks for a selection by rules.
func (s *Server) handleNewPlan(c *fiber.Ctx) error {
	return render(c, views.NewPlan(s.newPlan(c)))
}

func (s *Server) newPlan(c *fiber.Ctx) views.NewPlanModel {
	m := views.NewPlanModel{
		Page: s.page(c, "Select people", views.SectionJobs), Reasons: s.options.Reasons, Durations: s.options.Durations,
		Where: strings.Join(fieldsOf(c, formWhere), "\n"), Nicks: c.FormValue(formNicks), Accounts: c.FormValue(formAccounts),
		Joined: c.FormValue(formJoined), Reason: c.FormValue(formReason), Action: xmpp.ActionKind(c.FormValue(formAction)),
		Role: xmpp.Role(c.FormValue(formRole)), Affiliation: xmpp.Affiliation(c.FormValue(formAffiliation)),
		Members: c.FormValue(formMembers) == "yes", Everybody: c.FormValue(formEverybody) == "yes",
		Evict: c.FormValue(formWay) == string(moderation.Evict), For: c.FormValue(formFor), MembersOnly: c.FormValue(formMembersOnly) == "yes",
	}
	m.Stay = s.staysOffered(c)
	if m.Where == "" {
		m.Where = c.Query(formWhere)
	}
	return m
}

// handleMakePlan makes a plan of what is selected, and leads to it.
func (s *Server) handleMakePlan(c *fiber.Ctx) error {
	end, err := s.searches.page(c.UserContext(), principalOf(c).ID)
	if err != nil {
		return err
	}
	defer end()
	wish, err := s.readWish(c)
	if err == nil {
		var plan moderation.Plan
		if plan, err = s.planner.Make(c.UserContext(), principalOf(c), wish); err == nil {
			return c.Redirect(views.PlanPath(string(plan.ID)), fiber.StatusSeeOther)
		}
	}
	var wrong *moderation.SelectionError
	var scope *moderation.ScopeError
	if errors.As(err, &wrong) || errors.As(err, &scope) || errors.As(err, new(fieldError)) {
		m := s.newPlan(c)
		m.Problem = sentence(err.Error())
		return render(c.Status(http.StatusBadRequest), views.NewPlan(m))
	}
	return err
}

// readWish reads what somebody wants to be planned.
func (s *Server) readWish(c *fiber.Ctx) (moderation.Wish, error) {
	wish := moderation.Wish{
		Kind: xmpp.ActionKind(c.FormValue(formAction)), Reason: c.FormValue(formReason),
		Way: moderation.Way(c.FormValue(formWay)), MembersOnly: c.FormValue(formMembersOnly) == "yes",
	}
	var err error
	if wish.Until, err = s.readEnd(c); err != nil {
		return wish, err
	}
	if wish.MembersOnly && wish.Kind == xmpp.ActionLock {
		stay, err := readStay(c.FormValue(formBefore))
		if err != nil {
			return wish, err
		}
		wish.Stay = stay.rule
	}
	if wish.Kind == xmpp.ActionKick {
		wish.Until = time.Time{} // the form asks for it on behalf of other actions
	}
	if wish.Selection, err = s.readSelection(c); len(wish.Selection.Picks) > 0 && wish.Kind != xmpp.ActionKick {
		wish.Way = moderation.OneByOne // the bar below ticked rows asks for it on behalf of kicks
	}
	return wish, err
}

func (s *Server) readSelection(c *fiber.Ctx) (moderation.Selection, error) {
	selection := moderation.Selection{Everybody: c.FormValue(formEverybody) == "yes", Members: c.FormValue(formMembers) == "yes"}
	for _, text := range fieldsOf(c, formPick) {
		pick, err := pickOf(text, c.FormValue(formRoom))
		if err != nil {
			return selection, err
		}
		selection.Picks = append(selection.Picks, pick)
	}
	for _, field := range fieldsOf(c, formWhere) {
		for _, text := range lines(field) {
			scope, err := moderation.ParseScope(text)
			if err != nil {
				return selection, err
			}
			selection.Where = append(selection.Where, scope)
		}
	}
	traits, err := s.readTraits(c)
	selection.Traits = traits
	return selection, err
}

func (s *Server) readTraits(c *fiber.Ctx) (moderation.Traits, error) {
	traits := moderation.Traits{Role: xmpp.Role(c.FormValue(formRole)), Affiliation: xmpp.Affiliation(c.FormValue(formAffiliation))}
	for _, globs := range []struct {
		field string
		parse func(string) (moderation.Glob, error)
		into  *[]moderation.Glob
	}{
		{formNicks, moderation.ParseNickGlob, &traits.Nicks},
		{formAccounts, moderation.ParseAccountGlob, &traits.Accounts},
	} {
		for _, text := range lines(c.FormValue(globs.field)) {
			glob, err := globs.parse(text)
			if err != nil {
				return traits, err
			}
			*globs.into = append(*globs.into, glob)
		}
	}
	if text := c.FormValue(formJoined); text != "" {
		ago, err := time.ParseDuration(text)
		if err != nil || ago <= 0 {
			return traits, fieldError{formJoined, "is no time"}
		}
		traits.Since = s.now().Add(-ago)
	}
	return traits, nil
}

// pickOf reads somebody from a tick, whose value is a query with the fields of a
// kick's form. Without a room in it, that of the whole form is meant.
func pickOf(text, room string) (moderation.Pick, error) {
	values, err := url.ParseQuery(text)
	if err != nil {
		return moderation.Pick{}, fieldError{formPick, "cannot be read"}
	}
	pick := moderation.Pick{Target: xmpp.Target{
		Nick: values.Get(formNick), RealJID: values.Get(formRealJID), OccupantID: values.Get(formOccupantID),
	}}
	if pick.Room, err = xmpp.ParseRoom(cmp.Or(values.Get(formRoom), room)); err != nil {
		return moderation.Pick{}, err
	}
	if values.Has(formSince) {
		pick.Target, err = dated(pick.Target, values.Get(formSince))
	}
	return pick, err
}

// fieldsOf returns all values of a form's field.
func fieldsOf(c *fiber.Ctx, name string) []string {
	var values []string
	for _, value := range c.Request().PostArgs().PeekMulti(name) {
		values = append(values, string(value))
	}
	return values
}

// lines returns the lines of a text that are not empty.
func lines(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// handlePlan shows a plan before it runs.
func (s *Server) handlePlan(c *fiber.Ctx) error {
	plan, err := s.planner.Plan(c.UserContext(), principalOf(c), moderation.PlanID(c.Params("id")))
	if err != nil {
		return err
	}
	if plan.Job != "" {
		return c.Redirect(views.JobPath(string(plan.Job)), fiber.StatusSeeOther)
	}
	return render(c, views.Plan(s.planModel(c, plan, "")))
}

// handleStartJob makes a job of a plan that was shown.
func (s *Server) handleStartJob(c *fiber.Ctx) error {
	principal, id := principalOf(c), moderation.PlanID(c.FormValue("plan"))
	expect, err := strconv.Atoi(strings.TrimSpace(c.FormValue("expect")))
	if err != nil {
		expect = 0 // which is no number of targets
	}
	job, err := s.jobs.Start(c.UserContext(), principal, s.clientAddress(c), id, c.FormValue("hash"), expect)
	var used *moderation.PlanUsedError
	var number *moderation.ExpectError
	switch {
	case errors.As(err, &used):
		return c.Redirect(views.JobPath(string(used.Job)), fiber.StatusSeeOther)
	case errors.As(err, &number), errors.Is(err, moderation.ErrPlanChanged), errors.Is(err, moderation.ErrPlanExpired), errors.Is(err, moderation.ErrNothingToDo):
		plan, missing := s.planner.Plan(c.UserContext(), principal, id)
		if missing != nil {
			return missing
		}
		m := s.planModel(c, plan, planProblem(err))
		m.Miscounted = number != nil
		return render(c.Status(http.StatusBadRequest), views.Plan(m))
	case err != nil:
		return err
	}
	return c.Redirect(views.JobPath(string(job)), fiber.StatusSeeOther)
}

// planProblem words why a plan was not begun.
func planProblem(err error) string {
	var number *moderation.ExpectError
	if errors.As(err, &number) {
		return fmt.Sprintf("Nothing was begun: type the number %d to confirm.", number.Want)
	}
	return "Nothing was begun: " + sentence(err.Error())
}
