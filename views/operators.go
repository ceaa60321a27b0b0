package views

import "time"

// An OperatorsModel is what the page shows where an administrator decides who may
// do what.
type OperatorsModel struct {
	Page
	Operators   []OperatorEntry
	Tokens      []TokenEntry
	Names       []string // of what can be granted
	MinPassword int      // characters that a password has to have
	Problem     string   // why the last form changed nothing; may be empty
	NoPasswords bool     // nobody signs in with a password
	Provider    string   // where operators sign in besides; empty for nowhere

	// Secret and SecretOf show a token that was just made, once.
	Secret, SecretOf string
}

// An OperatorEntry is an operator in the list.
type OperatorEntry struct {
	Name     string
	Disabled bool
	Added    time.Time
	Grants   []GrantEntry

	SecondFactor bool // signing in takes a code besides the password
	Elsewhere    bool // signs in at a provider, which says what they may do
}

// A TokenEntry is a token in the list.
type TokenEntry struct {
	Name     string
	Added    time.Time
	AddedBy  string
	LastUsed time.Time // zero when never
	Revoked  time.Time // zero unless it was revoked
	Expires  time.Time // zero when never
	InForce  bool
	Grants   []GrantEntry
}

// A GrantEntry is what was granted in one place.
type GrantEntry struct {
	What  string // such as "moderator"
	Where string // "*", a MUC service or a room
}

// place says where something was granted.
func (g GrantEntry) place() string {
	if g.Where == "*" {
		return "everywhere"
	}
	return g.Where
}
