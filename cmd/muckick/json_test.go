package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestListsAsJSON lists nothing, and then one of each.
func TestListsAsJSON(t *testing.T) {
	database := newDatabase(t)
	list := func(what string) (items []map[string]any) {
		t.Helper()
		got := administerAs(t, database, "", what, "list", "--json")
		if err := json.Unmarshal([]byte(got.stdout), &items); err != nil || got.status != exitOK || items == nil {
			t.Fatalf("%s: %v, %+v", what, err, got)
		}
		return items
	}
	added := administerAs(t, database, "", "token", "add", "spam-filter", "--create")
	if added.status != exitOK {
		t.Fatal(added.stderr)
	}
	if got := list("operator"); len(got) != 0 {
		t.Errorf("operators: got %v, want none", got)
	}
	for _, step := range []string{"operator add root", "operator add alice", "operator disable alice"} {
		if got := administerAs(t, database, "correct horse\n", strings.Fields(step)...); got.status != exitOK {
			t.Fatal(got.stderr)
		}
	}
	operators := list("operator")
	if len(operators) != 2 || operators[0]["name"] != "alice" || operators[0]["disabled"] != true || operators[0]["added"] == nil {
		t.Errorf("operators: got %v", operators)
	}
	wantGrants := []any{map[string]any{"scope": "*", "names": []any{"moderator"}}}
	if diff := cmp.Diff(wantGrants, operators[0]["grants"]); diff != "" {
		t.Errorf("grants (-want +got):\n%s", diff)
	}
	tokens := list("token")
	if len(tokens) != 1 || tokens[0]["name"] != "spam-filter" || tokens[0]["added_by"] != tokenCreator || tokens[0]["last_used"] != nil || tokens[0]["revoked"] != nil {
		t.Errorf("tokens: got %v", tokens)
	}
	if got := list("exempt"); len(got) != 0 {
		t.Errorf("exempt list: got %v, want nobody", got)
	}
	if got := administerAs(t, database, "", "exempt", "add", "*@staff.example.org", "--why", "staff", "--in", "chat.example.org"); got.status != exitOK {
		t.Fatal(got.stderr)
	}
	exempt := list("exempt")
	if len(exempt) != 1 || exempt[0]["account"] != "*@staff.example.org" || exempt[0]["scope"] != "chat.example.org" || exempt[0]["why"] != "staff" || exempt[0]["added"] == nil {
		t.Errorf("exempt list: got %v", exempt)
	}
	if secret := strings.TrimSpace(added.stdout); strings.Contains(administerAs(t, database, "", "token", "list", "--json").stdout, secret) {
		t.Error("the list shows the token's secret")
	}
}
