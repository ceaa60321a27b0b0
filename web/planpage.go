package web

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"muckick/views"
	"muckick/web/moderation"
	"muckick/xmpp"
)

func (s *Server) planModel(c *fiber.Ctx, plan moderation.Plan, problem string) views.PlanModel {
	m := views.PlanModel{
		Page: s.page(c, "Plan", views.SectionJobs), ID: string(plan.ID), Hash: plan.Hash, Expect: plan.Expect, Problem: problem,
		Action: plan.Kind, Purpose: string(plan.Purpose), Of: string(plan.Of), Evict: plan.Way == moderation.Evict,
		Reason: plan.Reason, Until: plan.Until, Expires: plan.Expires, Expired: !s.now().Before(plan.Expires),
		MembersOnly: isClosing(plan),
		WillDo:      plan.WillDo(), People: peopleOf(plan), Undated: plan.Undated,
	}
	for _, unseen := range plan.Unseen {
		m.Unseen = append(m.Unseen, views.UnseenRoom{Room: unseen.Room.String(), Problem: unseen.Problem})
	}
	at := make(map[xmpp.RoomJID]int)
	for _, room := range plan.Rooms {
		at[room.Room] = len(m.Rooms)
		m.Rooms = append(m.Rooms, views.PlanRoom{
			Room: room.Room.String(), WillDo: room.WillDo, AlreadySo: room.AlreadySo, Protected: room.Protected, CannotDo: room.CannotDo,
			Occupants: room.Occupants, Admitted: room.Admitted, Evicted: room.Evicted, Whole: !plan.Kind.IsOfPerson(),
		})
	}
	for _, target := range plan.Targets {
		room := &m.Rooms[at[target.Action.Room]]
		addPeople(room, target.People)
		if target.Action.Kind == xmpp.ActionUnlock {
			room.Dismissed += target.Members()
		}
		if room.Whole && target.Verdict == moderation.WillDo || len(room.Targets) == views.TargetsShown {
			continue // counted, and not shown
		}
		room.Targets = append(room.Targets, views.PlanTarget{
			Action: target.Action.Kind, Nick: target.Action.Target.Nick, Account: target.Action.Target.RealJID, Affiliation: target.Affiliation,
			Verdict: string(target.Verdict), Protection: string(target.Protection), Note: target.Note,
			Evict: plan.Way == moderation.Evict,
		})
	}
	return m
}

// peopleOf counts those to whom a plan does something, each once, in however many
// rooms they are. Where the account is not known, every nick is somebody else.
func peopleOf(plan moderation.Plan) int {
	unknown, accounts := 0, make(map[string]struct{})
	for _, target := range plan.Targets {
		if target.Verdict != moderation.WillDo {
			continue
		}
		if account, _, _ := strings.Cut(target.Action.Target.RealJID, "/"); account != "" {
			accounts[account] = struct{}{}
		} else {
			unknown++
		}
	}
	return unknown + len(accounts)
}

// isClosing reports whether a plan makes rooms members-only.
func isClosing(plan moderation.Plan) bool {
	return slices.ContainsFunc(plan.Targets, func(t moderation.PlannedTarget) bool {
		return t.Action.Kind == xmpp.ActionLock && t.Action.MembersOnly
	})
}

// addPeople adds to a room of a plan what becomes of those without affiliation.
func addPeople(room *views.PlanRoom, people []moderation.Bystander) {
	for _, p := range people {
		if p.Fate == moderation.CannotStay {
			room.Hidden++
		}
		if room.People++; len(room.Bystanders) < views.TargetsShown {
			room.Bystanders = append(room.Bystanders, views.PlanBystander{
				Nick: p.Nick, Account: p.Account, Fate: string(p.Fate), Protection: string(p.Protection),
			})
		}
	}
}
