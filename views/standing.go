package views

import (
	"strconv"
	"strings"
	"time"

	"muckick/xmpp"
)

// A StandingModel is what the page of the effects that stand shows.
type StandingModel struct {
	Page
	Effects   []EffectEntry
	More      bool // there are more than are shown
	Durations []time.Duration
	Bars      []BarEntry
	MoreBars  bool // there are more than are shown
}

// An EffectEntry is a ban, a mute or a lock that stands, as far as muckick knows.
type EffectEntry struct {
	ID          string
	Action      xmpp.ActionKind
	Room        string // address
	Account     string // bare JID; empty if not known
	Nick        string // at that time
	Reason      string
	By          string // name of who did it; empty for a program with the header
	Since       time.Time
	Until       time.Time // zero for ever
	MembersOnly bool      // of a lock: it lets nobody in who is not affiliated
	Granted     int       // of a lock: how many it made members until it ends
	Pending     bool      // what became of the action is not known yet
	Problem     string    // why it could not be ended when that was last tried; may be empty
	Due         time.Time // when that is tried again
	MayLift     bool
}

// A BansModel is what the page of a room's bans shows.
type BansModel struct {
	Page
	Room      string // address
	Bans      []BanEntry
	Total     int    // before the filter
	Filter    string // what they were filtered by; may be empty
	Number    int    // of the page, from 1
	Last      int    // page
	Reasons   []string
	Durations []time.Duration
	Problem   string // why the list cannot be shown; may be empty
	Detail    string // the chat server's own words; may be empty
}

// A BanEntry is somebody who is banned from a room, by the room's own list.
type BanEntry struct {
	Account string
	Reason  string       // as the room keeps it
	Ours    *EffectEntry // what muckick knows of it; nil if somebody else did it
}

// bansPath is the address of a page of a room's bans.
func (m BansModel) bansPath(page int) string {
	number := ""
	if page > 1 {
		number = strconv.Itoa(page)
	}
	return withQuery(roomPath(m.Room, "bans"), "q", m.Filter, "page", number)
}

// takeBack is the word for taking back an action of a kind.
func takeBack(kind xmpp.ActionKind) string {
	switch kind {
	case xmpp.ActionBan:
		return "Unban"
	case xmpp.ActionMute:
		return "Unmute"
	case xmpp.ActionLock:
		return "Unlock"
	case xmpp.ActionMember:
		return "Membership"
	case xmpp.ActionUnmember:
		return "End of membership"
	}
	return "Take back"
}

// durationWords says how long something is to last.
func durationWords(d time.Duration) string {
	for _, unit := range []struct {
		length   time.Duration
		one, all string
	}{{7 * 24 * time.Hour, "week", "weeks"}, {24 * time.Hour, "day", "days"}, {time.Hour, "hour", "hours"}, {time.Minute, "minute", "minutes"}} {
		if d >= unit.length && d%unit.length == 0 {
			return count(int(d/unit.length), unit.one, unit.all)
		}
	}
	return strings.TrimSuffix(d.String(), "0s")
}

// whom says whom or what an effect is on, in text from the network.
func (e EffectEntry) whom() string {
	switch {
	case e.Account != "":
		return e.Account
	case e.Nick != "":
		return e.Nick
	}
	return e.Room
}

// byWhom says who did something, by their name.
func byWhom(name string) string {
	if name == "" {
		return "a program"
	}
	return Plain(name)
}

// actionNoun is an action as a thing.
func actionNoun(kind xmpp.ActionKind) string {
	switch kind {
	case xmpp.ActionKick:
		return "Kick"
	case xmpp.ActionBan:
		return "Ban"
	case xmpp.ActionUnban:
		return "Unban"
	case xmpp.ActionMute:
		return "Mute"
	case xmpp.ActionUnmute:
		return "Unmute"
	case xmpp.ActionLock:
		return "Lock"
	case xmpp.ActionUnlock:
		return "Unlock"
	}
	return string(kind)
}
