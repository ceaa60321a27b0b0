package views

import (
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"muckick/web/moderation"
	"muckick/xmpp"
)

const (
	testRoom = "snuggery@chat.example.org"
	// providerEnd is the one address elsewhere that a page leads to.
	providerEnd = "https://id.example.org/end"
	hostile     = "<script>alert(1)</script>\" onclick=x\u202E"
)

var testTime = time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)

type testAssets struct{}

func (testAssets) URL(name string) string { return "/static/1/" + name }

func testPage(section Section) Page {
	message := Message{Tone: ToneBad, Title: "Title", Subject: hostile, Text: "Text.", Detail: hostile}
	return Page{
		Title: hostile, Operator: "nadia", CSRF: "token", Section: section, Message: &message,
		Offline: &Offline{Since: testTime, Detail: hostile}, Events: "/events", Assets: testAssets{},
		May: May{See: true, ReadAudit: true, ReadEvents: true, Administer: true, KickHere: true, ReadAuditHere: true},
	}
}

func testOccupants() []xmpp.Occupant {
	return []xmpp.Occupant{
		{Nick: "Bob", RealJID: "bob@example.org/phone", Role: xmpp.RoleParticipant, Affiliation: xmpp.AffiliationNone, Since: testTime},
		{Nick: hostile, RealJID: hostile, Role: hostile, Affiliation: hostile, Obstacle: xmpp.ObstacleOutranked},
		{Nick: strings.Repeat("x", 1000)},
	}
}

func testRoomModel() RoomModel {
	return RoomModel{
		Page: testPage(SectionRooms), Occupants: testOccupants(), Total: 3, Order: OccupantOrder{By: OccupantsByNick}, Reasons: []string{hostile},
		Header: RoomHeaderModel{
			Address: testRoom, Occupants: 3, AsOf: testTime, Live: true,
			Info:    xmpp.RoomInfo{Name: hostile, Subject: hostile, Description: hostile},
			Ready:   Readiness{Obstacle: xmpp.ObstacleCannotJoin, Account: hostile, Detail: hostile},
			Sources: []xmpp.Source{xmpp.SourceRoles},
			Gaps:    []xmpp.Gap{xmpp.GapRealJIDs, xmpp.GapCompleteness},
		},
	}
}

// testPages are all pages, with hostile text wherever it can come from outside.
func testPages() map[string]templ.Component {
	entry := AuditEntry{ID: "1", At: testTime, Actor: hostile, Kind: moderation.ByToken, Address: hostile, Room: hostile, Nick: hostile,
		RealJID: hostile, Reason: strings.Repeat(hostile, 9), Outcome: xmpp.Refused, Detail: hostile, Duration: time.Second}
	login := LoginModel{Page: testPage(""), Username: hostile, Next: hostile, Problem: hostile}
	login.Operator = ""
	return map[string]templ.Component{
		"login": Login(login),
		"rooms": Rooms(RoomsModel{Page: testPage(SectionRooms), Query: hostile, Sort: RoomsByOccupants, Total: 250, Number: 2,
			Services: []ServiceRooms{{Domain: hostile, Name: hostile, Problem: hostile, Rooms: []RoomEntry{
				{Address: testRoom, Name: hostile, Occupants: -1}, {Address: hostile, Occupants: 1234}}}},
			Busy:        []RoomEntry{{Address: hostile, Name: hostile, Occupants: 1, Activity: Activity{Kicks: 2, Joins: 3, Powerless: true}}},
			Opened:      []RoomEntry{{Address: hostile, Occupants: -1}},
			OpenAddress: hostile, OpenProblem: hostile}),
		"rooms offline": Rooms(RoomsModel{Page: testPage(SectionRooms), Services: []ServiceRooms{{Problem: hostile}}}),
		"no rooms":      Rooms(RoomsModel{Page: testPage(SectionRooms), Query: hostile}),
		"room":          Room(testRoomModel()),
		"kick confirm":  KickConfirm(KickConfirmModel{Page: testPage(""), Room: testRoom, Target: xmpp.Target{Nick: hostile, RealJID: hostile, OccupantID: hostile, Since: testTime}, Reason: hostile, Reasons: []string{hostile}, Blocked: hostile}),
		"events": Events(EventsModel{Page: testPage(SectionAudit), Entries: []EventEntry{{ID: "1", At: testTime, Kind: hostile, Actor: hostile,
			ActorKind: moderation.ByToken, ActorID: hostile, Address: hostile, Subject: hostile, SubjectID: hostile, Detail: hostile, Count: 2}},
			Kinds: []string{hostile}, After: hostile, Next: hostile,
			Filter: EventsFilter{From: hostile, To: hostile, Actor: hostile, Kind: hostile, Subject: hostile}}),
		"audit": Audit(AuditModel{Page: testPage(SectionAudit), Problem: hostile, Entries: []AuditEntry{entry}, After: hostile, Next: hostile,
			Filter: AuditFilter{From: hostile, To: hostile, Actor: hostile, Kind: hostile, Room: hostile, Nick: hostile, JID: hostile, Outcome: hostile}}),
		"operators": Operators(OperatorsModel{
			Page: testPage(SectionOperators), Names: []string{"moderator"}, MinPassword: 8, Problem: hostile, Secret: "secret", SecretOf: hostile,
			Operators: []OperatorEntry{
				{Name: hostile, Added: testTime, Grants: []GrantEntry{{What: "moderator", Where: hostile}, {What: "viewer", Where: "*"}}},
				{Name: "nadia", Added: testTime, Disabled: true, SecondFactor: true},
			},
			Tokens: []TokenEntry{{Name: hostile, Added: testTime, AddedBy: hostile, Expires: testTime, InForce: true}, {Name: "old", Revoked: testTime}},
		}),
		"lock": Lock(LockModel{Page: testPage(SectionRooms), Room: testRoom, Occupants: 9, Unseen: 3, Undated: 1, Unknown: 1, Reasons: []string{hostile},
			Durations: []time.Duration{time.Hour}, Reason: hostile, For: hostile, Left: hostile,
			Evicted: []LockPerson{
				{Nicks: []string{hostile, "Bob"}, Account: hostile, Since: testTime, Keep: true, Wave: true, Known: true, Moderator: true},
				{Nicks: []string{hostile}, Wave: true},
			},
			Marks:   []LockMark{{Label: "the wave", At: testTime, Current: true}, {Label: "everybody", Query: "all"}},
			Refused: []LockRefusal{{Nick: hostile, Account: hostile, Problem: hostile}, {Account: hostile, Problem: hostile}}}),
		"locked": Lock(LockModel{Page: testPage(SectionRooms), Room: testRoom, Locks: []StandingLock{
			{EffectEntry: EffectEntry{ID: hostile, Action: xmpp.ActionLock, Room: testRoom, By: hostile, Reason: hostile, MembersOnly: true, Granted: 2, Problem: hostile, Due: testTime}},
		}}),
		"exempt": Exempt(ExemptModel{Page: testPage(SectionJobs), Account: hostile, Where: hostile, Why: hostile, Problem: hostile,
			Entries: []ExemptEntry{{ID: hostile, Account: hostile, Where: hostile, Why: hostile, By: hostile, At: testTime}}}),
		"login elsewhere":   Login(LoginModel{Page: login.Page, Next: hostile, Provider: hostile, NoPasswords: true, Problem: hostile}),
		"signed out":        SignedOut(SignedOutModel{Page: login.Page, Provider: hostile, Address: providerEnd}),
		"account elsewhere": Account(AccountModel{Page: testPage(SectionAccount), Sessions: []Session{{ID: "1", Browser: hostile}}, Provider: hostile}),
		"operators elsewhere": Operators(OperatorsModel{Page: testPage(SectionOperators), Names: []string{"moderator"}, NoPasswords: true, Provider: hostile,
			Operators: []OperatorEntry{{Name: hostile, Elsewhere: true}, {Name: "nadia"}}}),
		"login code":            LoginCode(LoginCodeModel{Page: login.Page, Problem: hostile}),
		"factor setup":          FactorSetup(FactorSetupModel{Page: testPage(SectionAccount), Secret: "ABCDEFGH", Problem: hostile}),
		"recovery":              Recovery(RecoveryModel{Page: testPage(SectionAccount), Codes: []string{"abcd-efgh"}}),
		"account with a factor": Account(AccountModel{Page: testPage(SectionAccount), Sessions: []Session{{ID: "1", Browser: hostile}}, Factor: Factor{Since: testTime, Recovery: 3, Problem: hostile}}),
		"account": Account(AccountModel{Page: testPage(SectionAccount), PasswordProblem: hostile, MinPassword: 12, Sessions: []Session{
			{ID: hostile, Address: hostile, Browser: hostile, Created: testTime, LastSeen: testTime}, {ID: "2", Current: true}}}),
		"error":       Error(ErrorModel{Page: testPage(""), Status: 404, Text: hostile, Remedy: hostile}),
		"kick result": ResultMessage(Result{Action: xmpp.ActionKick, Outcome: xmpp.Refused, Nick: hostile, Detail: hostile}),
	}
}

// render returns a component as HTML and parsed.
func render(t *testing.T, c templ.Component) (string, *html.Node) {
	t.Helper()
	var b strings.Builder
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatalf("render: %v", err)
	}
	doc, err := html.Parse(strings.NewReader(b.String()))
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	return b.String(), doc
}

// all returns the elements of a document for which match is true.
func all(doc *html.Node, match func(*html.Node) bool) []*html.Node {
	var out []*html.Node
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && match(n) {
			out = append(out, n)
		}
	}
	return out
}

// one returns the only element of a tag that has an attribute's value.
func one(t *testing.T, doc *html.Node, tag, key, value string) *html.Node {
	t.Helper()
	found := all(doc, func(n *html.Node) bool {
		got, ok := attr(n, key)
		return n.Data == tag && ok && got == value
	})
	if len(found) != 1 {
		t.Fatalf("%d elements <%s %s=%q>, want 1", len(found), tag, key, value)
	}
	return found[0]
}

func attr(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

// text returns the text of an element with its white space collapsed.
func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
