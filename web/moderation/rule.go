package moderation

import (
	"fmt"
	"slices"
	"strings"
)

// A Rule grants something to whom an identity provider's claim has a value for.
type Rule struct {
	Value        string // of the claim
	Capabilities []Capability
	Scope        Scope
}

// A RuleError says what is wrong with the text of a rule.
type RuleError struct{ Text, Problem string }

func (e *RuleError) Error() string { return fmt.Sprintf("%q %s", e.Text, e.Problem) }

// ParseRule reads "VALUE = WHAT" or "VALUE = WHAT in SCOPE", where WHAT is what
// [Named] knows, and the scope is as [ParseScope] reads it. The value may have
// equals signs of its own. The error is a [*RuleError], [*ScopeError] or
// [*GrantError].
func ParseRule(text string) (Rule, error) {
	at := strings.LastIndex(text, " = ")
	if at < 0 || strings.TrimSpace(text[:at]) == "" {
		return Rule{}, &RuleError{text, "is not of the form VALUE = WHAT or VALUE = WHAT in ROOM"}
	}
	name, where, limited := strings.Cut(strings.TrimSpace(text[at+3:]), " in ")
	capabilities, known := Named(strings.TrimSpace(name))
	if !known {
		return Rule{}, &RuleError{text, fmt.Sprintf("grants %q, which nothing is called that can be granted", name)}
	}
	scope := Everywhere
	if limited {
		var err error
		if scope, err = ParseScope(strings.TrimSpace(where)); err != nil {
			return Rule{}, err
		}
	}
	if _, err := (Grants{}).Add(capabilities, scope); err != nil {
		return Rule{}, err
	}
	return Rule{Value: strings.TrimSpace(text[:at]), Capabilities: capabilities, Scope: scope}, nil
}

// GrantedBy returns what the rules grant together to who has these values. The
// error is a [*GrantError] if that is too much to be kept.
func GrantedBy(rules []Rule, values []string) (grants Grants, err error) {
	for _, rule := range rules {
		if !slices.Contains(values, rule.Value) {
			continue
		}
		if grants, err = grants.Add(rule.Capabilities, rule.Scope); err != nil {
			return Grants{}, err
		}
	}
	return grants, nil
}
