package views

// A LoginModel is what the sign-in page shows.
type LoginModel struct {
	Page
	Username string // what was typed before; kept when the password was wrong
	Next     string // where to go afterwards; a path of ours, or empty
	Problem  string // why the last attempt failed; empty on the first

	Provider    string // where one can sign in besides; empty for nowhere
	NoPasswords bool   // and nowhere else
}

// startAddress is where signing in at the provider begins.
func (m LoginModel) startAddress() string { return withQuery("/login/oidc", "next", m.Next) }

// A SignedOutModel is what is shown to somebody who signed out here, and may do so
// at the provider.
type SignedOutModel struct {
	Page
	Provider string
	Address  string // where that is done
}
