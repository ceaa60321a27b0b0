package moderation

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxWhy bounds the characters of why somebody is exempt.
const maxWhy = 500

// Exempt puts accounts on an exempt list, as an administrator. It has to say why.
// The error is a [*ForbiddenError] or a [*SelectionError].
func Exempt(ctx context.Context, list Exemptions, by Principal, e Exemption) (Exemption, error) {
	if err := by.RequireEverywhere(Administer); err != nil {
		return Exemption{}, err
	}
	switch e.Why = strings.TrimSpace(e.Why); {
	case len(e.Account.parts) == 0:
		return Exemption{}, &SelectionError{"it is not said who is exempt"}
	case e.Why == "":
		return Exemption{}, &SelectionError{"it is not said why they are exempt"}
	case utf8.RuneCountInString(e.Why) > maxWhy:
		return Exemption{}, &SelectionError{fmt.Sprintf("why they are exempt has more than %d characters", maxWhy)}
	}
	entries, err := list.Exemptions(ctx)
	if err != nil {
		return Exemption{}, err
	}
	if len(entries) >= maxExemptions {
		return Exemption{}, &SelectionError{fmt.Sprintf("the exempt list has %d entries, and takes no more", len(entries))}
	}
	for _, entry := range entries {
		if entry.Scope == e.Scope && strings.EqualFold(entry.Account.String(), e.Account.String()) {
			return Exemption{}, &SelectionError{fmt.Sprintf("%q is exempt %s already", clipped(e.Account.String()), e.Scope.place())}
		}
	}
	e.By = by.Actor
	return list.AddExemption(ctx, e)
}

// Unexempt takes an entry off an exempt list, as an administrator. The error is a
// [*ForbiddenError] or ErrNoExemption.
func Unexempt(ctx context.Context, list Exemptions, by Principal, id string) error {
	if err := by.RequireEverywhere(Administer); err != nil {
		return err
	}
	return list.RemoveExemption(ctx, id)
}

// Exempt is [Exempt] with the list that plans go by.
func (p *Planner) Exempt(ctx context.Context, by Principal, e Exemption) (Exemption, error) {
	return Exempt(ctx, p.options.Exemptions, by, e)
}

// Unexempt is [Unexempt] with the list that plans go by.
func (p *Planner) Unexempt(ctx context.Context, by Principal, id string) error {
	return Unexempt(ctx, p.options.Exemptions, by, id)
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
