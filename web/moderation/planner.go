package moderation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"muckick/xmpp"
)

// lookers is how many rooms are looked into at once.
const lookers = 16

// Crowd tells who is in which rooms.
type Crowd interface {
	Services(ctx context.Context) ([]xmpp.Service, error)
	Rooms(ctx context.Context, service string) ([]xmpp.Room, error)
	Occupants(ctx context.Context, room xmpp.RoomJID) (xmpp.Roster, error)
	Enter(ctx context.Context, room xmpp.RoomJID) (xmpp.Roster, error)
	MembersOnly(ctx context.Context, room xmpp.RoomJID) (closed bool, err error)
	ArrivalList
	Status() (xmpp.Status, <-chan struct{}) // with our own address
}

// PlannerOptions are what a [Planner] works with. All are required.
type PlannerOptions struct {
	Crowd      Crowd
	Plans      Plans
	Exemptions Exemptions
	Jobs       JobStore
	Effects    Effects
	Now        func() time.Time
}

// A Planner makes plans.
type Planner struct{ options PlannerOptions }

// NewPlanner returns a planner.
func NewPlanner(o PlannerOptions) *Planner { return &Planner{o} }

// Make makes a plan of a wish, and keeps it for ten minutes. Nothing else is
// changed. The error is a [*SelectionError], a [*ForbiddenError], a
// [*xmpp.NoRoomError], what is wrong with the reason, or why the rooms could not
// be found out.
func (p *Planner) Make(ctx context.Context, by Principal, wish Wish) (Plan, error) {
	now := p.options.Now()
	if err := checkWish(wish, now); err != nil {
		return Plan{}, err
	}
	if err := wish.Selection.check(by, wish.Kind); err != nil {
		return Plan{}, err
	}
	plan := Plan{Kind: wish.Kind, Reason: wish.Reason, Until: wish.Until, Way: wish.Way}
	if err := p.answer(ctx, &plan, by, wish, nil); err != nil {
		return Plan{}, err
	}
	return p.keep(ctx, plan, by, now)
}

// answer fills a plan with whom the selection of a wish means now. Those of kept, if
// that is not nil, are to stay in rooms that become members-only, instead of whom the
// rule of the wish means.
func (p *Planner) answer(ctx context.Context, plan *Plan, by Principal, wish Wish, kept map[xmpp.RoomJID][]Stayer) error {
	rooms, err := p.rooms(ctx, by, wish)
	if err != nil {
		return err
	}
	exempt, err := p.options.Exemptions.Exemptions(ctx)
	if err != nil {
		return fmt.Errorf("read the exempt list: %w", err)
	}
	status, _ := p.options.Crowd.Status()
	if !status.Online {
		return xmpp.ErrOffline
	}
	draft := &draft{by: by, wish: wish, exempt: exempt, account: status.JID, picks: make(map[xmpp.RoomJID][]xmpp.Target), kept: kept}
	if wish.MembersOnly {
		draft.newcomers = LookBack(p.options.Crowd, by.Grants.MayEverywhere(See), p.options.Now())
	}
	once := make(map[Pick]bool, len(wish.Selection.Picks))
	for _, pick := range wish.Selection.Picks {
		if !once[pick] {
			once[pick] = true
			draft.picks[pick.Room] = append(draft.picks[pick.Room], pick.Target)
		}
	}
	return p.fill(ctx, plan, rooms, draft)
}

// keep seals a plan and stores it.
func (p *Planner) keep(ctx context.Context, plan Plan, by Principal, now time.Time) (Plan, error) {
	// The database keeps microseconds, and the hash has to stay the same.
	plan.By, plan.Made, plan.Expires = by.Actor, now.UTC().Truncate(time.Microsecond), now.UTC().Add(planTime).Truncate(time.Microsecond)
	if err := plan.seal(); err != nil {
		return Plan{}, err
	}
	id, err := p.options.Plans.AddPlan(ctx, plan)
	if err != nil {
		return Plan{}, fmt.Errorf("keep the plan: %w", err)
	}
	plan.ID = id
	return plan, nil
}

// Plan returns a plan as a principal may see it: their own, or anybody's to an
// administrator, in rooms that they may see now. Else the error is ErrNoPlan.
func (p *Planner) Plan(ctx context.Context, by Principal, id PlanID) (Plan, error) {
	plan, err := p.options.Plans.Plan(ctx, id)
	if err != nil {
		return Plan{}, err
	}
	if plan.By != by.Actor && !by.Grants.MayEverywhere(Administer) {
		return Plan{}, ErrNoPlan
	}
	// What they may see may be less than when the plan was made.
	hidden := func(room xmpp.RoomJID) bool { return !by.mayReview(room) }
	if slices.ContainsFunc(plan.Rooms, func(r PlannedRoom) bool { return hidden(r.Room) }) ||
		slices.ContainsFunc(plan.Unseen, func(r UnseenRoom) bool { return hidden(r.Room) }) {
		return Plan{}, ErrNoPlan
	}
	return plan, nil
}

func checkWish(wish Wish, now time.Time) error {
	switch wish.Kind {
	case xmpp.ActionKick, xmpp.ActionBan, xmpp.ActionMute, xmpp.ActionUnmute, xmpp.ActionLock:
	default:
		return &SelectionError{fmt.Sprintf("%q cannot be planned by a selection", wish.Kind)}
	}
	switch {
	case wish.MembersOnly && wish.Kind != xmpp.ActionLock:
		return &SelectionError{fmt.Sprintf("a %s makes no room members-only", wish.Kind)}
	case wish.Way != OneByOne && (wish.Way != Evict || wish.Kind != xmpp.ActionKick):
		return &SelectionError{fmt.Sprintf("a %s cannot be carried out by the way %q", wish.Kind, wish.Way)}
	case !wish.Until.IsZero() && (wish.Kind == xmpp.ActionKick || wish.Kind == xmpp.ActionUnmute):
		return &SelectionError{fmt.Sprintf("a %s has no end", wish.Kind)}
	case !wish.Until.IsZero() && !wish.Until.After(now):
		return &SelectionError{"the end is not in the future"}
	}
	return xmpp.CheckReason(wish.Reason)
}

// rooms returns the rooms of a wish in which the principal may act, sorted.
func (p *Planner) rooms(ctx context.Context, by Principal, wish Wish) ([]xmpp.RoomJID, error) {
	found := make(map[xmpp.RoomJID]bool)
	for _, pick := range wish.Selection.Picks {
		found[pick.Room] = true
	}
	for _, scope := range wish.Selection.Where {
		if room, ok := scope.Room(); ok {
			found[room] = true
		}
	}
	services, err := p.services(ctx, wish.Selection.Where)
	if err != nil {
		return nil, err
	}
	for _, service := range services {
		listed, err := p.options.Crowd.Rooms(ctx, service)
		if err != nil {
			return nil, fmt.Errorf("list the rooms of %s: %w", service, err)
		}
		for _, room := range listed {
			if by.Grants.May(See, room.JID) && by.Grants.May(Needs(wish.Kind), room.JID) {
				found[room.JID] = true
			}
		}
	}
	rooms := make([]xmpp.RoomJID, 0, len(found))
	for room := range found {
		rooms = append(rooms, room)
	}
	slices.SortFunc(rooms, func(a, b xmpp.RoomJID) int {
		return cmp.Or(cmp.Compare(a.Domain(), b.Domain()), cmp.Compare(a.Local(), b.Local()))
	})
	return rooms, nil
}

// services returns those of which all rooms are meant.
func (p *Planner) services(ctx context.Context, where []Scope) ([]string, error) {
	var services []string
	for _, scope := range where {
		if service, ok := scope.Service(); ok {
			services = append(services, service)
		}
	}
	if !slices.Contains(where, Everywhere) {
		slices.Sort(services)
		return slices.Compact(services), nil
	}
	all, err := p.options.Crowd.Services(ctx)
	if err != nil {
		return nil, fmt.Errorf("find the MUC services: %w", err)
	}
	services = services[:0]
	for _, service := range all {
		services = append(services, service.Domain)
	}
	return services, nil
}

// fill looks into the rooms and lists who is there.
func (p *Planner) fill(ctx context.Context, plan *Plan, rooms []xmpp.RoomJID, d *draft) error {
	looks := make([]look, len(rooms))
	var group errgroup.Group
	group.SetLimit(lookers)
	for i, room := range rooms {
		group.Go(func() error {
			switch {
			case d.wish.MembersOnly:
				looks[i] = p.closing(ctx, d, room)
				return nil
			case !d.wish.Kind.IsOfPerson():
				looks[i] = d.room(room)
				return nil
			}
			roster, err := p.roster(ctx, room)
			if err != nil {
				looks[i].err = err
				return nil
			}
			looks[i] = d.look(room, roster)
			if d.wish.Way == Evict {
				looks[i].evicting(p.obstacleToEvict(ctx, d.by, roster), roster)
			}
			return nil
		})
	}
	_ = group.Wait() // each look keeps its own error
	total := 0
	for _, look := range looks {
		total += len(look.targets)
		for _, target := range look.targets {
			total += len(target.People)
		}
	}
	if total > maxPlan {
		return &SelectionError{fmt.Sprintf("%d people are selected, and a plan has %d at most: select less", total, maxPlan)}
	}
	if err := checkClosing(looks); err != nil {
		return err
	}
	plan.Targets = make([]PlannedTarget, 0, total)
	for i, look := range looks {
		if look.err != nil {
			if err := ctx.Err(); err != nil {
				return err
			}
			if errors.Is(look.err, xmpp.ErrOffline) {
				return look.err
			}
			plan.Unseen = append(plan.Unseen, UnseenRoom{rooms[i], InWords(look.err)})
			continue
		}
		plan.Undated += look.undated
		if len(look.targets) > 0 {
			plan.Targets = append(plan.Targets, look.targets...)
			plan.Rooms = append(plan.Rooms, look.counts)
		}
	}
	return nil
}

// roster returns who is in a room, with their roles. Where those are not told to
// who is outside, it goes in.
func (p *Planner) roster(ctx context.Context, room xmpp.RoomJID) (xmpp.Roster, error) {
	roster, err := p.options.Crowd.Occupants(ctx, room)
	if err != nil || roster.Live || !slices.Contains(roster.Gaps, xmpp.GapRoles) {
		return roster, err
	}
	inside, err := p.options.Crowd.Enter(ctx, room)
	if errors.As(err, new(*xmpp.JoinError)) {
		return roster, nil // of whom nothing is known, nobody is hit
	}
	return inside, err
}
