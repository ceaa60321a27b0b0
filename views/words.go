package views

import (
	"slices"
	"strconv"
	"strings"

	"muckick/xmpp"
)

// roleWords says in plain words what a role allows.
func roleWords(r xmpp.Role) (term, plain string) {
	switch r {
	case xmpp.RoleModerator:
		return "moderator", "can kick"
	case xmpp.RoleParticipant:
		return "participant", "can talk"
	case xmpp.RoleVisitor:
		return "visitor", "may only listen"
	case xmpp.RoleNone:
		return "none", "not in the room"
	case "":
		return "unknown", ""
	}
	return string(r), ""
}

// affiliationWords says in plain words what an affiliation means.
func affiliationWords(a xmpp.Affiliation) (term, plain string) {
	switch a {
	case xmpp.AffiliationOwner:
		return "owner", "runs the room"
	case xmpp.AffiliationAdmin:
		return "admin", "looks after it"
	case xmpp.AffiliationMember:
		return "member", "belongs to it"
	case xmpp.AffiliationNone:
		return "none", "no standing"
	case xmpp.AffiliationOutcast:
		return "outcast", "banned"
	case "":
		return "unknown", ""
	}
	return string(a), ""
}

// obstacleShort is the reason that stands beside a disabled kick button.
func obstacleShort(o xmpp.Occupant) string {
	switch o.Obstacle {
	case xmpp.ObstacleNone:
		return ""
	case xmpp.ObstacleSelf:
		if !o.Self {
			return "muckick's account"
		}
		return "this is muckick"
	case xmpp.ObstacleOffline:
		return "chat server unreachable"
	case xmpp.ObstacleCannotJoin:
		return "muckick is not let in"
	case xmpp.ObstacleNotModerator:
		return "muckick is no moderator"
	case xmpp.ObstacleOutranked:
		if o.Affiliation == "" {
			return "protected by the room"
		}
		return "protected as " + Plain(string(o.Affiliation))
	}
	return string(o.Obstacle)
}

// sessionsWords says how many sessions of an account share a nick: a kick throws
// all of them out.
func sessionsWords(n uint16) string { return strconv.Itoa(int(n)) + " sessions" }

// ObstacleText says in a sentence or two why an occupant cannot be kicked; it
// is empty for [xmpp.ObstacleNone].
func ObstacleText(o xmpp.Obstacle) string {
	switch o {
	case xmpp.ObstacleNone:
		return ""
	case xmpp.ObstacleSelf:
		return "This is an occupant of muckick's own account, perhaps of another replica. It does not kick itself."
	case xmpp.ObstacleOffline:
		return "muckick has no connection to the chat server. Kicking works again once it is back."
	case xmpp.ObstacleCannotJoin:
		return "The room does not let muckick in, and only somebody in a room can kick."
	case xmpp.ObstacleNotModerator:
		return "muckick is in the room, but not as a moderator, and only moderators can kick."
	case xmpp.ObstacleOutranked:
		return "The room protects its owners and admins: muckick's own affiliation does not outrank theirs."
	case xmpp.ObstacleOwner:
		return "muckick does not ban owners of a room: they would have to be made less before."
	case xmpp.ObstacleRank:
		return "muckick takes nothing from owners and admins of a room: they would have to be made less before."
	case xmpp.ObstacleHidden:
		return "The room does not show muckick the account, and only accounts can be banned."
	case xmpp.ObstacleNotAdmin:
		return "muckick is neither owner nor admin of this room, and only they can ban."
	case xmpp.ObstacleNotOwner:
		return "muckick is no owner of this room, and only owners can lock it."
	}
	return "This occupant cannot be kicked now: " + string(o) + "."
}

// obstacleRemedy says what would make kicks in a room possible.
func obstacleRemedy(o xmpp.Obstacle) string {
	switch o {
	case xmpp.ObstacleOffline:
		return "muckick keeps trying to connect. If it stays like this, look at the chat server and at muckick's log."
	case xmpp.ObstacleCannotJoin:
		return "Let the account in (as owner or admin of the room), or make it an admin of the whole service on the chat server."
	case xmpp.ObstacleNotModerator:
		return "Make the account an owner or admin of this room, or an admin of the whole service on the chat server."
	}
	return ""
}

// Title names a cause in a sentence.
func (c OfflineCause) Title() string {
	switch c {
	case OfflineConnecting:
		return "muckick is connecting to the chat server."
	case OfflineRefused:
		return "The chat server refuses muckick's name or password."
	case OfflineUnchecked:
		return "The chat server cannot check muckick's password now."
	case OfflineNoLogin:
		return "The chat server offers muckick no way to log in."
	case OfflineCertificate:
		return "The chat server cannot prove that it is the right one."
	}
	return "The chat server cannot be reached."
}

// Text says what a cause means for the person at the panel, and whom to tell
// where waiting does not help.
func (c OfflineCause) Text() string {
	switch c {
	case OfflineConnecting:
		return "Nobody can be kicked until it has."
	case OfflineRefused:
		return "Nobody can be kicked. Tell whoever runs muckick: xmpp.jid and xmpp.password have to be those of an account there."
	case OfflineUnchecked:
		return "Nobody can be kicked until it can. If it stays like this, tell whoever runs the chat server."
	case OfflineNoLogin:
		return "Nobody can be kicked. Tell whoever runs muckick: xmpp.tls may not be what the server asks for."
	case OfflineCertificate:
		return "Nobody can be kicked. Tell whoever runs muckick: the server's certificate does not fit its domain, has expired, or needs xmpp.ca_file."
	}
	return "Nobody can be kicked until it is back."
}

// stillBan is said of somebody who is not there any more under a nick.
const stillBan = " A ban is still possible: it is of their account, whoever has the nick now."

// gapWords says what a list could not see.
func gapWords(g xmpp.Gap) string {
	switch g {
	case xmpp.GapRoles:
		return "The role and affiliation of some occupants are unknown."
	case xmpp.GapRealJIDs:
		return "The real JID of some occupants is unknown: the room does not show it to muckick."
	case xmpp.GapCompleteness:
		return "There may be more occupants than listed."
	}
	return "Not seen: " + string(g) + "."
}

// sourceWords says where a list came from.
func sourceWords(sources []xmpp.Source) string {
	var parts []string
	if slices.Contains(sources, xmpp.SourcePresence) {
		parts = append(parts, "muckick's own presence in the room")
	}
	if slices.Contains(sources, xmpp.SourceRoles) {
		parts = append(parts, "the room's role lists")
	}
	if slices.Contains(sources, xmpp.SourceItems) {
		parts = append(parts, "the room's public list of nicks")
	}
	if len(parts) == 0 {
		return ""
	}
	return "Seen through " + strings.Join(parts, " and ") + "."
}

// count says how many there are of something.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + many
}

// either is one of two texts.
func either(first bool, yes, no string) string {
	if first {
		return yes
	}
	return no
}

// number writes a count with its thousands set apart: 12,345.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// muteWords says what a mute is good for in a room.
func muteWords(e xmpp.MuteEffect) string {
	var words []string
	switch {
	case e.Silences == xmpp.No:
		return "A mute has no effect here: the room is not moderated."
	case e.Silences != xmpp.Yes:
		return "What a mute is good for on this chat server is not known."
	case e.Rejoin == xmpp.Yes && e.RejoinMember == xmpp.Yes:
		words = append(words, "It lasts when they leave and come back.")
	case e.Rejoin == xmpp.Yes:
		words = append(words, "It lasts when they leave and come back, except for members.")
	case e.Rejoin == xmpp.No:
		words = append(words, "It ends when they leave: who comes back can talk again.")
	}
	if e.Private != xmpp.No {
		words = append(words, "They can still write to single occupants.")
	}
	return strings.Join(words, " ")
}
