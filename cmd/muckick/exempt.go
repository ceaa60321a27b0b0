package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"muckick/web/moderation"
	"muckick/web/store"
)

// whyFlag says why somebody is exempt.
const whyFlag = "why"

func newExemptCommand(env []string) *cobra.Command {
	group := &cobra.Command{
		Use:   "exempt",
		Short: "Manage whom plans leave alone",
		Long: `exempt manages the exempt list: plans leave these accounts alone, and nobody of
them is kept out. A kick, mute or ban of one person is not held up. It works
beside a running server, which goes by the list at once.

An ACCOUNT may be a pattern, in which a star stands for any characters.`,
		Example: `  muckick exempt add spam-filter@example.org --why "our own bot"
  muckick exempt add '*@staff.example.org' --why staff --in conference.example.org
  muckick exempt remove spam-filter@example.org`,
		Args: unknownCommand,
		RunE: showHelp,
	}
	add := addInFlag(storeCommand(env, "add ACCOUNT", "Leave accounts alone", exactly("ACCOUNT"), true, addExempt))
	add.Flags().String(whyFlag, "", "`why` they are exempt, which plans show; required")
	group.AddCommand(
		add,
		listCommand(env, "List all entries", listExempt),
		addInFlag(storeCommand(env, "remove ACCOUNT", "Take an entry off the list; without --in, the one that counts everywhere", exactly("ACCOUNT"), false, removeExempt)),
	)
	return group
}

// administrator is who acts at the command line.
func administrator() moderation.Principal {
	return moderation.Principal{Actor: moderation.Actor{Kind: moderation.ByCommand, Name: accountName()}, Grants: moderation.Everything()}
}

func addExempt(c *cobra.Command, s *store.Store, account string) error {
	scopes, err := scopesOf(c)
	if err != nil {
		return err
	}
	why, err := c.Flags().GetString(whyFlag)
	if err != nil {
		return err
	}
	glob, err := moderation.ParseAccountGlob(account)
	if err != nil {
		return err
	}
	for _, scope := range scopes {
		if _, err := moderation.Exempt(c.Context(), s, administrator(), moderation.Exemption{Account: glob, Scope: scope, Why: why}); err != nil {
			return err
		}
		if err := say(c, "%s is exempt from plans%s.", glob, inScope(scope)); err != nil {
			return err
		}
	}
	return nil
}

func removeExempt(c *cobra.Command, s *store.Store, account string) error {
	scopes, err := scopesOf(c)
	if err != nil {
		return err
	}
	entries, err := s.Exemptions(c.Context())
	if err != nil {
		return err
	}
	for _, scope := range scopes {
		at := slices.IndexFunc(entries, func(e moderation.Exemption) bool {
			return e.Scope == scope && strings.EqualFold(e.Account.String(), account)
		})
		if at < 0 {
			return fmt.Errorf("%q is not on the exempt list%s; \"muckick exempt list\" shows it", account, inScope(scope))
		}
		if err := moderation.Unexempt(c.Context(), s, administrator(), entries[at].ID); err != nil {
			return err
		}
		if err := say(c, "%s is not exempt any more%s.", account, inScope(scope)); err != nil {
			return err
		}
	}
	return nil
}

// inScope says where, after a sentence.
func inScope(scope moderation.Scope) string {
	if scope == moderation.Everywhere {
		return ""
	}
	return " in " + scope.String()
}

func listExempt(c *cobra.Command, s *store.Store, _ string) error {
	entries, err := s.Exemptions(c.Context())
	if err != nil {
		return err
	}
	if wantsJSON(c) {
		return writeJSON(c, describeExempt(entries))
	}
	if len(entries) == 0 {
		return say(c, "Nobody is exempt. \"muckick exempt add ACCOUNT\" adds somebody.")
	}
	table := tabwriter.NewWriter(c.OutOrStdout(), 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "ACCOUNT\tIN\tADDED\tBY\tWHY")
	for _, e := range entries {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", e.Account, e.Scope, showTime(e.At), e.By.Name, e.Why)
	}
	return table.Flush()
}

// exemptJSON is an entry of the exempt list for programs.
type exemptJSON struct {
	Account string     `json:"account"`
	Scope   string     `json:"scope"` // "*", a MUC service or a room
	Why     string     `json:"why"`
	Added   *time.Time `json:"added"`
	AddedBy string     `json:"added_by"`
}

func describeExempt(entries []moderation.Exemption) []exemptJSON {
	list := make([]exemptJSON, 0, len(entries))
	for _, e := range entries {
		list = append(list, exemptJSON{
			Account: e.Account.String(), Scope: e.Scope.String(), Why: e.Why, Added: jsonTime(e.At), AddedBy: e.By.Name,
		})
	}
	return list
}
