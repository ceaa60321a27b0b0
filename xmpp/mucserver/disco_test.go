package mucserver

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const (
	infoQuery  = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
	itemsQuery = "<query xmlns='http://jabber.org/protocol/disco#items'/>"
)

func TestAnswers(t *testing.T) {
	s, addr := serve(t, func(o *Options) { o.Services = append(o.Services, "private.example.org") })
	room := createRoom(t, s, RoomConfig{Name: "Snuggery & co", Description: "Cosy", Subject: "Be nice", Moderated: true, Hidden: true})
	enter(t, room, "Paris", AffiliationNone)
	romeo := logIn(t, addr, "romeo@example.org/orchard")
	juliet := logIn(t, addr, "juliet@example.org/balcony")
	juliet.join(testRoom, "Juliet")

	tests := []struct {
		name, typ, to, payload string
		want                   []string
	}{
		{"ping", "get", testDomain, "<ping xmlns='urn:xmpp:ping'/>", []string{"type='result'", "from='example.org'"}},
		{"ping of a service", "get", testMUC, "<ping xmlns='urn:xmpp:ping'/>", []string{"type='result'"}},
		{"roster", "get", "romeo@example.org", "<query xmlns='jabber:iq:roster'/>", []string{"type='result'", "<query xmlns='jabber:iq:roster'/>"}},
		{"session", "set", testDomain, "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>", []string{"type='result'"}},
		{"the server", "get", testDomain, infoQuery, []string{"<identity category='server' type='im'/>", "var='urn:xmpp:ping'"}},
		{"its items", "get", testDomain, itemsQuery, []string{"<item jid='chat.example.org'/>", "<item jid='private.example.org'/>"}},
		{"the account", "get", "romeo@example.org", infoQuery, []string{"category='account'"}},
		{"another account", "get", "juliet@example.org", infoQuery, []string{"category='account'"}},
		{"no account", "get", "nobody@example.org", infoQuery, []string{"<error type='cancel'><service-unavailable"}},
		{"a service", "get", testMUC, infoQuery, []string{"<identity category='conference' type='text'", "var='http://jabber.org/protocol/muc'", "var='http://jabber.org/protocol/rsm'"}},
		{"a room", "get", "Snuggery@chat.example.org", infoQuery, []string{
			"from='snuggery@chat.example.org'",
			"<identity category='conference' type='text' name='Snuggery &amp; co'/>",
			"var='muc_hidden'", "var='muc_moderated'", "var='muc_persistent'", "var='muc_semianonymous'", "var='muc_open'", "var='muc_unsecured'",
			"<field var='muc#roominfo_description'><value>Cosy</value>",
			"<field var='muc#roominfo_occupants'><value>2</value>",
			"<field var='muc#roominfo_subject'><value>Be nice</value>",
		}},
		{"its occupants", "get", testRoom, itemsQuery, []string{"<item jid='snuggery@chat.example.org/Juliet' name='Juliet'/><item jid='snuggery@chat.example.org/Paris' name='Paris'/>"}},
		{"the same room elsewhere", "get", "snuggery@private.example.org", infoQuery, []string{"<error type='cancel'><item-not-found"}},
		{"a node", "get", testRoom, "<query xmlns='http://jabber.org/protocol/disco#info' node='x'/>", []string{"<item-not-found"}},
		{"no room", "set", "nowhere@chat.example.org", fmt.Sprintf(adminQuery, "<item nick='x' role='none'/>"), []string{"<error type='cancel'><item-not-found"}},
		{"admin on the service", "set", testMUC, fmt.Sprintf(adminQuery, "<item nick='x' role='none'/>"), []string{"<error type='cancel'><service-unavailable"}},
		{"admin on the server", "set", "x@example.org", fmt.Sprintf(adminQuery, "<item nick='x' role='none'/>"), []string{"<error type='cancel'><service-unavailable"}},
		{"another server", "get", "x@elsewhere.example", infoQuery, []string{"<error type='cancel'><remote-server-not-found"}},
		{"no address", "get", "@", infoQuery, []string{"<error type='modify'><jid-malformed"}},
		{"unknown payload", "get", testRoom, "<x xmlns='urn:x'/>", []string{"<error type='cancel'><service-unavailable"}},
		{"no payload", "get", testRoom, "", []string{"<error type='modify'><bad-request"}},
		{"no such type", "put", testRoom, infoQuery, []string{"<error type='modify'><bad-request"}},
		{"self-ping from outside", "get", testRoom + "/Romeo", "<ping xmlns='urn:xmpp:ping'/>", []string{"<error type='cancel'><not-acceptable"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantParts(t, romeo.ask(tt.typ, tt.to, tt.payload), tt.want...)
		})
	}
	t.Run("self-ping from inside", func(t *testing.T) {
		wantParts(t, juliet.ask("get", testRoom+"/Juliet", "<ping xmlns='urn:xmpp:ping'/>"), "type='result'", "from='snuggery@chat.example.org/Juliet'")
	})
}

func TestRoomsInPages(t *testing.T) {
	s, addr := serve(t, nil)
	var want []string
	for i := range 25 {
		address := fmt.Sprintf("room%02d@chat.example.org", i)
		if _, err := s.CreateRoom(address, RoomConfig{Hidden: i == 7}); err != nil {
			t.Fatal(err)
		}
		if i != 7 {
			want = append(want, address)
		}
	}
	romeo := logIn(t, addr, "romeo@example.org/orchard")
	var got []string
	after := ""
	for range 5 {
		romeo.send("<iq type='get' id='p' to='%s'><query xmlns='%s'><set xmlns='%s'><max>10</max>%s</set></query></iq>", testMUC, nsDiscoItems, nsRSM, after)
		query := romeo.read().first()
		for item := range query.children {
			if item.name.Local == "item" {
				got = append(got, item.attr("jid"))
			}
		}
		set := query.child(nsRSM, "set")
		if count := set.childText("count"); count != "24" {
			t.Fatalf("got the count %s, want 24", count)
		}
		if set.childText("last") == "" {
			break
		}
		after = "<after>" + set.childText("last") + "</after>"
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %s\nwant %s", strings.Join(got, " "), strings.Join(want, " "))
	}
}

func TestHiddenOccupants(t *testing.T) {
	s, addr := serve(t, func(o *Options) { o.HideOccupantItems = true })
	enter(t, createRoom(t, s, RoomConfig{}), "Paris", AffiliationNone)
	romeo := logIn(t, addr, "romeo@example.org/orchard")
	if got := romeo.ask("get", testRoom, itemsQuery); strings.Contains(got, "<item") {
		t.Errorf("got %s, want no items", got)
	}
}

func TestListsFromOutside(t *testing.T) {
	list := fmt.Sprintf(adminQuery, "<item role='participant'/>")
	tests := []struct {
		name     string
		mustJoin bool
		jid      string
		want     string
	}{
		{"service admin", false, "nurse@example.org/kitchen", "<item affiliation='none' role='participant' nick='Paris' jid='paris@residents.example.org/here'/>"},
		{"service admin who must join", true, "nurse@example.org/kitchen", "<error type='auth'><forbidden"},
		{"anybody", false, "romeo@example.org/orchard", "<error type='auth'><forbidden"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, addr := serve(t, func(o *Options) { o.AdminsMustJoin = tt.mustJoin })
			enter(t, createRoom(t, s, RoomConfig{}), "Paris", AffiliationNone)
			c := logIn(t, addr, tt.jid)
			wantParts(t, c.ask("get", testRoom, list), tt.want)
		})
	}
	t.Run("service admin who must join, joined", func(t *testing.T) {
		s, addr := serve(t, func(o *Options) { o.AdminsMustJoin = true })
		enter(t, createRoom(t, s, RoomConfig{}), "Paris", AffiliationNone)
		nurse := logIn(t, addr, "nurse@example.org/kitchen")
		nurse.join(testRoom, "Nurse")
		wantParts(t, nurse.ask("get", testRoom, list), "nick='Paris'")
	})
}

func TestVersion(t *testing.T) {
	_, addr := serve(t, nil)
	juliet := logIn(t, addr, "juliet@example.org/balcony")
	wantParts(t, juliet.ask("get", testDomain, "<query xmlns='jabber:iq:version'/>"), "type='result'", "<name>mucserver</name>")
	wantParts(t, juliet.ask("get", testMUC, "<query xmlns='jabber:iq:version'/>"), "service-unavailable")
}
