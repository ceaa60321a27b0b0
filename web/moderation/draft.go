package moderation

import (
	"fmt"
	"slices"
	"strings"

	"muckick/xmpp"
)

// A look is what a draft found in one room.
type look struct {
	targets []PlannedTarget
	counts  PlannedRoom
	undated int
	tooMany error // are to stay
	err     error
}

// A draft decides about the people in rooms.
type draft struct {
	by      Principal
	wish    Wish
	exempt  []Exemption
	account string
	picks   map[xmpp.RoomJID][]xmpp.Target

	// Of rooms that become members-only.
	newcomers Newcomers
	kept      map[xmpp.RoomJID][]Stayer // nil where the wish says who stays
}

// room is the look at a room that itself is the target.
func (d *draft) room(room xmpp.RoomJID) look {
	return look{counts: PlannedRoom{Room: room}, targets: []PlannedTarget{{Action: d.action(room, xmpp.Target{}), Verdict: WillDo}}}
}

func (d *draft) action(room xmpp.RoomJID, target xmpp.Target) xmpp.Action {
	return xmpp.Action{Kind: d.wish.Kind, Room: room, Target: target, Reason: d.wish.Reason, MembersOnly: d.wish.MembersOnly}
}

// look decides about who is in a room, and about who was picked there.
func (d *draft) look(room xmpp.RoomJID, roster xmpp.Roster) look {
	found := look{counts: PlannedRoom{Room: room, Occupants: len(roster.Occupants)}}
	selection, picks := &d.wish.Selection, d.picks[room]
	byTraits := selection.byTraits() && slices.ContainsFunc(selection.Where, func(s Scope) bool { return s.Covers(room) })
	byNick, byAccount := make(map[string][]int), make(map[string][]int) // of picks
	for i, pick := range picks {
		if pick.Nick != "" {
			byNick[pick.Nick] = append(byNick[pick.Nick], i)
			continue
		}
		account := AccountKey(pick.RealJID)
		byAccount[account] = append(byAccount[account], i)
	}
	met := make([]bool, len(picks))
	accounts := make(map[string]bool) // that are in the plan to be banned
	for _, occupant := range roster.Occupants {
		if occupant.Affiliation == xmpp.AffiliationNone {
			found.counts.Unaffiliated++
		}
		meant := false
		for _, i := range byNick[occupant.Nick] {
			if picks[i].Means(occupant) {
				met[i], meant = true, true
			}
		}
		if occupant.RealJID != "" {
			for _, i := range byAccount[AccountKey(occupant.RealJID)] {
				met[i], meant = true, true
			}
		}
		picked := meant
		if byTraits && !meant {
			applies, undated := selection.Traits.applies(occupant)
			if undated && !selection.Everybody {
				found.undated++
			}
			meant = selection.Everybody || applies
		}
		if !meant {
			continue
		}
		account := AccountKey(occupant.RealJID)
		if d.wish.Kind == xmpp.ActionBan && account != "" {
			if accounts[account] {
				continue // a ban is of the account, under whatever nicks
			}
			accounts[account] = true
		}
		found.targets = append(found.targets, d.judge(room, occupant, picked))
	}
	for i, pick := range picks {
		account := AccountKey(pick.RealJID)
		if met[i] || account != "" && accounts[account] {
			continue
		}
		if d.wish.Kind == xmpp.ActionBan {
			accounts[account] = true
		}
		found.targets = append(found.targets, d.absent(room, pick))
	}
	return found
}

// AccountKey returns what is the same for all JIDs of an account; empty for none.
func AccountKey(jid string) string { return strings.ToLower(xmpp.BareJID(jid)) }

func sameAccount(a, b string) bool { return strings.EqualFold(xmpp.BareJID(a), xmpp.BareJID(b)) }

// judge decides about somebody who is in a room.
func (d *draft) judge(room xmpp.RoomJID, o xmpp.Occupant, picked bool) PlannedTarget {
	target := PlannedTarget{
		Action: d.action(room, xmpp.Target{Nick: o.Nick, RealJID: o.RealJID, OccupantID: o.OccupantID, Since: o.Since.UTC()}),
		Role:   o.Role, Affiliation: o.Affiliation, Verdict: WillDo,
	}
	if o.RealJID != "" && sameAccount(o.RealJID, d.account) {
		o.Ours = true
	}
	named := picked && d.wish.Selection.isSingle()
	target.Protection = protection(o, named, d.wish.Selection.Members)
	if entry, exempt := exemption(d.exempt, room, o.RealJID); exempt && target.Protection == "" {
		target.Protection = ProtectedExempt
		target.Note = fmt.Sprintf("%s: %s", entry.By.Name, entry.Why)
	}
	switch {
	case d.wish.Kind == xmpp.ActionUnmute && o.Role != "" && o.Role != xmpp.RoleVisitor,
		d.wish.Kind == xmpp.ActionMute && o.Role == xmpp.RoleVisitor,
		d.wish.Kind == xmpp.ActionBan && o.Affiliation == xmpp.AffiliationOutcast:
		target.Verdict, target.Protection, target.Note = AlreadySo, "", ""
	case d.wish.Kind == xmpp.ActionUnmute:
		target.Protection, target.Note = "", ""
	case target.Protection != "":
		target.Verdict = Protected
	}
	return target
}

// absent decides about somebody who was picked and is not in the room. They can
// be banned all the same, by their account.
func (d *draft) absent(room xmpp.RoomJID, pick xmpp.Target) PlannedTarget {
	target := PlannedTarget{Action: d.action(room, pick), Verdict: AlreadySo, Note: "not in the room any more"}
	if d.wish.Kind != xmpp.ActionBan || pick.RealJID == "" {
		return target
	}
	target.Verdict, target.Note = WillDo, "not in the room"
	entry, exempt := exemption(d.exempt, room, pick.RealJID)
	switch {
	case sameAccount(pick.RealJID, d.account):
		target.Verdict, target.Protection, target.Note = Protected, ProtectedOurs, ""
	case exempt:
		target.Verdict, target.Protection = Protected, ProtectedExempt
		target.Note = fmt.Sprintf("%s: %s", entry.By.Name, entry.Why)
	}
	return target
}
