package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

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
and each can be revoked on its own. A running server notices at once.`,
		Example: `  muckick token add spam-filter --config muckick.toml
  muckick token revoke spam-filter --config muckick.toml`,
		Args: unknownCommand,
		RunE: showHelp,
	}
	group.AddCommand(
		storeCommand(env, "add NAME", "Make a token and show it, once", exactly("NAME"), true, addToken),
		listCommand(env, "List all tokens, without their secrets", listTokens),
		storeCommand(env, "revoke NAME", "Make a token worthless", exactly("NAME"), false, revokeToken),
	)
	return group
}

// addToken writes nothing but the token to standard output, for scripts.
func addToken(c *cobra.Command, s *store.Store, name string) error {
	secret, token, err := s.AddToken(c.Context(), name, tokenCreator)
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
	fmt.Fprintln(table, "NAME\tSTATE\tADDED\tBY\tLAST USED")
	for _, t := range tokens {
		state := "in force"
		if !t.Revoked.IsZero() {
			state = "revoked " + showTime(t.Revoked)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", t.Name, state, showTime(t.Created), t.CreatedBy, showTime(t.LastUsed))
	}
	return table.Flush()
}

// tokenJSON is a token for programs. Times are null for what did not happen.
type tokenJSON struct {
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	Added    *time.Time `json:"added"`
	AddedBy  string     `json:"added_by"`
	LastUsed *time.Time `json:"last_used"`
	Revoked  *time.Time `json:"revoked"`
}

func describeTokens(tokens []store.Token) []tokenJSON {
	list := make([]tokenJSON, 0, len(tokens))
	for _, t := range tokens {
		list = append(list, tokenJSON{
			ID: t.ID, Name: t.Name, Added: jsonTime(t.Created), AddedBy: t.CreatedBy,
			LastUsed: jsonTime(t.LastUsed), Revoked: jsonTime(t.Revoked),
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
