package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"muckick/web/moderation"
	"muckick/web/store"
)

func newOperatorCommand(env []string) *cobra.Command {
	group := &cobra.Command{
		Use:   "operator",
		Short: "Manage who can sign in to the panel",
		Long: `operator manages the people who can sign in to the panel. It works beside a
running server, which notices at once: who is disabled, removed or given a new
password is signed out everywhere.

The first operator is administrator of everything. Each other one may do what
was granted to them, everywhere or in single rooms and MUC services:

  viewer          see rooms and who is in them
  auditor         the same, and read the audit trail
  moderator       see, kick, mute, ban, lock
  administrator   all of that, and decide who may do what

What is revoked in a MUC service is revoked in its rooms too, and without --in it
is revoked everywhere.

Passwords are asked for at the terminal, without being shown. When standard
input is no terminal, its first line is the password.`,
		Example: `  muckick operator add alice --config muckick.toml
  muckick operator add alice --create --config muckick.toml    before the first serve
  muckick operator add bob --as moderator --in snuggery@conference.example.org
  muckick operator grant bob viewer --in conference.example.org
  pass show muckick/alice | muckick operator passwd alice --config muckick.toml`,
		Args: unknownCommand,
		RunE: showHelp,
	}
	group.AddCommand(
		addGrantFlags(storeCommand(env, "add NAME", "Let somebody sign in", exactly("NAME"), true, addOperator), "moderator"),
		listCommand(env, "List all operators", listOperators),
		addInFlag(storeCommand(env, "grant NAME WHAT…", "Let an operator do more", nameAndWhat, false, changeGrants(moderation.Grants.Add))),
		addInFlag(storeCommand(env, "revoke NAME WHAT…", "Let an operator do less", nameAndWhat, false, changeGrants(moderation.Grants.Remove))),
		storeCommand(env, "passwd NAME", "Change a password and sign the operator out everywhere", exactly("NAME"), false, changePassword),
		storeCommand(env, "reset-factor NAME", "Remove the second factor of an operator who lost it", exactly("NAME"), false, resetFactor),
		storeCommand(env, "disable NAME", "Sign an operator out everywhere and let them in no more", exactly("NAME"), false, setDisabled(true)),
		storeCommand(env, "enable NAME", "Let a disabled operator sign in again", exactly("NAME"), false, setDisabled(false)),
		storeCommand(env, "remove NAME", "Remove an operator; the audit trail keeps the name", exactly("NAME"), false, removeOperator),
	)
	return group
}

func addOperator(c *cobra.Command, s *store.Store, name string) error {
	grants, err := grantsOf(c)
	if err != nil {
		return err
	}
	password, err := readPassword(c, name)
	if err != nil {
		return err
	}
	operator, err := s.AddOperator(c.Context(), name, password, grants)
	if err != nil {
		return explain(err, "operator", name)
	}
	return say(c, "%s can sign in now, as %s.", operator.Name, operator.Grants)
}

func listOperators(c *cobra.Command, s *store.Store, _ string) error {
	operators, err := s.Operators(c.Context())
	if err != nil {
		return err
	}
	if wantsJSON(c) {
		return writeJSON(c, describeOperators(operators))
	}
	if len(operators) == 0 {
		return say(c, "There are no operators. \"muckick operator add NAME\" adds one.")
	}
	table := tabwriter.NewWriter(c.OutOrStdout(), 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tSTATE\tADDED\tSIGNS IN BY\tMAY")
	for _, o := range operators {
		state := "enabled"
		if o.Disabled {
			state = "disabled"
		}
		by := "password"
		switch {
		case o.Issuer != "":
			by = o.Issuer
		case o.SecondFactor:
			by = "password and code"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", o.Name, state, showTime(o.Created), by, o.Grants)
	}
	return table.Flush()
}

// operatorJSON is an operator for programs.
type operatorJSON struct {
	Name     string      `json:"name"`
	Disabled bool        `json:"disabled"`
	Added    *time.Time  `json:"added"`
	Grants   []grantJSON `json:"grants"`

	SecondFactor bool   `json:"second_factor"`
	Issuer       string `json:"issuer,omitempty"` // of the provider where they sign in
}

func describeOperators(operators []store.Operator) []operatorJSON {
	list := make([]operatorJSON, 0, len(operators))
	for _, o := range operators {
		list = append(list, operatorJSON{
			Name: o.Name, Disabled: o.Disabled, Added: jsonTime(o.Created), Grants: describeGrants(o.Grants), SecondFactor: o.SecondFactor,
			Issuer: o.Issuer,
		})
	}
	return list
}

func changePassword(c *cobra.Command, s *store.Store, name string) error {
	password, err := readPassword(c, name)
	if err != nil {
		return err
	}
	if err := s.SetPassword(c.Context(), name, password); err != nil {
		return explain(err, "operator", name)
	}
	return say(c, "%s has a new password and is signed out everywhere.", name)
}

func resetFactor(c *cobra.Command, s *store.Store, name string) error {
	if err := s.ResetFactor(c.Context(), name); err != nil {
		return explain(err, "operator", name)
	}
	return say(c, "%s signs in with the password alone now, and is signed out everywhere.", name)
}

func setDisabled(disabled bool) storeWork {
	return func(c *cobra.Command, s *store.Store, name string) error {
		if err := s.SetDisabled(c.Context(), name, disabled); err != nil {
			return explain(err, "operator", name)
		}
		if disabled {
			return say(c, "%s is signed out everywhere and cannot sign in any more.", name)
		}
		return say(c, "%s can sign in again.", name)
	}
}

func removeOperator(c *cobra.Command, s *store.Store, name string) error {
	if err := s.RemoveOperator(c.Context(), name); err != nil {
		return explain(err, "operator", name)
	}
	return say(c, "%s is removed and signed out everywhere.", name)
}
