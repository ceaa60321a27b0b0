package views

import (
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"muckick/xmpp"
)

// renderRows renders occupants inside a table, where rows are allowed.
func renderRows(t *testing.T, occupants ...xmpp.Occupant) *html.Node {
	t.Helper()
	markup, _ := render(t, OccupantBlocks(testRoom, occupants, Notes{}))
	doc, err := html.Parse(strings.NewReader("<table>" + markup + "</table>"))
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	return doc
}

func TestRowNames(t *testing.T) {
	doc := renderRows(t, testOccupants()...)
	for _, o := range testOccupants() {
		row := one(t, doc, "tr", "data-nick", o.Nick)
		button := one(t, row, "button", "class", "kick")
		label, _ := attr(button, "aria-label")
		if want := "Kick " + Plain(o.Nick); label != want {
			t.Errorf("the button is called %q, want %q", label, want)
		}
		if value, _ := attr(button, "value"); o.Obstacle == "" && value != o.Nick {
			t.Errorf("the button kicks %q, want %q", value, o.Nick)
		}
	}
}

func TestRoomNames(t *testing.T) {
	m := testRoomModel()
	m.Offline = nil
	_, doc := render(t, Room(m))
	one(t, doc, "form", "action", "/rooms/"+testRoom+"/kick")
	dialog := one(t, doc, "dialog", "id", "kick-dialog")
	one(t, dialog, "form", "action", "/muc_kick")
	for _, name := range []string{"nickname", "muc", "jid", "occupant_id", "since", "reason", "csrf"} {
		one(t, dialog, "input", "name", name)
	}
	if got := text(one(t, dialog, "label", "for", "reason")); got != "Reason" {
		t.Errorf("the field is called %q", got)
	}
	if got := text(one(t, dialog, "button", "value", "kick")); got != "Kick" {
		t.Errorf("the button is called %q", got)
	}
	status := one(t, doc, "p", "id", "announcement")
	if role, _ := attr(status, "role"); role != "status" {
		t.Errorf("announcements have the role %q", role)
	}
}

func TestObstacles(t *testing.T) {
	tests := []struct {
		obstacle     xmpp.Obstacle
		affiliation  xmpp.Affiliation
		short, title string
	}{
		{xmpp.ObstacleSelf, "", "muckick's account", "does not kick itself"},
		{xmpp.ObstacleOffline, "", "chat server unreachable", "no connection to the chat server"},
		{xmpp.ObstacleCannotJoin, "", "muckick is not let in", "does not let muckick in"},
		{xmpp.ObstacleNotModerator, "", "muckick is no moderator", "not as a moderator"},
		{xmpp.ObstacleOutranked, xmpp.AffiliationOwner, "protected as owner", "protects its owners and admins"},
		{xmpp.ObstacleOutranked, "", "protected by the room", "protects its owners and admins"},
		{xmpp.ObstacleOwner, "", "owner", "does not ban owners"},
		{xmpp.ObstacleRank, "", "rank", "takes nothing from owners and admins"},
		{xmpp.ObstacleHidden, "", "hidden account", "does not show muckick the account"},
		{xmpp.ObstacleNotAdmin, "", "not admin", "only they can ban"},
		{xmpp.ObstacleNotOwner, "", "not owner", "only owners can lock"},
		{"news", "", "news", "cannot be kicked now: news"},
	}
	for _, tt := range tests {
		t.Run(string(tt.obstacle), func(t *testing.T) {
			doc := renderRows(t, xmpp.Occupant{Nick: "Bob", Obstacle: tt.obstacle, Affiliation: tt.affiliation})
			button := one(t, doc, "button", "aria-label", "Kick Bob")
			if _, ok := attr(button, "disabled"); !ok {
				t.Error("the button is not disabled")
			}
			if title, _ := attr(button, "title"); !strings.Contains(title, tt.title) {
				t.Errorf("title %q, want it to say %q", title, tt.title)
			}
			if got := text(doc); !strings.Contains(got, tt.short) {
				t.Errorf("the row says %q, want %q", got, tt.short)
			}
		})
	}
}

// What the list knows of somebody beyond their names is said where it matters
// only.
func TestRowSaysWhoElseIsMeant(t *testing.T) {
	tests := []struct {
		name       string
		occupant   xmpp.Occupant
		want, lack string
	}{
		{"one session", xmpp.Occupant{Nick: "Bob", RealJID: "bob@example.org/a", Sessions: 1}, "bob@example.org", "session"},
		{"unknown sessions", xmpp.Occupant{Nick: "Bob"}, "Bob", "session"},
		{"two sessions", xmpp.Occupant{Nick: "Bob", RealJID: "bob@example.org/a", Sessions: 2}, "2 sessions", "muckick"},
		{"muckick", xmpp.Occupant{Nick: "muckick", Self: true, Ours: true, Obstacle: xmpp.ObstacleSelf}, "this is muckick", "account"},
		{"another replica", xmpp.Occupant{Nick: "other", Ours: true, Obstacle: xmpp.ObstacleSelf}, "muckick's account", "this is"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := text(renderRows(t, tt.occupant))
			if !strings.Contains(got, tt.want) || strings.Contains(got, tt.lack) {
				t.Errorf("the row says %q, want %q and no %q", got, tt.want, tt.lack)
			}
		})
	}
}

func TestReadinessSaysWhatToChange(t *testing.T) {
	for _, obstacle := range []xmpp.Obstacle{xmpp.ObstacleCannotJoin, xmpp.ObstacleNotModerator} {
		_, doc := render(t, RoomHeader(RoomHeaderModel{Address: testRoom, Ready: Readiness{Obstacle: obstacle, Account: "m@example.org", Detail: "auth: forbidden"}}))
		got := text(doc)
		for _, want := range []string{"muckick cannot moderate here.", ObstacleText(obstacle), obstacleRemedy(obstacle), "m@example.org", "auth: forbidden"} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q does not say %q", obstacle, got, want)
			}
		}
	}
	for _, obstacle := range []xmpp.Obstacle{xmpp.ObstacleCannotJoin, xmpp.ObstacleNotModerator} {
		_, doc := render(t, RoomHeader(RoomHeaderModel{Address: testRoom, Ready: Readiness{Obstacle: obstacle, AdminOf: "chat.example.org"}}))
		for _, want := range []string{"component_admins_as_room_owners = true", `Component "chat.example.org" "muc"`} {
			if got := text(doc); !strings.Contains(got, want) {
				t.Errorf("admin, %s: %q is missing in %q", obstacle, want, got)
			}
		}
	}
	_, doc := render(t, RoomHeader(RoomHeaderModel{Address: testRoom, Ready: Readiness{AdminOf: "chat.example.org"}}))
	if got := text(doc); strings.Contains(got, "component_admins") {
		t.Errorf("got %q where muckick can moderate", got)
	}
	_, doc = render(t, RoomHeader(RoomHeaderModel{Address: testRoom, Ready: Readiness{Entering: true}}))
	if got := text(doc); strings.Contains(got, "can moderate here.") || !strings.Contains(got, "entering") {
		t.Errorf("%q does not say that it is not known yet", got)
	}
	_, doc = render(t, RoomHeader(RoomHeaderModel{Address: testRoom}))
	if got := text(doc); !strings.Contains(got, "muckick can moderate here.") {
		t.Errorf("%q does not say that all is well", got)
	}
}

// A long name is cut in the heading.
func TestRoomHeaderHasWholeName(t *testing.T) {
	_, doc := render(t, RoomHeader(RoomHeaderModel{Address: testRoom, Info: xmpp.RoomInfo{Name: "The Snuggery"}}))
	about := all(doc, func(n *html.Node) bool { return n.Data == "details" })
	if len(about) != 1 || !strings.Contains(text(about[0]), "NameThe Snuggery") {
		t.Errorf("got %q", text(doc))
	}
}

func TestOfflineDisablesKicks(t *testing.T) {
	for _, offline := range []*Offline{nil, {}} {
		m := testRoomModel()
		m.Offline = offline
		_, doc := render(t, Room(m))
		needing := all(doc, func(n *html.Node) bool { _, ok := attr(n, "data-needs-chat"); return ok })
		if len(needing) != 7 {
			t.Fatalf("%d elements need the chat server, want the list, the dialog's three buttons, and three for those who are ticked", len(needing))
		}
		for _, n := range needing {
			if _, disabled := attr(n, "disabled"); disabled != (offline != nil) {
				t.Errorf("offline %t: <%s> disabled %t", offline != nil, n.Data, disabled)
			}
		}
	}
}

func TestOccupantBlocks(t *testing.T) {
	for count, want := range map[int]int{0: 1, 1: 1, 50: 1, 51: 2, 120: 3} {
		occupants := make([]xmpp.Occupant, count)
		for i := range occupants {
			occupants[i].Nick = strconv.Itoa(i)
		}
		markup, _ := render(t, OccupantBlocks(testRoom, occupants, Notes{}))
		if got := strings.Count(markup, "<tbody"); got != want {
			t.Errorf("%d occupants are in %d blocks, want %d", count, got, want)
		}
		for i := range occupants {
			if !strings.Contains(markup, `data-nick="`+strconv.Itoa(i)+`"`) {
				t.Errorf("of %d occupants %d is not there", count, i)
			}
		}
	}
}

func TestRowsForEvents(t *testing.T) {
	if markup, _ := render(t, OccupantBlocks(testRoom, nil, Notes{})); markup == "" {
		t.Error("the reset to an empty list has no data")
	}
	markup, _ := render(t, GoneRow(`a"b`))
	if want := `<tr data-nick="a&#34;b" data-gone></tr>`; markup != want {
		t.Errorf("got %s, want %s", markup, want)
	}
}

func nicks(occupants []xmpp.Occupant) []string {
	var out []string
	for _, o := range occupants {
		out = append(out, o.Nick)
	}
	return out
}

// What was done to somebody lately stands beside them: by account, or by nick where
// the room hides that.
func TestNotes(t *testing.T) {
	notes := Notes{
		Accounts: map[string]Note{"bob@x": {Kicked: 3, Banned: 2}, "eve@x": {Kicked: 1}},
		Nicks:    map[string]Note{"Bob": {Kicked: 7}, "Hidden": {Kicked: 2}},
	}
	for _, tt := range []struct{ nick, jid, want string }{
		{"Bob", "bob@x/1", "kicked 3 times in 24 h, banned from 2 other rooms"},
		{"Robert", "bob@x/2", "kicked 3 times in 24 h, banned from 2 other rooms"},
		{"Eve", "eve@x/1", "kicked once in 24 h"},
		{"Bob", "carl@x/1", ""},
		{"Hidden", "", "kicked 2 times in 24 h"},
		{"Nobody", "", ""},
	} {
		if got := notes.of(xmpp.Occupant{Nick: tt.nick, RealJID: tt.jid}); got != tt.want {
			t.Errorf("%s %s: got %q, want %q", tt.nick, tt.jid, got, tt.want)
		}
	}
}
