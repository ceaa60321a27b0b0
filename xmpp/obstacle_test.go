package xmpp_test

import (
	"fmt"
	"testing"

	"muckick/xmpp"
)

func TestObstacleTo(t *testing.T) {
	const (
		kick, mute, ban, unban, lock = xmpp.ActionKick, xmpp.ActionMute, xmpp.ActionBan, xmpp.ActionUnban, xmpp.ActionLock
		none                         = xmpp.ObstacleNone
	)
	self := func(role xmpp.Role, affiliation xmpp.Affiliation) xmpp.Occupant {
		return xmpp.Occupant{Nick: "muckick", Role: role, Affiliation: affiliation, Self: true}
	}
	owner := self(xmpp.RoleModerator, xmpp.AffiliationOwner)
	admin := self(xmpp.RoleModerator, xmpp.AffiliationAdmin)
	moderator := self(xmpp.RoleModerator, xmpp.AffiliationMember)
	participant := self(xmpp.RoleParticipant, xmpp.AffiliationNone)
	somebody := func(affiliation xmpp.Affiliation, obstacle xmpp.Obstacle) xmpp.Occupant {
		return xmpp.Occupant{Nick: "Bob", RealJID: "bob@example.org/x", Affiliation: affiliation, Obstacle: obstacle}
	}
	hidden := xmpp.Occupant{Nick: "Eve", Affiliation: xmpp.AffiliationNone}
	ours := xmpp.Occupant{Nick: "muckick-2", RealJID: "me@example.org/y", Ours: true, Obstacle: xmpp.ObstacleSelf}
	tests := []struct {
		kind       xmpp.ActionKind
		self, whom xmpp.Occupant
		want       xmpp.Obstacle
	}{
		{kick, owner, somebody(xmpp.AffiliationOwner, none), none},
		{kick, owner, somebody(xmpp.AffiliationOwner, xmpp.ObstacleOutranked), xmpp.ObstacleOutranked},
		{mute, participant, somebody(xmpp.AffiliationNone, xmpp.ObstacleNotModerator), xmpp.ObstacleNotModerator},
		{mute, owner, ours, xmpp.ObstacleSelf},
		{ban, owner, somebody(xmpp.AffiliationNone, none), none},
		{ban, owner, somebody(xmpp.AffiliationAdmin, none), none},
		{ban, owner, somebody(xmpp.AffiliationOwner, none), xmpp.ObstacleOwner},
		{ban, admin, somebody(xmpp.AffiliationMember, none), none},
		{ban, admin, somebody(xmpp.AffiliationAdmin, none), xmpp.ObstacleOutranked},
		{ban, moderator, somebody(xmpp.AffiliationNone, none), xmpp.ObstacleNotAdmin},
		{ban, moderator, hidden, xmpp.ObstacleNotAdmin},
		{ban, owner, hidden, xmpp.ObstacleHidden},
		{ban, owner, ours, xmpp.ObstacleSelf},
		{ban, xmpp.Occupant{}, somebody(xmpp.AffiliationNone, none), none},
		{ban, xmpp.Occupant{}, somebody(xmpp.AffiliationOwner, none), xmpp.ObstacleOwner},
		{ban, xmpp.Occupant{}, hidden, xmpp.ObstacleHidden},
		{unban, admin, xmpp.Occupant{}, none},
		{unban, moderator, xmpp.Occupant{}, xmpp.ObstacleNotAdmin},
		{lock, owner, xmpp.Occupant{}, none},
		{lock, admin, xmpp.Occupant{}, xmpp.ObstacleNotOwner},
		{lock, xmpp.Occupant{}, xmpp.Occupant{}, none},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s by %s of %s %s", tt.kind, tt.self.Affiliation, tt.whom.Affiliation, tt.whom.Nick), func(t *testing.T) {
			if got := xmpp.ObstacleTo(tt.kind, tt.self, tt.whom); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
