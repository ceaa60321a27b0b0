package views

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"muckick/xmpp"
)

// A JobsModel is what the list of jobs shows.
type JobsModel struct {
	Page
	Jobs []JobEntry
	More bool
}

// A JobEntry is a plan that is being carried out, or was.
type JobEntry struct {
	ID       string
	Action   xmpp.ActionKind
	Purpose  string // "undo" or "retry" of another job; empty for a selection
	Of       string // that job
	By       string
	Reason   string
	Until    time.Time
	State    string // "waiting", "running", "stopping", "done" or "stopped"
	Ended    bool   // nothing more happens
	Note     string // what it waits for; may be empty
	Created  time.Time
	EndedAt  time.Time
	Total    int
	Outcomes map[xmpp.Outcome]int
	Rooms    []JobRoom
}

// A JobRoom counts outcomes in one room.
type JobRoom struct {
	Room     string
	Outcomes map[xmpp.Outcome]int
}

// A JobModel is what the page of a job shows.
type JobModel struct {
	Page
	Job      JobEntry
	MayStop  bool
	MayRetry bool // something failed, or is not known
	KeepOut  bool // those whom it threw out can be kept out
	MayBan   bool // by bans too
	Targets  []JobTarget
	Outcome  xmpp.Outcome // that the targets are filtered by; may be empty
	Next     string       // address of the next page of targets; empty if there is none
}

// A JobTarget is one step of a job.
type JobTarget struct {
	Action  xmpp.ActionKind
	Room    string
	Nick    string
	Account string
	Outcome xmpp.Outcome
	Detail  string
	At      time.Time

	MembersOnly bool // it makes the room members-only
	Kept        int  // people whose membership it changes
}

// JobPath is the address of a job's page, or of something below it.
func JobPath(id string, below ...string) string {
	p := "/jobs/" + url.PathEscape(id)
	for _, b := range below {
		p += "/" + b
	}
	return p
}

// title says what a job does.
func (j JobEntry) title() string {
	what := actionNoun(j.Action)
	switch j.Purpose {
	case "undo":
		what = "Undo"
	case "retry":
		what = "Try again"
	}
	return what + ", " + count(j.Total, "step", "steps")
}

// settled counts the steps that have an outcome.
func (j JobEntry) settled() int { return j.Total - j.Outcomes[xmpp.Pending] }

// progress says how far a job is.
func (j JobEntry) progress() string {
	done := number(j.settled()) + " of " + number(j.Total)
	switch {
	case j.State == "done":
		return "Done: every step has its outcome."
	case j.State == "stopped":
		return "Stopped."
	case j.State == "stopping":
		return done + ". Stopping: what was sent is waited for."
	case j.State == "waiting":
		return "Begins in a moment."
	}
	return done
}

// counts says how many steps ended in each way, the way in which outcomes are
// offered.
func counts(outcomes map[xmpp.Outcome]int) string {
	var words []string
	for _, o := range xmpp.Outcomes() {
		if n := outcomes[o]; n > 0 {
			words = append(words, number(n)+" "+strings.ToLower(outcomeLabel(o)))
		}
	}
	if words == nil {
		return "nothing"
	}
	return strings.Join(words, ", ")
}

// Summary is a job in plain text, to be copied into a report.
func (j JobEntry) Summary() string {
	var b strings.Builder
	line := func(parts ...string) { b.WriteString(strings.Join(parts, "") + "\n") }
	line(j.title(), ", by ", byWhom(j.By))
	line("Ordered ", formatTime(j.Created, longTime), " UTC")
	if !j.EndedAt.IsZero() {
		line("Ended ", formatTime(j.EndedAt, longTime), " UTC")
	}
	if j.Reason != "" {
		line("Reason: ", Plain(j.Reason))
	}
	line("Outcomes: ", counts(j.Outcomes))
	if j.Note != "" {
		line(Plain(j.Note))
	}
	for _, r := range j.Rooms {
		line("  ", Plain(r.Room), ": ", counts(r.Outcomes))
	}
	line("Job ", j.ID)
	return b.String()
}

// percent is how much of a job has an outcome, for the progress element.
func (j JobEntry) percent() (value, all string) {
	return strconv.Itoa(j.settled()), strconv.Itoa(max(1, j.Total))
}
