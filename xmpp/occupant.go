package xmpp

import "time"

// A Role is what an occupant may do in a room during one visit
// (XEP-0045 §5.1). The empty Role is unknown.
type Role string

// The roles of XEP-0045 §5.1. Giving an occupant [RoleNone] is a kick.
const (
	RoleNone        Role = "none"
	RoleVisitor     Role = "visitor"
	RoleParticipant Role = "participant"
	RoleModerator   Role = "moderator"
)

// An Affiliation is a long-lived relation of an account to a room
// (XEP-0045 §5.2). The empty Affiliation is unknown.
type Affiliation string

// The affiliations of XEP-0045 §5.2.
const (
	AffiliationOutcast Affiliation = "outcast"
	AffiliationNone    Affiliation = "none"
	AffiliationMember  Affiliation = "member"
	AffiliationAdmin   Affiliation = "admin"
	AffiliationOwner   Affiliation = "owner"
)

// roleOf and affiliationOf return what a text names. Of those that XEP-0045 knows
// all occupants share one copy.
func roleOf(text string) Role {
	for _, role := range []Role{RoleParticipant, RoleVisitor, RoleModerator, RoleNone} {
		if string(role) == text {
			return role
		}
	}
	return Role(text)
}

func affiliationOf(text string) Affiliation {
	for _, affiliation := range []Affiliation{AffiliationNone, AffiliationMember, AffiliationAdmin, AffiliationOwner, AffiliationOutcast} {
		if string(affiliation) == text {
			return affiliation
		}
	}
	return Affiliation(text)
}

// rank orders affiliations by privilege; unknown ones rank lowest.
func (a Affiliation) rank() int {
	switch a {
	case AffiliationOwner:
		return 4
	case AffiliationAdmin:
		return 3
	case AffiliationMember:
		return 2
	case AffiliationNone:
		return 1
	}
	return 0
}

// An Occupant is somebody in a room.
type Occupant struct {
	Nick        string
	RealJID     string // full or bare; empty if the room does not show it
	OccupantID  string // stays with the account in this room (XEP-0421); empty if the room gives none
	Role        Role
	Affiliation Affiliation
	Sessions    uint16    // of one account that share the nick; 0 if not known
	Self        bool      // muckick's own occupant
	Ours        bool      // an occupant of muckick's account, be it another replica's
	Since       time.Time // when the join was seen; zero if it was not
	Obstacle    Obstacle  // why this account cannot kick them now, if it cannot
}

// Account returns the bare JID of whoever it is; empty if the room does not show
// it.
func (o Occupant) Account() string { return BareJID(o.RealJID) }

// An Obstacle is the reason why something cannot be done to an occupant or a room
// at the moment.
type Obstacle string

// The obstacles. The empty Obstacle is none: the action is expected to work,
// though only the server's answer to one is certain.
const (
	ObstacleNone         Obstacle = ""
	ObstacleSelf         Obstacle = "self"          // an occupant of muckick's account
	ObstacleOffline      Obstacle = "offline"       // no connection to the chat server
	ObstacleCannotJoin   Obstacle = "cannot join"   // the room refused muckick
	ObstacleNotModerator Obstacle = "not moderator" // muckick is in the room without the right to kick
	ObstacleOutranked    Obstacle = "outranked"     // the occupant's affiliation protects them

	// Of actions other than a kick, see [ObstacleTo].
	ObstacleHidden   Obstacle = "hidden account" // the room does not show the account
	ObstacleNotAdmin Obstacle = "not admin"      // muckick may kick, and not change affiliations
	ObstacleNotOwner Obstacle = "not owner"      // muckick may not configure the room
	ObstacleOwner    Obstacle = "owner"          // muckick itself bans no owner
	ObstacleRank     Obstacle = "rank"           // muckick itself takes nothing from owners and admins
)

// A Source says where a list of occupants came from.
type Source string

// The sources of an occupant list, best first.
const (
	SourcePresence Source = "presence"   // muckick is in the room and hears every change
	SourceRoles    Source = "role lists" // asked from the room, XEP-0045 §9
	SourceItems    Source = "disco"      // nicks only, XEP-0045 §6.5
)

// A Roster is the list of a room's occupants at one moment.
type Roster struct {
	Room      RoomJID
	Occupants []Occupant // sorted by nick
	Sources   []Source   // what the list was made from
	Gaps      []Gap      // what it could not see
	Live      bool       // presence keeps it up to date
	Self      Occupant   // muckick's own occupant, since when it is there; zero if it is not in the room
	JoinErr   error      // why muckick is not in the room, if it tried

	// ServiceAdmin is set if the service says that muckick is an admin of it,
	// see [Client.ServiceAdmin]. It need not have any rights in the room.
	ServiceAdmin bool
}

// A Gap is something that a [Roster] could not see.
type Gap string

// The gaps of a roster.
const (
	GapRoles        Gap = "roles"        // role and affiliation of some occupants are unknown
	GapRealJIDs     Gap = "real JIDs"    // the real JID of some occupants is unknown
	GapCompleteness Gap = "completeness" // there may be more occupants than listed
)
