package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"muckick/web/moderation"
	"muckick/web/store"
)

// tokenCreator is who tokens are said to come from that are made here.
const tokenCreator = "command line"

func newTokenCommand(env []string) *cobra.Command {
	group := &cobra.Command{
		Use:   "token",
		Short: "Manage the named tokens of programs",
		Long: `token manages named tokens for POST /muc_kick. A program that has one sends

  Authorization: Bearer TOKEN

instead of the one configured header. The audit trail shows the token's name,
and each can be revoked on its own. A running server notices at once.

A token may kick everywhere, unless it is limited to rooms or MUC services.`,
		Example: `  muckick token add spam-filter --config muckick.toml
  muckick token add guest --in snuggery@conference.example.org --until 2027-01-31
  muckick token revoke spam-filter --config muckick.toml`,
		Args: unknownCommand,
		RunE: showHelp,
	}
	group.AddCommand(
		newTokenAddCommand(env),
		listCommand(env, "List all tokens, without their secrets", listTokens),
		storeCommand(env, "revoke NAME", "Make a token worthless", exactly("NAME"), false, revokeToken),
	)
	return group
}

// untilFlag says when a token ends.
const untilFlag = "until"

func newTokenAddCommand(env []string) *cobra.Command {
	c := storeCommand(env, "add NAME", "Make a token and show it, once", exactly("NAME"), true, addToken)
	c.Flags().String(untilFlag, "", "the last `day` that it is good for, such as 2027-01-31 (no end, if it is not given)")
	return addGrantFlags(c, string(moderation.Kick))
}

// expiryOf returns when a token ends: with the day that the flag names, as this
// machine's clock has it.
func expiryOf(c *cobra.Command, now time.Time) (time.Time, error) {
	text, err := c.Flags().GetString(untilFlag)
	if err != nil || text == "" {
		return time.Time{}, err
	}
	day, err := time.ParseInLocation(time.DateOnly, text, time.Local)
	if err != nil {
		return time.Time{}, fmt.Errorf("--%s %q is no day such as 2027-01-31", untilFlag, text)
	}
	end := day.AddDate(0, 0, 1)
	if !end.After(now) {
		return time.Time{}, fmt.Errorf("--%s %s is over", untilFlag, text)
	}
	return end, nil
}

// addToken writes nothing but the token to standard output, for scripts.
func addToken(c *cobra.Command, s *store.Store, name string) error {
	grants, err := grantsOf(c)
	if err != nil {
		return err
	}
	expires, err := expiryOf(c, time.Now())
	if err != nil {
		return err
	}
	secret, token, err := s.AddToken(c.Context(), store.NewToken{Name: name, CreatedBy: tokenCreator, Grants: grants, Expires: expires})
	if err != nil {
		return explain(err, "token", name)
	}
	fmt.Fprintf(c.ErrOrStderr(), "This is the token %q. It is not shown again:\n", token.Name)
	return say(c, "%s", secret)
}

func listTokens(c *cobra.Command, s *store.Store, _ string) error {
	tokens, err := s.Tokens(c.Context())
	if err != nil {
		return err
	}
	if wantsJSON(c) {
		return writeJSON(c, describeTokens(tokens))
	}
	if len(tokens) == 0 {
		return say(c, "There are no tokens. \"muckick token add NAME\" makes one.")
	}
	table := tabwriter.NewWriter(c.OutOrStdout(), 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tSTATE\tADDED\tBY\tLAST USED\tMAY")
	for _, t := range tokens {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n",
			t.Name, tokenState(t, time.Now()), showTime(t.Created), t.CreatedBy, showTime(t.LastUsed), t.Grants)
	}
	return table.Flush()
}

// tokenState says whether a token is good.
func tokenState(t store.Token, now time.Time) string {
	switch {
	case !t.Revoked.IsZero():
		return "revoked " + showTime(t.Revoked)
	case !t.InForce(now):
		return "ended " + showTime(t.Expires)
	case !t.Expires.IsZero():
		return "until " + showTime(t.Expires)
	}
	return "in force"
}

// tokenJSON is a token for programs. Times are null for what did not happen.
type tokenJSON struct {
	ID       string      `json:"id"`
	Name     string      `json:"name"`
	Added    *time.Time  `json:"added"`
	AddedBy  string      `json:"added_by"`
	LastUsed *time.Time  `json:"last_used"`
	Revoked  *time.Time  `json:"revoked"`
	Expires  *time.Time  `json:"expires"`
	Grants   []grantJSON `json:"grants"`
}

func describeTokens(tokens []store.Token) []tokenJSON {
	list := make([]tokenJSON, 0, len(tokens))
	for _, t := range tokens {
		list = append(list, tokenJSON{
			ID: t.ID, Name: t.Name, Added: jsonTime(t.Created), AddedBy: t.CreatedBy,
			LastUsed: jsonTime(t.LastUsed), Revoked: jsonTime(t.Revoked),
			Expires: jsonTime(t.Expires), Grants: describeGrants(t.Grants),
		})
	}
	return list
}

func revokeToken(c *cobra.Command, s *store.Store, name string) error {
	if err := s.RevokeToken(c.Context(), name); err != nil {
		return explain(err, "token in force", name)
	}
	return say(c, "The token %q is revoked.", name)
}
