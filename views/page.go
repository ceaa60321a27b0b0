package views

import (
	"net/url"
	"strings"
	"time"
)

// A Page is what all pages have in common.
type Page struct {
	Title    string   // without the program's name; may hold text from the network
	Operator string   // who is signed in; empty if nobody is
	CSRF     string   // sent along by every form
	Session  string   // names the session; no secret
	Section  Section  // marked in the navigation
	May      May      // what the operator may do
	Message  *Message // what became of the operator's last form; nil if nothing is to be said
	Offline  *Offline // nil while the chat server is reachable
	Events   string   // address of the page's events; empty for none
	Here     string   // address of the page itself, to come back to
	Wave     *Wave    // nil while new accounts do not come in a wave, or it was dismissed
	Assets   Assets
}

// May says what a page offers to an operator. What is asked for all the same is
// refused elsewhere.
type May struct {
	See        bool // any room
	ReadAudit  bool // of any room
	ReadEvents bool // sign-ins and changes, which belong to no room
	Administer bool // operators and tokens

	// In the room that the page is about.
	KickHere      bool
	MuteHere      bool
	BanHere       bool
	LockHere      bool
	ReadAuditHere bool
}

// Words are what a page's style sheet goes by, since rows are the same for
// everybody. They are the data of a "may" event.
func (m May) Words() string {
	var words []string
	for _, may := range []struct {
		here bool
		word string
	}{{m.KickHere, "kick"}, {m.MuteHere, "mute"}, {m.BanHere, "ban"}, {m.LockHere, "lock"}, {m.ReadAuditHere, "audit"}} {
		if may.here {
			words = append(words, may.word)
		}
	}
	return strings.Join(words, " ")
}

// Assets finds the address of a static file by its name, e.g. app.css.
type Assets interface {
	URL(name string) string
}

// A Section is an entry of the navigation.
type Section string

// The sections. Pages that belong to none have the empty Section.
const (
	SectionRooms     Section = "rooms"
	SectionAudit     Section = "audit"
	SectionJobs      Section = "jobs"
	SectionPeople    Section = "people"
	SectionArrivals  Section = "arrivals"
	SectionStanding  Section = "standing"
	SectionOperators Section = "operators"
	SectionAccount   Section = "account"
)

// Offline says that muckick has no session with the chat server.
type Offline struct {
	Since  time.Time // when the last session ended, or muckick began to try
	Cause  OfflineCause
	Detail string // the error's own words; may be empty
}

// An OfflineCause is why there is no session with the chat server.
type OfflineCause string

// The causes. Any other is [OfflineUnreachable].
const (
	OfflineUnreachable OfflineCause = ""            // or not known better
	OfflineConnecting  OfflineCause = "connecting"  // the first attempt is under way
	OfflineRefused     OfflineCause = "refused"     // the server does not accept name or password
	OfflineUnchecked   OfflineCause = "unchecked"   // the server cannot check the password now
	OfflineNoLogin     OfflineCause = "no login"    // the server offers no way to log in
	OfflineCertificate OfflineCause = "certificate" // the server cannot prove who it is
)

// A Tone is the weight of a message.
type Tone string

// The tones.
const (
	ToneGood Tone = "good" // it was done
	ToneBad  Tone = "bad"  // it was not done
	ToneWarn Tone = "warn" // it may or may not have been done
)

// A Message says what became of something that the operator did. Title and
// Text are sentences of ours; Subject and Detail may come from the network and
// are shown so that they cannot pass for ours.
type Message struct {
	Tone    Tone
	Title   string
	Subject string // what it is about, such as a nick; may be empty
	Text    string // may be empty
	Detail  string // the protocol's own words; may be empty
}

// roomPath is the address of a room's page, or of something below it.
func roomPath(room string, below ...string) string {
	p := "/rooms/" + url.PathEscape(room)
	for _, b := range below {
		p += "/" + b
	}
	return p
}

// withQuery appends a query to a path, leaving out empty values.
func withQuery(path string, pairs ...string) string {
	q := make(url.Values)
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// pageTitle is the text of a page's title element.
func pageTitle(p Page) string {
	if p.Title == "" {
		return "muckick"
	}
	return Plain(p.Title) + " · muckick"
}
