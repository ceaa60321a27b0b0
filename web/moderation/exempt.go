package moderation

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxWhy bounds the characters of why somebody is exempt.
const maxWhy = 500

// Exempt puts accounts on the exempt list, as an administrator. It has to say why.
// The error is a [*ForbiddenError] or a [*SelectionError].
func (p *Planner) Exempt(ctx context.Context, by Principal, e Exemption) (Exemption, error) {
	if err := by.RequireEverywhere(Administer); err != nil {
		return Exemption{}, err
	}
	switch list, err := p.options.Exemptions.Exemptions(ctx); {
	case err != nil:
		return Exemption{}, err
	case len(list) >= maxExemptions:
		return Exemption{}, &SelectionError{fmt.Sprintf("the exempt list has %d entries, and takes no more", len(list))}
	}
	switch e.Why = strings.TrimSpace(e.Why); {
	case e.Why == "":
		return Exemption{}, &SelectionError{"it is not said why they are exempt"}
	case utf8.RuneCountInString(e.Why) > maxWhy:
		return Exemption{}, &SelectionError{fmt.Sprintf("why they are exempt has more than %d characters", maxWhy)}
	case len(e.Account.parts) == 0:
		return Exemption{}, &SelectionError{"it is not said who is exempt"}
	}
	e.By = by.Actor
	return p.options.Exemptions.AddExemption(ctx, e)
}

// Unexempt takes an entry off the exempt list, as an administrator. The error is a
// [*ForbiddenError] or ErrNoExemption.
func (p *Planner) Unexempt(ctx context.Context, by Principal, id string) error {
	if err := by.RequireEverywhere(Administer); err != nil {
		return err
	}
	return p.options.Exemptions.RemoveExemption(ctx, id)
}

// Exemptions returns the exempt list, the newest first, as far as a principal sees
// the rooms that it counts in.
func (p *Planner) Exemptions(ctx context.Context, by Principal) ([]Exemption, error) {
	list, err := p.options.Exemptions.Exemptions(ctx)
	if err != nil || by.Grants.MayEverywhere(See) {
		return list, err
	}
	var shown []Exemption
	for _, entry := range list {
		for _, scope := range by.Grants.Scopes(See) {
			if scope.covers(entry.Scope) || entry.Scope.covers(scope) {
				shown = append(shown, entry)
				break
			}
		}
	}
	return shown, nil
}
