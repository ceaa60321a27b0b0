package web

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/compress"

	"muckick/static"
	"muckick/views"
	"muckick/web/moderation"
	"muckick/web/oidc"
)

// kickPath is the machine interface, where the panel kicks too.
const kickPath = "/muc_kick"

// within gives the requests that follow a deadline. It is that of their
// handlers: streams outlive those, and go on.
func within(limit time.Duration) fiber.Handler {
	return func(c *fiber.Ctx) error {
		whole := c.UserContext()
		ctx, cancel := context.WithTimeout(whole, limit)
		defer cancel()
		defer c.SetUserContext(whole) // with which an error is told
		c.SetUserContext(ctx)
		return c.Next()
	}
}

// route is the map of all addresses.
func (s *Server) route() {
	app := s.app
	app.Use(s.metrics.observeRequest, s.logRequest, s.recoverPanic, s.guard, compress.New(compress.Config{Next: isStream, Level: compress.LevelBestSpeed}))

	app.Post(kickPath, within(s.options.KickTimeout), s.handleKick)
	app.Use(within(requestTimeout))

	app.Get("/openapi.json", s.handleOpenAPI)
	app.Get("/healthz", s.handleHealth)
	app.Get("/readyz", s.handleReady)
	app.Get(static.Prefix+"*", s.handleStatic)

	app.Get("/", s.handleHome)
	app.Get("/login", s.handleLoginPage)
	app.Post("/login", s.sameOrigin, s.withPasswords, s.handleLogin)
	app.Get("/login/code", s.withPasswords, s.handleCodePage)
	app.Post("/login/code", s.sameOrigin, s.withPasswords, s.handleCode)
	app.Get(signOnPath, s.sameOrigin, s.withSignOn, s.handleSignOn)
	app.Get(oidc.CallbackPath, s.withSignOn, s.handleSignOnAnswer)

	app.Post("/logout", s.requireOperator, s.handleLogout)
	app.Get("/events", s.requireOperator, s.handleEvents)

	see, kick, administer := require(moderation.See), require(moderation.Kick), requireEverywhere(moderation.Administer)
	app.Get("/rooms", s.requireOperator, s.handleRooms)
	app.Get("/rooms/counts", s.requireOperator, s.handleRoomCounts)
	app.Get("/rooms/open", s.requireOperator, s.handleFormAddress)
	app.Get("/rooms/forget", s.requireOperator, s.handleFormAddress)
	app.Post("/rooms/open", s.requireOperator, s.handleOpenRoom)
	app.Post("/rooms/forget", s.requireOperator, s.handleForgetRoom)
	app.Get("/rooms/:address", s.requireOperator, see, s.handleRoom)
	app.Get("/rooms/:address/events", s.requireOperator, see, s.handleRoomEvents)
	app.Post("/rooms/:address/kick", s.requireOperator, see, kick, s.handleKickConfirm)
	app.Post("/rooms/:address/act", s.requireOperator, see, s.handleAct)
	app.Get("/rooms/:address/lock", s.requireOperator, see, require(moderation.Lock), s.handleLockPage)
	app.Post("/rooms/:address/lock", s.requireOperatorOfPlan, see, s.handleLock)
	app.Get("/rooms/:address/bans", s.requireOperator, see, require(moderation.Ban), s.handleBans)

	app.Get("/people", s.requireOperator, see, s.handlePeople)
	app.Get("/people/:account", s.requireOperator, see, s.handlePerson)
	app.Get("/people/:account/events", s.requireOperator, see, s.handlePersonEvents)
	app.Post("/people/:account/act", s.requireOperator, see, s.handlePersonAct)
	app.Post("/people/:account/keep-out", s.requireOperator, see, s.handlePersonKeepOut)
	app.Post("/people/:account/plan", s.requireOperatorOfPlan, see, s.handlePersonPlan)
	app.Post("/people/:account/look", s.requireOperator, see, s.handlePersonLook)

	app.Get("/plans/new", s.requireOperator, see, s.handleNewPlan)
	app.Post("/plans", s.requireOperatorOfPlan, see, s.handleMakePlan)
	app.Get("/plans/:id", s.requireOperator, see, s.handlePlan)
	app.Get("/jobs", s.requireOperator, see, s.handleJobs)
	app.Post("/jobs", s.requireOperator, see, s.handleStartJob)
	app.Get("/jobs/:id", s.requireOperator, see, s.handleJob)
	app.Get("/jobs/:id/events", s.requireOperator, see, s.handleJobEvents)
	app.Get("/jobs/:id/targets.csv", s.requireOperator, see, s.handleJobCSV)
	app.Post("/jobs/:id/stop", s.requireOperator, see, s.handleStopJob)
	app.Post("/jobs/:id/keep-out", s.requireOperator, see, s.handleKeepOut)
	app.Post("/jobs/:id/undo", s.requireOperator, see, s.planOf(s.planner.Undo))
	app.Post("/jobs/:id/retry", s.requireOperator, see, s.planOf(s.planner.Retry))

	app.Get("/arrivals", s.requireOperator, see, s.handleArrivals)
	app.Get("/arrivals/events", s.requireOperator, see, s.handleArrivalEvents)
	app.Post("/arrivals/plan", s.requireOperatorOfPlan, see, s.handleArrivalPlan)
	app.Post("/arrivals/dismiss", s.requireOperator, s.handleDismissWave)
	app.Post("/arrivals/rehearse", s.requireOperator, administer, s.handleRehearse)

	app.Get("/standing", s.requireOperator, see, s.handleStanding)
	app.Post("/standing/lift", s.requireOperator, s.handleLift)
	app.Post("/standing/let-in", s.requireOperator, s.handleLetIn)
	app.Post("/standing/end", s.requireOperator, s.handleEffectEnd)

	app.Get(views.ExemptPath, s.requireOperator, see, s.handleExempt)
	app.Post(views.ExemptPath+"/add", s.requireOperator, administer, s.handleAddExempt)
	app.Post(views.ExemptPath+"/remove", s.requireOperator, administer, s.handleRemoveExempt)

	audit, auditAll := require(moderation.Audit), requireEverywhere(moderation.Audit)
	app.Get("/audit", s.requireOperator, audit, s.handleAudit)
	app.Get("/audit.csv", s.requireOperator, audit, s.handleAuditCSV)
	app.Get("/audit.jsonl", s.requireOperator, audit, s.handleAuditJSONLines)
	app.Get("/audit/events", s.requireOperator, auditAll, s.handleAuditEvents)
	app.Get("/audit/events.csv", s.requireOperator, auditAll, s.handleAuditEventsCSV)
	app.Get("/audit/events.jsonl", s.requireOperator, auditAll, s.handleAuditEventsJSONLines)

	app.Get("/operators", s.requireOperator, administer, s.handleOperators)
	app.Post("/operators/add", s.requireOperator, administer, s.withPasswords, s.handleAddOperator)
	app.Post("/operators/grant", s.requireOperator, administer, s.handleGrant)
	app.Post("/operators/disable", s.requireOperator, administer, s.handleDisableOperator)
	app.Post("/operators/enable", s.requireOperator, administer, s.handleEnableOperator)
	app.Post("/operators/sign-out", s.requireOperator, administer, s.handleSignOutOperator)
	app.Post("/operators/reset-factor", s.requireOperator, administer, s.handleResetFactor)
	app.Post("/operators/remove", s.requireOperator, administer, s.handleRemoveOperator)
	app.Post("/operators/tokens/add", s.requireOperator, administer, s.handleAddToken)
	app.Post("/operators/tokens/revoke", s.requireOperator, administer, s.handleRevokeToken)

	app.Get("/account", s.requireOperator, s.handleAccount)
	app.Post("/account/password", s.requireOperator, ownPassword, s.handlePassword)
	app.Post("/account/factor", s.requireOperator, ownPassword, s.handleBeginFactor)
	app.Get("/account/factor", s.requireOperator, ownPassword, s.handleFactor)
	app.Get("/account/factor/qr.png", s.requireOperator, ownPassword, s.handleFactorQR)
	app.Post("/account/factor/confirm", s.requireOperator, ownPassword, s.handleConfirmFactor)
	app.Post("/account/factor/recovery", s.requireOperator, ownPassword, s.handleRenewRecovery)
	app.Post("/account/factor/remove", s.requireOperator, ownPassword, s.handleRemoveFactor)
	app.Post("/account/sessions/end", s.requireOperator, s.handleEndSession)
	app.Post("/account/sessions/end-others", s.requireOperator, s.handleEndOtherSessions)

	s.routeFormAddresses()
}

// routeFormAddresses has every address that only a form is sent to lead to a page:
// people open them from the history of their browser. That of programs leads nowhere.
func (s *Server) routeFormAddresses() {
	routes := s.app.GetRoutes(true)
	opens := func(path string) bool {
		return slices.ContainsFunc(routes, func(r fiber.Route) bool { return r.Method == fiber.MethodGet && r.Path == path })
	}
	for _, route := range routes {
		if route.Method == fiber.MethodPost && route.Path != kickPath && !opens(route.Path) {
			s.app.Get(route.Path, s.requireOperator, s.handleFormAddress)
		}
	}
}

// handleFormAddress leads from the address of a form to the page that has the form.
func (s *Server) handleFormAddress(c *fiber.Ctx) error {
	return c.Redirect(pageOfForm(c.Path()), fiber.StatusSeeOther)
}

// pageOfForm returns the path of the page that the form of an address of ours is on.
func pageOfForm(path string) string {
	parts := strings.SplitN(strings.TrimPrefix(path, "/"), "/", 3)
	switch parts[0] {
	case "people", "jobs":
		return "/" + parts[0] + "/" + parts[1]
	case "rooms":
		if len(parts) == 3 {
			return "/rooms/" + parts[1]
		}
	case "plans":
		return "/plans/new"
	case "arrivals", "standing", "exempt", "operators", "account":
		return "/" + parts[0]
	}
	return "/rooms"
}
