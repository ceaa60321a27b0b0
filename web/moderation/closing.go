package moderation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"muckick/xmpp"
)

// maxKeptByPlan bounds whom all locks of a plan together make members.
const maxKeptByPlan = 5000

// A Fate is what becomes of an outsider with a plan to make rooms members-only, or to
// take that back.
type Fate string

// The fates.
const (
	Stays      Fate = "stays"       // is made a member until the lock ends
	Goes       Fate = "goes"        // is thrown out
	CannotStay Fate = "cannot stay" // is thrown out, since the room hides the account that was to stay
	NoMember   Fate = "no member"   // stays when the lock ends, and is no member any more
)

// rank sorts those first who do not stay.
func (f Fate) rank() int {
	if f == Stays || f == NoMember {
		return 1
	}
	return 0
}

// A Bystander is an outsider under one nick, with what becomes of them.
type Bystander struct {
	Stayer
	Fate       Fate
	Protection Protection `json:",omitempty"` // why they stay whatever the rule says
}

// Keep returns those who are made members for a lock, or are none any more after it.
func (t PlannedTarget) Keep() []Stayer {
	var keep []Stayer
	for _, b := range t.People {
		if b.Fate == Stays || b.Fate == NoMember {
			keep = append(keep, b.Stayer)
		}
	}
	return keep
}

// Members counts the accounts of those.
func (t PlannedTarget) Members() int { return len(oneOfEach(t.Keep())) }

// closing looks at a room that is to become members-only.
func (p *Planner) closing(ctx context.Context, d *draft, room xmpp.RoomJID) look {
	found := d.room(room)
	roster, err := p.roster(ctx, room)
	if err != nil {
		return look{err: err}
	}
	closed, err := p.options.Crowd.MembersOnly(ctx, room)
	if err != nil {
		return look{err: err}
	}
	target := &found.targets[0]
	found.counts.Occupants = len(roster.Occupants)
	if closed {
		target.Verdict, target.Note = AlreadySo, "members only already"
		return found
	}
	sorted := found
	sorted.targets = slices.Clone(found.targets)
	if err := d.sortOutsiders(&sorted, roster); err != nil {
		target.Verdict, target.Note = CannotDo, err.Error()
		return found
	}
	return sorted
}

// errNotTold says that a room hides whom a lock would throw out.
var errNotTold = errors.New("the room does not tell who of them is a member, so that anybody may be thrown out")

// sortOutsiders says of all outsiders in a room whether they stay. Who is protected
// does, whatever the rule says. The error is why that cannot be.
func (d *draft) sortOutsiders(found *look, roster xmpp.Roster) error {
	occupants := slices.Clone(roster.Occupants)
	for i, o := range occupants {
		occupants[i].Ours = o.Ours || o.RealJID != "" && sameAccount(o.RealJID, d.account)
	}
	outsiders, unknown := Outsiders(occupants)
	switch {
	case slices.Contains(roster.Gaps, xmpp.GapCompleteness):
		return errors.New("the room does not tell who all is there")
	case unknown > 0:
		return errNotTold
	}
	target, counts := &found.targets[0], &found.counts
	counts.Unaffiliated = len(outsiders)
	past := d.newcomers.Past(counts.Room, roster)
	for _, o := range outsiders {
		fate, protection := d.fate(past, counts.Room, o)
		switch {
		case fate == CannotStay && protection != "":
			return fmt.Errorf("%q is moderator for this visit, and the room hides the account: they would be thrown out", o.Occupants[0].Nick)
		case fate == Stays:
			counts.Admitted++
		default:
			counts.Evicted++
		}
		if timed := d.kept == nil && !d.wish.Stay.Nobody; timed && fate == Goes && o.Since.IsZero() {
			found.undated++
		}
		for _, stayer := range o.stayers() {
			target.People = append(target.People, Bystander{stayer, fate, protection})
		}
	}
	d.addAbsent(found)
	slices.SortStableFunc(target.People, func(a, b Bystander) int { return cmp.Compare(a.Fate.rank(), b.Fate.rank()) })
	if counts.Admitted > MaxKept {
		found.tooMany = &SelectionError{fmt.Sprintf("%d people are to stay in %s, and a lock makes %d members at most: choose an earlier time, or nobody",
			counts.Admitted, counts.Room, MaxKept)}
	}
	return nil
}

// fate decides about an outsider.
func (d *draft) fate(past Past, room xmpp.RoomJID, o Outsider) (Fate, Protection) {
	protection := Protection("")
	switch _, exempt := exemption(d.exempt, room, o.Account); {
	case exempt:
		protection = ProtectedExempt
	case o.IsModerator():
		protection = ProtectedModerator
	}
	stays := protection != "" || past.Keeps(o, d.wish.Stay)
	if d.kept != nil && protection == "" {
		stays = slices.ContainsFunc(d.kept[room], func(s Stayer) bool { return sameAccount(s.Account, o.Account) })
	}
	switch {
	case !stays:
		return Goes, ""
	case o.Account == "":
		return CannotStay, protection
	}
	return Stays, protection
}

// addAbsent adds whom a lock was to keep that is tried again, and who have left
// meanwhile: they can come back.
func (d *draft) addAbsent(found *look) {
	target := &found.targets[0]
	for _, stayer := range oneOfEach(d.kept[found.counts.Room]) {
		if !slices.ContainsFunc(target.People, func(b Bystander) bool { return sameAccount(b.Account, stayer.Account) }) {
			target.People = append(target.People, Bystander{Stayer: stayer, Fate: Stays})
			found.counts.Admitted++
		}
	}
}

// checkClosing returns what is wrong with how many people are to stay.
func checkClosing(looks []look) error {
	total := 0
	for _, l := range looks {
		if l.tooMany != nil {
			return l.tooMany
		}
		total += l.counts.Admitted
	}
	if total > maxKeptByPlan {
		return &SelectionError{fmt.Sprintf("%d people would become members, and a plan makes %d at most: select fewer rooms, or an earlier time", total, maxKeptByPlan)}
	}
	return nil
}
