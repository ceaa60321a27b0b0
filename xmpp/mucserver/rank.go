package mucserver

import "fmt"

// A Role is what an occupant may do during one visit (XEP-0045 §5.1). Roles are
// ordered: a greater one may do more.
type Role uint8

// The roles of XEP-0045 §5.1.
const (
	RoleNone Role = iota
	RoleVisitor
	RoleParticipant
	RoleModerator
)

// String returns the role as the protocol spells it.
func (r Role) String() string {
	switch r {
	case RoleVisitor:
		return "visitor"
	case RoleParticipant:
		return "participant"
	case RoleModerator:
		return "moderator"
	}
	return "none"
}

func parseRole(s string) (Role, error) {
	for r := RoleNone; r <= RoleModerator; r++ {
		if r.String() == s {
			return r, nil
		}
	}
	return RoleNone, badRequest(fmt.Sprintf("there is no role %q", s))
}

// An Affiliation is the lasting bond between an account and a room
// (XEP-0045 §5.2). Affiliations are ordered: a greater one may do more. The zero
// value is no affiliation.
type Affiliation int8

// The affiliations of XEP-0045 §5.2.
const (
	AffiliationOutcast Affiliation = iota - 1
	AffiliationNone
	AffiliationMember
	AffiliationAdmin
	AffiliationOwner
)

// String returns the affiliation as the protocol spells it.
func (a Affiliation) String() string {
	switch a {
	case AffiliationOutcast:
		return "outcast"
	case AffiliationMember:
		return "member"
	case AffiliationAdmin:
		return "admin"
	case AffiliationOwner:
		return "owner"
	}
	return "none"
}

func parseAffiliation(s string) (Affiliation, error) {
	for a := AffiliationOutcast; a <= AffiliationOwner; a++ {
		if a.String() == s {
			return a, nil
		}
	}
	return AffiliationNone, badRequest(fmt.Sprintf("there is no affiliation %q", s))
}

// rank is what an occupant's permissions depend on.
type rank struct {
	role        Role
	affiliation Affiliation
}

// initialRole is the role that an affiliation gives on entering a room
// (XEP-0045 §5.1.2).
func initialRole(affiliation Affiliation, moderated bool) Role {
	switch {
	case affiliation <= AffiliationOutcast:
		return RoleNone
	case affiliation >= AffiliationAdmin:
		return RoleModerator
	case moderated && affiliation < AffiliationMember:
		return RoleVisitor
	}
	return RoleParticipant
}

// checkRoleChange reports why an occupant may not give a role to another one,
// or nil (XEP-0045 §8.2 to §8.4, §9.6, §9.7).
func checkRoleChange(actor, target rank, role Role) error {
	if actor.role != RoleModerator {
		return forbidden("only moderators change roles")
	}
	switch {
	case role == target.role:
		return nil
	case role == RoleNone:
		if target.affiliation > actor.affiliation {
			return notAllowed("the occupant outranks you")
		}
	case role == RoleModerator:
		if actor.affiliation < AffiliationAdmin {
			return forbidden("only admins and owners appoint moderators")
		}
	case target.role == RoleModerator:
		if actor.affiliation < AffiliationAdmin {
			return forbidden("only admins and owners dismiss moderators")
		}
		if target.affiliation >= AffiliationAdmin {
			return notAllowed("admins and owners remain moderators")
		}
	case role == RoleVisitor:
		// §8.4 protects whoever is "at or above the moderator's level". A
		// moderator without affiliation could then silence nobody, so that two
		// occupants without affiliation do not count as equals.
		if target.affiliation > AffiliationNone && target.affiliation >= actor.affiliation {
			return notAllowed("the occupant outranks you")
		}
	}
	return nil
}

// checkAffiliationChange reports why somebody may not give an affiliation to
// somebody else, or nil (XEP-0045 §9, §10). Self says whether both are the same
// account.
func checkAffiliationChange(actor, target, affiliation Affiliation, self bool) error {
	switch {
	case actor < AffiliationAdmin:
		return forbidden("only admins and owners change affiliations")
	case affiliation == target:
		return nil
	case self && affiliation == AffiliationOutcast:
		return conflict("nobody can ban themselves")
	case target > actor:
		return notAllowed("the account outranks you")
	case actor == AffiliationAdmin && affiliation >= AffiliationAdmin:
		return forbidden("only owners appoint admins and owners")
	case actor == AffiliationAdmin && target >= AffiliationAdmin && !self:
		return notAllowed("only owners change the affiliation of admins")
	}
	return nil
}
