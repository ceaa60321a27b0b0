package views

import "time"

// A LoginCodeModel is what the page shows that asks for a second factor.
type LoginCodeModel struct {
	Page
	Problem string // why the last attempt failed; empty on the first
}

// A Factor is an operator's second factor.
type Factor struct {
	Since    time.Time // zero while there is none
	Recovery int       // recovery codes that were not used
	Problem  string    // why it was not changed; may be empty
}

// A FactorSetupModel is what the page shows on which an operator puts a second
// factor into an authenticator app.
type FactorSetupModel struct {
	Page
	Secret  string // base32
	Problem string // why the last code did not do; may be empty
}

// groups is the secret as people type it.
func (m FactorSetupModel) groups() string {
	var text string
	for i, r := range m.Secret {
		if i > 0 && i%4 == 0 {
			text += " "
		}
		text += string(r)
	}
	return text
}

// A RecoveryModel is what the page shows that has recovery codes, once.
type RecoveryModel struct {
	Page
	Codes []string
}
