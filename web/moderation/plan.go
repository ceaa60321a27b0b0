package moderation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"muckick/xmpp"
)

const (
	// planTime is how long a plan holds.
	planTime = 10 * time.Minute
	// maxPlan bounds the people that one plan lists.
	maxPlan = 20_000
	// manyTargets is above how many targets their number has to be typed.
	manyTargets = 25
)

// What can be wrong with a plan that somebody wants carried out.
var (
	// ErrNoPlan means that there is no plan with that id, for who asks.
	ErrNoPlan = errors.New("there is no such plan")

	// ErrPlanExpired means that the plan is older than ten minutes.
	ErrPlanExpired = errors.New("the plan is too old: make a new one")

	// ErrPlanChanged means that another plan was shown than the one with that id.
	ErrPlanChanged = errors.New("this is not the plan that was shown")

	// ErrNothingToDo means that nobody is left to do anything to.
	ErrNothingToDo = errors.New("nothing is left to be done")
)

// An ExpectError says that the number of targets has to be typed, and was not, or
// was another.
type ExpectError struct{ Want, Got int }

func (e *ExpectError) Error() string {
	return fmt.Sprintf("this would hit %d targets: confirm it by that number", e.Want)
}

// A PlanUsedError says which job the plan has become already.
type PlanUsedError struct{ Job JobID }

func (e *PlanUsedError) Error() string { return "the plan is being carried out already" }

// PlanID names a plan.
type PlanID string

// A Verdict is what a plan says of a target.
type Verdict string

// The verdicts.
const (
	WillDo    Verdict = "will do"
	AlreadySo Verdict = "already so" // nothing is to be done
	Protected Verdict = "protected"
	CannotDo  Verdict = "cannot be done" // a kick cannot be taken back
)

// A Way is how a plan for kicks is carried out.
type Way string

// The ways.
const (
	OneByOne Way = ""      // every removal is told to everybody in the room
	Evict    Way = "evict" // those who stay become members, and the room members-only, for a moment
)

// A Purpose says what a plan is made from.
type Purpose string

// The purposes of a plan.
const (
	FromSelection Purpose = ""
	ToUndo        Purpose = "undo"  // what a job left
	ToRetry       Purpose = "retry" // what a job could not do
)

// A Wish is what somebody wants to be planned.
type Wish struct {
	Selection Selection
	Kind      xmpp.ActionKind
	Reason    string
	Until     time.Time // when the effect ends by itself; zero for never
	Way       Way

	// MembersOnly makes a lock throw out who is not affiliated, but for those whom
	// Stay means: they become members until the lock ends.
	MembersOnly bool
	Stay        StayRule
}

// A PlannedTarget is one thing that a plan does, or leaves.
type PlannedTarget struct {
	Action      xmpp.Action      // as it will be sent
	Effect      EffectID         `json:",omitempty"` // that an undo takes back
	Role        xmpp.Role        `json:",omitempty"`
	Affiliation xmpp.Affiliation `json:",omitempty"`
	Verdict     Verdict
	Protection  Protection `json:",omitempty"`
	Note        string     `json:",omitempty"` // such as who exempted them, and why

	// People are those without affiliation in a room that becomes members-only.
	People []Bystander `json:",omitempty"`
}

// A Plan is the answer of a selection at one moment. It does nothing until it is
// made a job.
type Plan struct {
	ID      PlanID
	By      Actor
	Made    time.Time
	Expires time.Time
	Purpose Purpose
	Of      JobID // that is undone or tried again
	Kind    xmpp.ActionKind
	Reason  string
	Until   time.Time `json:",omitzero"`
	Way     Way

	Targets []PlannedTarget // by room, in the order in which they were found
	Rooms   []PlannedRoom   // with at least one target
	Unseen  []UnseenRoom    // that could not be looked into
	Undated int             // who may have joined since, but nobody saw when

	Hash   string // of what will be done
	Expect int    // the number that has to be typed; 0 for none
	Job    JobID  // what it has become; empty while it is a plan
}

// A PlannedRoom counts the targets in a room.
type PlannedRoom struct {
	Room         xmpp.RoomJID
	WillDo       int
	AlreadySo    int
	Protected    int
	CannotDo     int
	Occupants    int
	Unaffiliated int // occupants without an affiliation
	Admitted     int // who stays and becomes a member: until a lock ends, or while others are evicted
	Evicted      int // who goes by that; where people are evicted, the others are kicked
}

// An UnseenRoom is one that could not be looked into.
type UnseenRoom struct {
	Room    xmpp.RoomJID
	Problem string
}

// WillDo counts what the plan does.
func (p Plan) WillDo() int { return p.count(WillDo) }

// Protected counts whom the plan leaves alone.
func (p Plan) Protected() int { return p.count(Protected) }

// AlreadySo counts where nothing is to be done.
func (p Plan) AlreadySo() int { return p.count(AlreadySo) }

// thrownOut counts the people whom locks throw out.
func (p Plan) thrownOut() int {
	count := 0
	if p.Kind == xmpp.ActionLock {
		for _, room := range p.Rooms {
			count += room.Evicted
		}
	}
	return count
}

func (p Plan) count(verdict Verdict) int {
	count := 0
	for i := range p.Targets {
		if p.Targets[i].Verdict == verdict {
			count++
		}
	}
	return count
}

// seal counts the plan's targets and computes its hash.
func (p *Plan) seal() error {
	rooms := make(map[xmpp.RoomJID]int, len(p.Rooms))
	for i, room := range p.Rooms {
		rooms[room.Room] = i
	}
	many := false
	hash := sha256.New()
	digest := json.NewEncoder(hash)
	if err := digest.Encode([]any{p.Purpose, p.Of, p.Kind, p.Until, p.Way}); err != nil {
		return err
	}
	for i := range p.Targets {
		target := &p.Targets[i]
		at, known := rooms[target.Action.Room]
		if !known {
			at = len(p.Rooms)
			rooms[target.Action.Room] = at
			p.Rooms = append(p.Rooms, PlannedRoom{Room: target.Action.Room})
		}
		room := &p.Rooms[at]
		switch target.Verdict {
		case WillDo:
			room.WillDo++
			if err := digest.Encode([]any{target.Action, target.People}); err != nil {
				return err
			}
		case AlreadySo:
			room.AlreadySo++
		case CannotDo:
			room.CannotDo++
		default:
			room.Protected++
		}
	}
	for _, room := range p.Rooms {
		hit := room.WillDo
		if !p.Kind.IsOfPerson() {
			hit = room.Evicted
		}
		many = many || hit > 1 && room.Unaffiliated > 0 && hit*2 > room.Unaffiliated
	}
	p.Hash = hex.EncodeToString(hash.Sum(nil))
	total := p.WillDo()
	if out := p.thrownOut(); out > manyTargets || out > 0 && many {
		total, many = out, true
	}
	if total > manyTargets || many {
		p.Expect = total
	}
	return nil
}

// check returns nil if the plan can be made a job now by somebody who was shown
// it and typed a number.
func (p Plan) check(by Principal, hash string, expect int, now time.Time) error {
	if p.By.Kind != by.Kind || p.By.ID != by.ID || p.By.Name != by.Name && p.By.ID == "" {
		if err := by.RequireEverywhere(Administer); err != nil {
			return ErrNoPlan
		}
	}
	switch {
	case p.Job != "":
		return &PlanUsedError{p.Job}
	case !now.Before(p.Expires):
		return ErrPlanExpired
	case hash != p.Hash:
		return ErrPlanChanged
	case p.WillDo() == 0:
		return ErrNothingToDo
	case p.Expect != 0 && expect != p.Expect:
		return &ExpectError{Want: p.Expect, Got: expect}
	}
	return nil
}

// Plans keeps plans, for all replicas.
type Plans interface {
	// AddPlan keeps a plan and returns its id.
	AddPlan(ctx context.Context, p Plan) (PlanID, error)

	// Plan returns the plan with an id, or ErrNoPlan.
	Plan(ctx context.Context, id PlanID) (Plan, error)
}
