package views

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muckick/xmpp"
)

func orders() []OccupantOrder {
	var out []OccupantOrder
	for _, by := range []OccupantSort{OccupantsByNick, OccupantsByRole, OccupantsByAffiliation, OccupantsByJID, OccupantsBySince} {
		out = append(out, OccupantOrder{By: by}, OccupantOrder{By: by, Reversed: true})
	}
	return out
}

func TestSortOccupants(t *testing.T) {
	occupants := []xmpp.Occupant{
		{Nick: "bob", Role: xmpp.RoleVisitor, Affiliation: xmpp.AffiliationOutcast, RealJID: "b@x", Since: testTime},
		{Nick: "Alice", Role: xmpp.RoleModerator, Affiliation: xmpp.AffiliationOwner, Since: testTime.Add(time.Hour)},
		{Nick: "carol", Role: xmpp.RoleParticipant, Affiliation: xmpp.AffiliationMember, RealJID: "A@x"},
		{Nick: "Dora"},
	}
	tests := []struct {
		order string
		want  []string
	}{
		{"nick", []string{"Alice", "bob", "carol", "Dora"}},
		{"-nick", []string{"Dora", "carol", "bob", "Alice"}},
		{"role", []string{"Alice", "carol", "bob", "Dora"}},
		{"-role", []string{"bob", "carol", "Alice", "Dora"}},
		{"affiliation", []string{"Alice", "carol", "bob", "Dora"}},
		{"-affiliation", []string{"bob", "carol", "Alice", "Dora"}},
		{"jid", []string{"carol", "bob", "Alice", "Dora"}},
		{"-jid", []string{"bob", "carol", "Alice", "Dora"}},
		{"since", []string{"Alice", "bob", "carol", "Dora"}},
		{"-since", []string{"bob", "Alice", "carol", "Dora"}},
		{"nonsense", []string{"Alice", "bob", "carol", "Dora"}},
		{"-", []string{"Alice", "bob", "carol", "Dora"}},
		{"", []string{"Alice", "bob", "carol", "Dora"}},
	}
	for _, tt := range tests {
		t.Run(tt.order, func(t *testing.T) {
			SortOccupants(occupants, ParseOccupantOrder(tt.order))
			if diff := cmp.Diff(tt.want, nicks(occupants)); diff != "" {
				t.Errorf("order (-want +got):\n%s", diff)
			}
		})
	}
}

// An order that is asked for once more is reversed, and the address keeps it.
func TestOccupantOrder(t *testing.T) {
	for _, order := range orders() {
		if got := ParseOccupantOrder(order.query()); got != order {
			t.Errorf("%q is read as %v, want %v", order.query(), got, order)
		}
		again := order.next(order.By)
		if again.Reversed == order.Reversed || again.direction() == order.direction() {
			t.Errorf("%v leads to %v", order, again)
		}
		if other := order.next("another"); other.Reversed {
			t.Errorf("another column after %v begins reversed", order)
		}
	}
}

func TestFilterOccupants(t *testing.T) {
	occupants := []xmpp.Occupant{
		{Nick: "Bob", RealJID: "bob@spam.example", Role: xmpp.RoleVisitor},
		{Nick: "Carol", Affiliation: xmpp.AffiliationOutcast},
	}
	tests := []struct {
		text string
		want []string
	}{
		{"", []string{"Bob", "Carol"}},
		{" bOB ", []string{"Bob"}},
		{"spam.example", []string{"Bob"}},
		{"visitor", []string{"Bob"}},
		{"only listen", []string{"Bob"}},
		{"banned", []string{"Carol"}},
		{"nobody", nil},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, nicks(FilterOccupants(occupants, tt.text))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.text, diff)
		}
	}
}

// strangers are occupants whose names languages treat differently.
func strangers() []xmpp.Occupant {
	var out []xmpp.Occupant
	for i, nick := range []string{
		"Alice", "alice", "ALICE", "Bob", "bob2", "Ärger", "ärger", "Zoe", "ΣΑΣ", "σας", "σασ", "İstanbul", "istanbul", "ISTANBUL",
		"Straße", "STRASSE", "Ångström", "ǅ", "ﬁsh", "\uFFFD", "\uE000", "🥑", "🔇", "𐐀", "𐐨", "a\u0301", "á", "__proto__", "constructor",
		"-", "1", "10", "2", "שלום", "مرحبا", "ㅋㅋㅋ", "can talk", "<b>", "\u202Etxt",
	} {
		o := xmpp.Occupant{Nick: nick, Role: []xmpp.Role{xmpp.RoleModerator, xmpp.RoleParticipant, xmpp.RoleVisitor, "", "odd"}[i%5],
			Affiliation: []xmpp.Affiliation{"owner", "admin", "member", "none", "outcast", "", "odd"}[i%7]}
		if i%3 > 0 {
			o.RealJID = strings.ReplaceAll(nick, " ", "") + "@Example.org/Phone"
		}
		if i%4 > 0 {
			o.Since = testTime.Add(time.Duration(i%6) * 100 * time.Millisecond)
		}
		out = append(out, o)
	}
	return out
}

// The script of a page sorts and filters as the server does.
func TestScriptSortsAndFiltersAlike(t *testing.T) {
	type request struct {
		Order      OccupantOrder
		Descending bool
		Words      []string
		Filters    []string
	}
	filters := []string{"", "ali", "CAN TALK", "(can", "talk)", "none", "no standing", "example.ORG/ph", "Σ", "ς", "i", "İ", "ß", "ss", "🥑",
		"𐐀", "Ä", "moderator can", "unknown", " bob ", "odd", "u+202e"}
	for _, order := range orders() {
		t.Run(order.query(), func(t *testing.T) {
			ask := request{Order: order, Descending: order.direction() == "descending", Filters: filters}
			switch order.By {
			case OccupantsByRole:
				ask.Words = wordsOf(rolesInOrder)
			case OccupantsByAffiliation:
				ask.Words = wordsOf(affiliationsInOrder)
			}
			type asked struct {
				request
				Occupants []map[string]any
			}
			input := asked{request: ask}
			for _, o := range strangers() {
				role, rolePlain := roleWords(o.Role)
				affiliation, affiliationPlain := affiliationWords(o.Affiliation)
				row := map[string]any{"nick": o.Nick, "jid": o.RealJID, "role": o.Role, "affiliation": o.Affiliation, "since": "",
					"words": []string{role, rolePlain, affiliation, affiliationPlain}}
				if !o.Since.IsZero() {
					row["since"] = exactTime(o.Since)
				}
				input.Occupants = append(input.Occupants, row)
			}
			var got map[string][]string
			runScript(t, "order.mjs", input, &got)
			want := make(map[string][]string)
			for _, filter := range filters {
				found := FilterOccupants(strangers(), filter)
				SortOccupants(found, order)
				want[filter] = append([]string{}, nicks(found)...)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("script and server differ (-server +script):\n%s", diff)
			}
		})
	}
}
