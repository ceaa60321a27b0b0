package views

import "time"

// ExemptPath is the address of the exempt list.
const ExemptPath = "/exempt"

// An ExemptModel is what the page of the exempt list shows, and what was typed.
type ExemptModel struct {
	Page
	Entries             []ExemptEntry
	Account, Where, Why string
	Problem             string // why the form changed nothing; may be empty
}

// An ExemptEntry is an entry of the exempt list.
type ExemptEntry struct {
	ID      string
	Account string // a pattern
	Where   string // a MUC service or a room; empty for everywhere
	Why     string
	By      string
	At      time.Time
}

// formIsOpen reports whether the form that adds an entry is shown at once.
func (m ExemptModel) formIsOpen() bool { return m.Account != "" || m.Problem != "" }

// place says where an entry counts, after a name.
func (e ExemptEntry) place() string {
	if e.Where == "" {
		return "everywhere"
	}
	return "in " + e.Where
}
