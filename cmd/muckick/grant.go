package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"muckick/web/moderation"
	"muckick/web/store"
)

// The flags that say what is granted, and where.
const (
	asFlag = "as"
	inFlag = "in"
)

// addInFlag gives a command the flag that says where something is granted.
func addInFlag(c *cobra.Command) *cobra.Command {
	c.Flags().StringSlice(inFlag, nil, "a `room` or a MUC service; may be given more than once (everywhere, if it is not)")
	return c
}

// scopesOf returns what the flag of addInFlag names.
func scopesOf(c *cobra.Command) ([]moderation.Scope, error) {
	where, err := c.Flags().GetStringSlice(inFlag)
	if err != nil {
		return nil, err
	}
	if len(where) == 0 {
		return []moderation.Scope{moderation.Everywhere}, nil
	}
	var scopes []moderation.Scope
	for _, text := range where {
		scope, err := moderation.ParseScope(text)
		if err != nil {
			return nil, err
		}
		scopes = append(scopes, scope)
	}
	return scopes, nil
}

// addGrantFlags gives a command the flags that say what is granted and where.
func addGrantFlags(c *cobra.Command, byDefault string) *cobra.Command {
	c.Flags().String(asFlag, byDefault, "`what` they may do: "+whatCanBeGranted())
	return addInFlag(c)
}

// whatCanBeGranted names the presets and the capabilities.
func whatCanBeGranted() string {
	var presets, capabilities []string
	for _, preset := range moderation.Presets() {
		presets = append(presets, preset.Name)
	}
	for _, capability := range moderation.Capabilities() {
		capabilities = append(capabilities, string(capability))
	}
	return strings.Join(presets, ", ") + ", or one of " + strings.Join(capabilities, ", ")
}

// grantsOf returns what the flags of addGrantFlags grant.
func grantsOf(c *cobra.Command) (moderation.Grants, error) {
	as, err := c.Flags().GetString(asFlag)
	if err != nil {
		return moderation.Grants{}, err
	}
	return changedGrants(c, moderation.Grants{}, []string{as}, moderation.Grants.Add)
}

// changeOfGrants adds capabilities in a scope, or removes them.
type changeOfGrants func(moderation.Grants, []moderation.Capability, moderation.Scope) (moderation.Grants, error)

// changedGrants returns the grants after a change of what the names stand for,
// in all scopes that the command's flag names.
func changedGrants(c *cobra.Command, grants moderation.Grants, names []string, change changeOfGrants) (moderation.Grants, error) {
	scopes, err := scopesOf(c)
	if err != nil {
		return moderation.Grants{}, err
	}
	for _, name := range names {
		capabilities, known := moderation.Named(name)
		if !known {
			return moderation.Grants{}, fmt.Errorf("%q cannot be granted; what can is %s", name, whatCanBeGranted())
		}
		for _, scope := range scopes {
			if grants, err = change(grants, capabilities, scope); err != nil {
				return moderation.Grants{}, err
			}
		}
	}
	return grants, nil
}

// nameAndWhat wants a name and at least one thing that can be granted.
func nameAndWhat(_ *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return fmt.Errorf("the NAME is missing")
	case len(args) == 1:
		return fmt.Errorf("what %s may do is missing: %s", args[0], whatCanBeGranted())
	}
	return nil
}

// changeGrants returns what grants something to an operator, or revokes it.
func changeGrants(change changeOfGrants) storeWork {
	return func(c *cobra.Command, s *store.Store, _ string) error {
		name, what := c.Flags().Arg(0), c.Flags().Args()[1:]
		operator, err := s.ChangeGrants(c.Context(), name, func(g moderation.Grants) (moderation.Grants, error) {
			return changedGrants(c, g, what, change)
		})
		if err != nil {
			return explain(err, "operator", name)
		}
		return say(c, "%s is %s.", operator.Name, operator.Grants)
	}
}

// grantJSON is what was granted in one scope, for programs.
type grantJSON struct {
	Scope string   `json:"scope"` // "*", a MUC service or a room
	Names []string `json:"names"` // presets and capabilities
}

func describeGrants(grants moderation.Grants) []grantJSON {
	list := make([]grantJSON, 0)
	for _, holding := range grants.Holdings() {
		list = append(list, grantJSON{Scope: holding.Scope.String(), Names: slices.Clone(holding.Names)})
	}
	return list
}
