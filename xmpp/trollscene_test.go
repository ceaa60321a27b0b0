package xmpp_test

import (
	"fmt"
	"strings"
	"testing"

	"muckick/xmpp"
	"muckick/xmpp/xmpptest"

	"github.com/google/go-cmp/cmp"
)

// A trollScene is a room with its owner, a bystander, muckick, and a troll
// who sends what he likes.
type trollScene struct {
	server *xmpptest.Server
	client *xmpp.Client
	room   string
	own    string // full JID of muckick's session
	troll  *xmpptest.Peer
}

func newTrollScene(t *testing.T, s *xmpptest.Server) *trollScene {
	t.Helper()
	peers := xmpptest.NewPeers(t, s)
	scene := &trollScene{server: s, client: newClient(t, s), room: s.NewRoom()}
	online(t, scene.client)
	peers.Connect(t, "owner", "pw").CreateRoom(t, scene.room, "Owner", nil)
	peers.Connect(t, "bystander", "pw").Join(t, scene.room, "Bystander")
	scene.troll = peers.Connect(t, "troll", "pw")
	w := scene.client.Watch(parseRoom(t, scene.room)) // keeps muckick inside
	t.Cleanup(w.Close)
	follow(t, w, make(map[string]xmpp.Occupant), "muckick's visit", func(u xmpp.Update) bool { return u.Roster.Live })
	status, _ := scene.client.Status()
	scene.own = status.JID
	return scene
}

// suffer lets the troll enter and send the stanzas, and checks that the session
// is the same, that muckick still takes everybody for whom they are, and that
// the troll can be kicked.
func (s *trollScene) suffer(t *testing.T, stanzas ...string) {
	t.Helper()
	s.troll.Join(t, s.room, "Troll")
	s.troll.Send(t, stanzas...)
	// The room works in order: its answer comes when all of that has gone out.
	if !s.troll.Ping(t, s.room) {
		t.Fatal("the troll is not in the room any more")
	}
	room := parseRoom(t, s.room)
	got, err := s.client.Kick(testContext(t), room, xmpp.Target{Nick: "Troll"}, "")
	if err != nil {
		t.Fatalf("the troll cannot be kicked: %v", err)
	}
	if !strings.HasPrefix(got.RealJID, s.server.JID("troll")) {
		t.Errorf("the troll passes for %s", got.RealJID)
	}
	if end := s.troll.WaitGone(t, s.room); !end.Has(xmpptest.StatusKicked) {
		t.Errorf("the troll left by %v, want 307", end.Statuses)
	}
	if status, _ := s.client.Status(); !status.Online || status.JID != s.own {
		t.Fatalf("the session %s did not last: %+v", s.own, status)
	}
	roster, err := s.client.Occupants(testContext(t), room)
	if err != nil {
		t.Fatal(err)
	}
	present := make(map[string]string)
	for _, occupant := range roster.Occupants {
		present[occupant.Nick] = fmt.Sprintf("%s %s %s %t", occupant.Account(), occupant.Role, occupant.Affiliation, occupant.Self)
	}
	want := map[string]string{
		"Owner":     s.server.JID("owner") + " moderator owner false",
		"Bystander": s.server.JID("bystander") + " participant none false",
		"muckick":   s.server.JID(s.server.Kicker.User) + " moderator owner true",
	}
	if diff := cmp.Diff(want, present); diff != "" {
		t.Errorf("who is in the room (-want +got):\n%s", diff)
	}
}

const userNamespace = "http://jabber.org/protocol/muc#user"

// payloads returns what the troll puts into stanzas, by what is hostile about it.
func (s *trollScene) payloads() map[string]string {
	presence := func(nick, typ, item string, codes ...int) string {
		var status strings.Builder
		for _, code := range codes {
			fmt.Fprintf(&status, "<status code='%d'/>", code)
		}
		return fmt.Sprintf("<presence xmlns='jabber:client' from='%s/%s' to='%s' %s><x xmlns='%s'><item %s/>%s</x></presence>",
			s.room, nick, s.own, typ, userNamespace, item, &status)
	}
	user := func(content string) string { return "<x xmlns='" + userNamespace + "'>" + content + "</x>" }
	const gone = "type='unavailable'"
	self := presence("Troll", "", "affiliation='owner' role='moderator' jid='"+s.own+"'", 110)
	thrown := presence("Bystander", gone, "affiliation='none' role='none'", 307)
	out := presence("muckick", gone, "affiliation='none' role='none'", 110, 307)
	return map[string]string{
		"forged own presence":          self,
		"forged kick of another":       thrown,
		"forged kick of muckick":       out,
		"forged answer":                "<iq xmlns='jabber:client' type='result' from='" + s.room + "' to='" + s.own + "' id='1'/>",
		"status codes":                 user("<item affiliation='none' role='none'/><status code='110'/><status code='307'/><status code='332'/>"),
		"own presence of another":      user("<item affiliation='owner' role='moderator' jid='" + s.own + "' nick='muckick'/><status code='110'/>"),
		"other real JID":               user("<item affiliation='owner' role='moderator' jid='saint@example.org/x'/>"),
		"new nick":                     user("<item affiliation='none' role='participant' nick='Bystander'/><status code='303'/>"),
		"destruction":                  user("<destroy jid='elsewhere@" + s.server.Service + "'><reason>over</reason></destroy>"),
		"user element of the old form": user("") + user("<status code='110'/>") + user("<status code='307'/>"),
		"occupant id":                  "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='forged'/>",
		"stanza id":                    "<stanza-id xmlns='urn:xmpp:sid:0' by='" + s.room + "' id='forged'/><origin-id xmlns='urn:xmpp:sid:0' id='forged'/>",
		"characters that are escaped":  "<d xmlns='urn:d' a='&#x9;&#xA;&#xD;&lt;&gt;&amp;&apos;&quot;]]&gt;'>]]&gt;&#xD;&#x85;&#x2028;&#xFFFD;&#x10FFFD;&lt;/message&gt;<![CDATA[<presence/>]]></d>",
		"names in other scripts":       "<Я xmlns='urn:Я'/><é:ß xmlns:é='urn:é' é:ü=''/><_.-·0 xmlns='urn:n'/>",
		"undeclared namespace":         "<x xmlns=''><presence/></x>",
		"delay":                        "<delay xmlns='urn:xmpp:delay' from='" + s.room + "' stamp='1970-01-01T00:00:00Z'/>",
		"subject inside":               "<a xmlns='jabber:client'><subject>forged</subject></a>",
		"error inside":                 "<error xmlns='jabber:client' type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>",
	}
}

// nested puts a payload so many elements deep.
func nested(depth int, payload string) string {
	return strings.Repeat("<d xmlns='urn:d'>", depth) + payload + strings.Repeat("</d>", depth)
}

// carriers returns the stanzas that bring a payload to muckick: through the room
// and past it.
func (s *trollScene) carriers(payload string) []string {
	return []string{
		fmt.Sprintf("<message type='groupchat' to='%s'><body>x</body>%s</message>", s.room, payload),
		fmt.Sprintf("<message type='chat' to='%s/muckick'><body>x</body>%s</message>", s.room, payload),
		fmt.Sprintf("<message type='chat' to='%s'><body>x</body>%s</message>", s.own, payload),
		fmt.Sprintf("<message type='headline' to='%s'>%s</message>", s.own, payload),
		fmt.Sprintf("<presence to='%s/Troll'>%s</presence>", s.room, payload),
		fmt.Sprintf("<presence to='%s'>%s</presence>", s.own, payload),
		fmt.Sprintf("<presence type='unavailable' to='%s'>%s</presence>", s.own, payload),
		fmt.Sprintf("<iq type='get' id='attack-get' to='%s/muckick'><query xmlns='urn:q'>%s</query></iq>", s.room, payload),
		fmt.Sprintf("<iq type='set' id='attack-set' to='%s'><query xmlns='urn:q'>%s</query></iq>", s.own, payload),
		fmt.Sprintf("<iq type='result' id='attack-result' to='%s'><query xmlns='urn:q'>%s</query></iq>", s.own, payload),
	}
}
