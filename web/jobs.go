package web

import (
	"context"
	"io"
	"iter"
	"net/url"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"muckick/views"
	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/xmpp"
)

const (
	// jobsShown is how many jobs the list shows, and targetsPerPage how many targets
	// a page of a job.
	jobsShown      = 50
	targetsPerPage = 500
)

// handleJobs lists the jobs in rooms of the operator.
func (s *Server) handleJobs(c *fiber.Ctx) error {
	jobs, err := s.jobs.Jobs(c.UserContext(), principalOf(c), moderation.JobFilter{}, jobsShown+1)
	if err != nil {
		return err
	}
	m := views.JobsModel{Page: s.page(c, "Jobs", views.SectionJobs), More: len(jobs) > jobsShown}
	for _, job := range jobs[:min(len(jobs), jobsShown)] {
		m.Jobs = append(m.Jobs, jobEntry(job))
	}
	return render(c, views.Jobs(m))
}

func jobEntry(j moderation.Job) views.JobEntry {
	entry := views.JobEntry{
		ID: string(j.ID), Action: j.Kind, Purpose: string(j.Purpose), Of: string(j.Of), By: j.By.Name, Reason: j.Reason, Until: j.Until,
		State: string(j.State), Ended: j.State.Ended(), Note: j.Note, Created: j.Created, EndedAt: j.Ended, Total: j.Total, Outcomes: j.Outcomes,
	}
	for _, room := range j.Rooms {
		entry.Rooms = append(entry.Rooms, views.JobRoom{Room: room.Room.String(), Outcomes: room.Outcomes})
	}
	return entry
}

// jobOf returns the job of the page, as far as the operator may see it.
func (s *Server) jobOf(c *fiber.Ctx) (moderation.Job, error) {
	return s.jobs.Job(c.UserContext(), principalOf(c), moderation.JobID(c.Params("id")))
}

// handleJob shows how far a job is, and what became of each target.
func (s *Server) handleJob(c *fiber.Ctx) error {
	job, err := s.jobOf(c)
	if err != nil {
		return err
	}
	principal := principalOf(c)
	m := views.JobModel{
		Page: s.page(c, "Job", views.SectionJobs), Job: jobEntry(job), Outcome: xmpp.Outcome(c.Query("outcome")),
		MayStop: job.By.ID == principal.ID || principal.Grants.MayEverywhere(moderation.Administer),
	}
	m.MayRetry = job.MayRetry()
	m.MayBan = principal.Grants.MaySomewhere(moderation.Ban)
	m.KeepOut = m.MayStop && job.Kind == xmpp.ActionKick && job.Purpose != moderation.ToUndo
	after, err := strconv.Atoi(c.Query("after", "0"))
	if err != nil || after < 0 {
		return fieldError{"after", "is no number"}
	}
	filter := moderation.TargetFilter{Outcome: m.Outcome, After: after}
	targets, err := s.jobs.Targets(c.UserContext(), principal, job.ID, filter, targetsPerPage+1)
	if err != nil {
		return err
	}
	if len(targets) > targetsPerPage {
		query := url.Values{"after": {strconv.Itoa(targets[targetsPerPage].N)}}
		if m.Outcome != "" {
			query.Set("outcome", string(m.Outcome))
		}
		m.Next = views.JobPath(string(job.ID)) + "?" + query.Encode()
		targets = targets[:targetsPerPage]
	}
	for _, target := range targets {
		m.Targets = append(m.Targets, jobTarget(target))
	}
	if !job.State.Ended() {
		m.Events = views.JobPath(string(job.ID), "events")
	}
	return render(c, views.Job(m))
}

func jobTarget(t moderation.JobTarget) views.JobTarget {
	return views.JobTarget{
		Action: t.Action.Kind, Room: t.Action.Room.String(), Nick: t.Action.Target.Nick, Account: t.Action.Target.RealJID,
		Outcome: t.Outcome, Detail: t.Detail, At: t.At,
		MembersOnly: t.Action.Kind == xmpp.ActionLock && t.Action.MembersOnly, Kept: t.Members(),
	}
}

// handleStopJob stops a job within a second.
func (s *Server) handleStopJob(c *fiber.Ctx) error {
	id := moderation.JobID(c.Params("id"))
	if err := s.jobs.Stop(c.UserContext(), principalOf(c), id); err != nil {
		return err
	}
	return c.Redirect(views.JobPath(string(id)), fiber.StatusSeeOther)
}

// planOf answers with the plan that is made of a job: to undo what it left, or to
// try again what it could not do.
func (s *Server) planOf(make func(context.Context, moderation.Principal, moderation.JobID) (moderation.Plan, error)) fiber.Handler {
	return func(c *fiber.Ctx) error {
		end, err := s.searches.page(c.UserContext(), principalOf(c).ID)
		if err != nil {
			return err
		}
		defer end()
		plan, err := make(c.UserContext(), principalOf(c), moderation.JobID(c.Params("id")))
		if err != nil {
			return err
		}
		return c.Redirect(views.PlanPath(string(plan.ID)), fiber.StatusSeeOther)
	}
}

// handleJobEvents streams how far a job is.
func (s *Server) handleJobEvents(c *fiber.Ctx) error {
	job, err := s.jobOf(c)
	if err != nil {
		return err
	}
	watch := s.jobs.Watch(principalOf(c), job.ID, 0)
	return s.stream(c, nil, func(ctx context.Context, tell func([]byte)) {
		for {
			update, err := watch.Next(ctx)
			if err != nil {
				return // the page asks again, and sees why
			}
			tell(sse("job", "", renderText(views.JobProgress(jobEntry(update.Job)))))
			if update.Job.State.Ended() {
				return
			}
		}
	})
}

// handleJobCSV exports the targets of a job.
func (s *Server) handleJobCSV(c *fiber.Ctx) error {
	job, err := s.jobOf(c)
	if err != nil {
		return err
	}
	principal := principalOf(c)
	return s.export(c, "job-"+string(job.ID), "csv", func(ctx context.Context, w io.Writer) error {
		return store.WriteTargetsCSV(w, s.eachTarget(ctx, principal, job.ID))
	})
}

// eachTarget yields all targets of a job that a principal may see. An error is
// yielded last.
func (s *Server) eachTarget(ctx context.Context, principal moderation.Principal, id moderation.JobID) iter.Seq2[moderation.JobTarget, error] {
	return func(yield func(moderation.JobTarget, error) bool) {
		after := 0
		for {
			targets, err := s.jobs.Targets(ctx, principal, id, moderation.TargetFilter{After: after}, targetsPerPage)
			if err != nil {
				yield(moderation.JobTarget{}, err)
				return
			}
			for _, target := range targets {
				if !yield(target, nil) {
					return
				}
				after = target.N + 1
			}
			if len(targets) == 0 {
				return
			}
		}
	}
}
