package xmpp

// ObstacleTo foretells why an action on an occupant, or on the room if it is a
// lock or an unlock, will not work for us, who are self in the room. Self and the
// occupant are as a [Roster] has them. Nothing is foretold while we are outside:
// only a try can tell.
//
// It is [Occupant.Obstacle] for a kick, and for others whatever stands in the way
// beside: one who may kick need not be allowed to ban, and muckick itself bans no
// owner.
func ObstacleTo(kind ActionKind, self, occupant Occupant) Obstacle {
	outside := self.Nick == ""
	switch {
	case kind.IsOfPerson() && (occupant.Self || occupant.Ours):
		return ObstacleSelf
	case kind == ActionBan && occupant.Affiliation == AffiliationOwner:
		return ObstacleOwner
	case kind == ActionBan && !outside && self.Affiliation.rank() < AffiliationAdmin.rank():
		return ObstacleNotAdmin
	case kind == ActionBan && occupant.RealJID == "":
		return ObstacleHidden
	case outside:
		return ObstacleNone
	}
	switch kind {
	case ActionKick, ActionMute, ActionUnmute:
		return occupant.Obstacle
	case ActionBan:
		if occupant.Affiliation.rank() >= max(self.Affiliation.rank(), AffiliationAdmin.rank()) {
			return ObstacleOutranked
		}
	case ActionUnban:
		if self.Affiliation.rank() < AffiliationAdmin.rank() {
			return ObstacleNotAdmin
		}
	case ActionMember, ActionUnmember:
		if self.Affiliation.rank() < AffiliationAdmin.rank() {
			return ObstacleNotAdmin
		}
	case ActionLock, ActionUnlock:
		if self.Affiliation != AffiliationOwner {
			return ObstacleNotOwner
		}
	}
	return ObstacleNone
}
