package views

// A LoginModel is what the sign-in page shows.
type LoginModel struct {
	Page
	Username string // what was typed before; kept when the password was wrong
	Next     string // where to go afterwards; a path of ours, or empty
	Problem  string // why the last attempt failed; empty on the first
}
