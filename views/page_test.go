package views

import (
	"slices"
	"strings"
	"testing"

	"muckick/xmpp"

	"golang.org/x/net/html"
)

func TestPagesHaveNothingInline(t *testing.T) {
	for name, page := range testPages() {
		t.Run(name, func(t *testing.T) {
			_, doc := render(t, page)
			for _, n := range all(doc, func(*html.Node) bool { return true }) {
				src, _ := attr(n, "src")
				if n.Data == "script" && (n.FirstChild != nil || !strings.HasPrefix(src, "/static/")) {
					t.Errorf("script with src %q and text %v", src, n.FirstChild)
				}
				if n.Data == "style" || n.Data == "iframe" || n.Data == "base" {
					t.Errorf("element <%s>", n.Data)
				}
				for _, a := range n.Attr {
					if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
						t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
					}
					if slices.Contains([]string{"href", "src", "action", "formaction"}, a.Key) &&
						!(strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "//")) && !strings.HasPrefix(a.Val, "#") &&
						!(name == "signed out" && n.Data == "a" && a.Val == providerEnd) {
						t.Errorf("<%s %s=%q> leads elsewhere", n.Data, a.Key, a.Val)
					}
				}
			}
		})
	}
}

func TestPagesShowInvisibleCharacters(t *testing.T) {
	for name, page := range testPages() {
		t.Run(name, func(t *testing.T) {
			_, doc := render(t, page)
			seen := text(doc)
			if strings.Contains(seen, "\u202E") {
				t.Error("a bidirectional override is part of the text")
			}
			if !strings.Contains(seen, "U+202E") {
				t.Error("a bidirectional override is not named")
			}
		})
	}
}

func TestEveryPostCarriesTheToken(t *testing.T) {
	for name, page := range testPages() {
		_, doc := render(t, page)
		for _, form := range all(doc, func(n *html.Node) bool {
			method, _ := attr(n, "method")
			action, _ := attr(n, "action")
			return n.Data == "form" && method == "post" && action != "/login" && action != "/login/code" // where there is no session yet
		}) {
			token, _ := attr(one(t, form, "input", "name", "csrf"), "value")
			if token != "token" {
				t.Errorf("%s: a form has the token %q", name, token)
			}
		}
	}
}

func TestIDsAreUnique(t *testing.T) {
	for name, page := range testPages() {
		_, doc := render(t, page)
		seen := make(map[string]bool)
		for _, n := range all(doc, func(*html.Node) bool { return true }) {
			id, ok := attr(n, "id")
			if ok && seen[id] {
				t.Errorf("%s: two elements have the id %q", name, id)
			}
			seen[id] = true
		}
	}
}

func TestEveryFieldHasALabel(t *testing.T) {
	for name, page := range testPages() {
		_, doc := render(t, page)
		for _, field := range all(doc, func(n *html.Node) bool {
			kind, _ := attr(n, "type")
			hidden, _ := attr(n, "aria-hidden")
			return (n.Data == "input" && kind != "hidden" && hidden == "") || n.Data == "select"
		}) {
			if _, ok := attr(field, "aria-label"); ok {
				continue
			}
			id, _ := attr(field, "id")
			if text(one(t, doc, "label", "for", id)) == "" {
				t.Errorf("%s: the label of %q is empty", name, id)
			}
		}
	}
}

// Browsers forget that a table is one where a narrow screen shows it as lines,
// unless its parts say so.
func TestTablesSayWhatTheyAre(t *testing.T) {
	roles := map[string][]string{
		"table": {"table"}, "thead": {"rowgroup"}, "tbody": {"rowgroup"}, "tr": {"row"}, "td": {"cell"}, "th": {"columnheader", "rowheader"},
	}
	tables := 0
	for name, page := range testPages() {
		_, doc := render(t, page)
		for _, n := range all(doc, func(n *html.Node) bool { return roles[n.Data] != nil }) {
			tables++
			if role, _ := attr(n, "role"); !slices.Contains(roles[n.Data], role) {
				t.Errorf("%s: a <%s> has the role %q, want one of %q", name, n.Data, role, roles[n.Data])
			}
		}
	}
	if tables == 0 {
		t.Error("no page has a table")
	}
}

func TestHeadingsAndListsAreNotEmpty(t *testing.T) {
	for name, page := range testPages() {
		_, doc := render(t, page)
		for _, n := range all(doc, func(n *html.Node) bool { return slices.Contains([]string{"h1", "h2", "ul"}, n.Data) }) {
			if text(n) == "" {
				t.Errorf("%s: a <%s> is empty", name, n.Data)
			}
		}
	}
}

func TestChatStatus(t *testing.T) {
	tests := []struct {
		name    string
		offline *Offline
		state   string
		text    string
	}{
		{"reachable", nil, "online", ""},
		{"before the first connection", &Offline{Since: testTime, Cause: OfflineConnecting}, "offline", "muckick is connecting to the chat server."},
		{"refused", &Offline{Since: testTime, Cause: OfflineRefused}, "offline", "The chat server refuses muckick's name or password. Nobody can be kicked. Tell whoever runs muckick"},
		{"lost", &Offline{Since: testTime, Detail: hostile}, "offline", "The chat server cannot be reached. Nobody can be kicked until it is back. Not connected since 2026-01-02 15:04:05 UTC"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, doc := render(t, ChatStatus(tt.offline))
			state := all(doc, func(n *html.Node) bool { v, _ := attr(n, "data-chat"); return v == tt.state })
			// An event without data would not reach a script.
			if len(state) != 1 {
				t.Fatalf("%d elements say %q, want one", len(state), tt.state)
			}
			alert := one(t, doc, "div", "role", "alert")
			if got := text(alert); !strings.Contains(got, tt.text) || tt.text == "" && got != "" {
				t.Errorf("what is announced is %q, want %q", got, tt.text)
			}
			if said := "U+202E"; strings.Contains(text(alert), said) || tt.name == "lost" && !strings.Contains(text(doc), said) {
				t.Errorf("the error is announced, or not there to be read: %q", text(doc))
			}
		})
	}
}

func TestLoginNames(t *testing.T) {
	_, doc := render(t, testPages()["login"])
	one(t, doc, "form", "action", "/login")
	one(t, doc, "input", "name", "username")
	one(t, doc, "input", "name", "password")
	if len(all(doc, func(n *html.Node) bool { return n.Data == "nav" })) > 0 {
		t.Error("the sign-in page has a navigation")
	}
}

func TestRoomsLinks(t *testing.T) {
	_, doc := render(t, testPages()["rooms"])
	one(t, doc, "a", "href", "/rooms/"+testRoom)
	one(t, doc, "span", "data-count-of", testRoom)
	next, _ := attr(one(t, doc, "a", "rel", "next"), "href")
	if !strings.Contains(next, "page=3") || !strings.Contains(next, "sort=occupants") || !strings.Contains(next, "q=") {
		t.Errorf("the next page is %q", next)
	}
	prev, _ := attr(one(t, doc, "a", "rel", "prev"), "href")
	if strings.Contains(prev, "page=") {
		t.Errorf("the first page is %q", prev)
	}
}

func TestAuditExportsCarryTheFilter(t *testing.T) {
	filter := AuditFilter{From: "2026-01-01", Nick: "Bob & co", Outcome: xmpp.Unknown}
	_, doc := render(t, Audit(AuditModel{Page: testPage(SectionAudit), Filter: filter, Next: "cursor"}))
	const query = "?from=2026-01-01&nick=Bob+%26+co&outcome=unknown"
	one(t, doc, "a", "href", "/audit.csv"+query)
	one(t, doc, "a", "href", "/audit.jsonl"+query)
	one(t, doc, "a", "href", "/audit?after=cursor&"+query[1:])
}

// A time says its zone beside it, in the same line or cell. The column of the list of
// occupants says it in its head, and on narrow screens the style sheet does.
func TestTimesSayTheirZone(t *testing.T) {
	pages := testPages()
	pages["wave"] = WaveWords(&Wave{Since: testTime, Newest: testTime, People: 120})
	for name, page := range pages {
		_, doc := render(t, page)
		for _, shown := range all(doc, func(n *html.Node) bool { return n.Data == "time" }) {
			around := shown.Parent
			for around.Data == "strong" || around.Data == "bdi" {
				around = around.Parent
			}
			if class, _ := attr(around, "class"); class == "since" {
				continue
			}
			if len(all(around, func(n *html.Node) bool { _, ok := attr(n, "data-zone"); return ok })) == 0 {
				t.Errorf("%s: %q has no zone: %s", name, text(shown), text(around))
			}
		}
	}
}
