package views

import "time"

// An AccountModel is what an operator's own page shows.
type AccountModel struct {
	Page
	Grants          string // what the operator may do, in a line
	Sessions        []Session
	PasswordProblem string // why the password was not changed; may be empty
	MinPassword     int    // characters that a password has to have; zero if any will do
	Factor          Factor
	Provider        string // where the operator signs in, who has no password then; else empty
}

// A Session is one sign-in of the operator.
type Session struct {
	ID       string // names the session in a form; nothing that would sign in
	Address  string // where it was last used from
	Browser  string // as the browser describes itself
	Created  time.Time
	LastSeen time.Time
	Current  bool // the one that this page is shown to
}
