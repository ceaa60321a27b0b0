package moderation

import (
	"context"
	"fmt"
	"slices"

	"muckick/xmpp"
)

// Undo makes a plan that takes back what a job left and what still stands of it:
// it unbans, with the affiliation that was before, gives voice back, and unlocks.
// What cannot be taken back, as a kick, is listed so; what was lifted meanwhile is
// already so. The error is ErrNoJob for who may not see the job.
func (p *Planner) Undo(ctx context.Context, by Principal, id JobID) (Plan, error) {
	job, err := p.job(ctx, by, id)
	if err != nil {
		return Plan{}, err
	}
	kind, _ := opposite(job.Kind)
	if kind == "" {
		kind = job.Kind
	}
	plan := Plan{Purpose: ToUndo, Of: id, Kind: kind}
	effects, err := p.options.Effects.Effects(ctx, EffectFilter{Job: id, Ended: true}, maxPlan)
	if err != nil {
		return Plan{}, fmt.Errorf("read the effects of the job: %w", err)
	}
	for _, e := range effects {
		if by.mayReview(e.Room) {
			plan.Targets = append(plan.Targets, undoing(by, e))
		}
	}
	if _, undoable := opposite(job.Kind); !undoable {
		targets, err := p.options.Jobs.JobTargets(ctx, id, TargetFilter{Outcome: xmpp.Done}, maxPlan)
		if err != nil {
			return Plan{}, fmt.Errorf("read the targets of the job: %w", err)
		}
		for _, target := range targets {
			if by.mayReview(target.Action.Room) {
				plan.Targets = append(plan.Targets, PlannedTarget{
					Action: target.Action, Verdict: CannotDo, Note: fmt.Sprintf("a %s cannot be taken back", target.Action.Kind),
				})
			}
		}
	}
	return p.keep(ctx, plan, by, p.options.Now())
}

// undoing says what becomes of an effect by an undo.
func undoing(by Principal, e Effect) PlannedTarget {
	target := PlannedTarget{Action: lifting(e), Effect: e.ID, Verdict: WillDo}
	for _, stayer := range e.Granted {
		target.People = append(target.People, Bystander{Stayer: stayer, Fate: NoMember})
	}
	switch {
	case !e.Stands():
		target.Verdict, target.Note, target.People = AlreadySo, string(e.State), nil
	case !by.Grants.May(Needs(target.Action.Kind), e.Room):
		target.Verdict, target.Note = CannotDo, (&ForbiddenError{Capability: Needs(target.Action.Kind), Room: e.Room}).Error()
	}
	return target
}

// Retry makes a plan of what a job did not do because it was refused, not sent or
// cancelled, and of what is not known and still can be seen to be undone. The
// people are looked for anew. The error is ErrNoJob for who may not see the job.
func (p *Planner) Retry(ctx context.Context, by Principal, id JobID) (Plan, error) {
	job, err := p.job(ctx, by, id)
	if err != nil {
		return Plan{}, err
	}
	left, err := p.left(ctx, by, id)
	if err != nil {
		return Plan{}, err
	}
	plan := Plan{Purpose: ToRetry, Of: id, Kind: job.Kind, Reason: job.Reason, Until: job.Until, Way: job.Way}
	kept := keptBy(left)
	if job.Purpose == ToUndo || !job.Kind.IsOfPerson() && kept == nil {
		for _, target := range left {
			plan.Targets = append(plan.Targets, PlannedTarget{Action: target.Action, Effect: target.Effect, Verdict: WillDo})
		}
		return p.keep(ctx, plan, by, p.options.Now())
	}
	// Members who are hit were asked for then.
	wish := Wish{Kind: job.Kind, Reason: job.Reason, Until: job.Until, Way: job.Way, Selection: Selection{Members: true}, MembersOnly: kept != nil}
	for _, target := range left {
		if wish.MembersOnly {
			wish.Selection.Where = append(wish.Selection.Where, InRoom(target.Action.Room))
		} else {
			wish.Selection.Picks = append(wish.Selection.Picks, Pick{target.Action.Room, target.Action.Target})
		}
	}
	if len(left) > 0 {
		if err := wish.Selection.check(by, job.Kind); err != nil {
			return Plan{}, err
		}
	}
	if err := p.answer(ctx, &plan, by, wish, kept); err != nil {
		return Plan{}, err
	}
	return p.keep(ctx, plan, by, p.options.Now())
}

// retried returns the outcomes of targets that can be tried again.
func retried() []xmpp.Outcome {
	return []xmpp.Outcome{xmpp.Refused, xmpp.NotSent, xmpp.Cancelled, xmpp.Unknown}
}

// MayRetry reports whether a job has targets that [Planner.Retry] tries again, as far
// as its outcomes are known.
func (j Job) MayRetry() bool {
	return slices.ContainsFunc(retried(), func(o xmpp.Outcome) bool { return j.Outcomes[o] > 0 })
}

// keptBy returns who was to stay in the rooms that targets make members-only; nil if
// they make none so.
func keptBy(targets []JobTarget) map[xmpp.RoomJID][]Stayer {
	var kept map[xmpp.RoomJID][]Stayer
	for _, target := range targets {
		if target.Action.Kind != xmpp.ActionLock || !target.Action.MembersOnly {
			continue
		}
		if kept == nil {
			kept = make(map[xmpp.RoomJID][]Stayer)
		}
		kept[target.Action.Room] = target.Keep
	}
	return kept
}

// left returns the targets of a job that can be tried again, in rooms that the
// principal may see.
func (p *Planner) left(ctx context.Context, by Principal, id JobID) ([]JobTarget, error) {
	var left []JobTarget
	for _, outcome := range retried() {
		targets, err := p.options.Jobs.JobTargets(ctx, id, TargetFilter{Outcome: outcome}, maxPlan)
		if err != nil {
			return nil, fmt.Errorf("read the targets of the job: %w", err)
		}
		for _, target := range targets {
			if by.mayReview(target.Action.Room) {
				left = append(left, target)
			}
		}
	}
	return left, nil
}

// job returns a job that a principal may see.
func (p *Planner) job(ctx context.Context, by Principal, id JobID) (Job, error) {
	job, err := p.options.Jobs.Job(ctx, id)
	if err != nil {
		return Job{}, err
	}
	if _, visible := job.shownTo(by); !visible {
		return Job{}, ErrNoJob
	}
	return job, nil
}
