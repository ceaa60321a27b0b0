package views

import "time"

// A BarEntry is somebody who is kept out of a room for some time.
type BarEntry struct {
	ID       string
	Room     string // address
	Account  string // bare JID; empty where the room hides it
	Nick     string // counts only without an account
	Ban      bool   // they are banned when they come back, and not kicked
	Reason   string
	By       string
	Job      string // that threw them out; may be empty
	Since    time.Time
	Until    time.Time
	Returned int       // how often they came back
	Acted    int       // how often that was answered, and confirmed
	Last     time.Time // when they came back last; zero for never
	MayLetIn bool
}

// whom names who is kept out.
func (b BarEntry) whom() string {
	if b.Account != "" {
		return b.Account
	}
	return b.Nick
}

// returns says how often somebody came back, and what became of that.
func (b BarEntry) returns() string {
	if b.Returned == 0 {
		return "did not come back"
	}
	verb := "kicked"
	if b.Ban {
		verb = "banned"
	}
	return "came back " + count(b.Returned, "time", "times") + ", " + verb + " " + count(b.Acted, "time", "times")
}

// KeptOut says that people are kept out, by bans or by kicks. Each room counts by
// itself.
func KeptOut(people int, ban bool, until time.Time) Message {
	if people == 0 {
		return Message{Tone: ToneWarn, Title: "Nobody is kept out", Text: "Nobody was thrown out in a room where you may do this."}
	}
	m := Message{Tone: ToneGood, Title: "Kept out: " + count(people, "person of a room", "people of rooms")}
	when := "Until " + until.UTC().Format(longTime) + " UTC"
	if ban {
		m.Text = when + ", whoever of them comes back is banned for the rest of that time; kicked, where the room hides the account."
	} else {
		m.Text = when + ", whoever of them comes back is kicked: six times a minute at most, and 60 in a room."
	}
	return m
}

// LetIn says that somebody is not kept out any more; banned means that they came back
// before and were banned.
func LetIn(banned bool) Message {
	m := Message{Tone: ToneGood, Title: "Not kept out any more"}
	if banned {
		m.Tone, m.Text = ToneWarn, "They were banned when they came back, and that stands until it ends or is lifted."
	}
	return m
}

// keepOutTimes are for how long people can be kept out.
func keepOutTimes() []time.Duration {
	return []time.Duration{10 * time.Minute, time.Hour, 24 * time.Hour, 7 * 24 * time.Hour}
}
