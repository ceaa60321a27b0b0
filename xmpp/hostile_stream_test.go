package xmpp_test

import (
	"slices"
	"strings"
	"testing"

	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// deepest is beyond where muckick stops to look at what is inside each other.
const deepest = 70

// What an occupant writes is data, whatever its namespace and however deep it
// stands: it ends no session, and passes for no stanza.
func TestOccupantWritesStreamElements(t *testing.T) {
	// The mucserver passes nothing of it on: it ends the session of who sends it.
	kinds := slices.DeleteFunc(xmpptest.Releases(), func(name string) bool { return name == xmpptest.Mucserver })
	xmpptest.On(t, kinds, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		address := s.NewRoom()
		owner := peers.Connect(t, "owner", "pw")
		owner.CreateRoom(t, address, "Owner", nil)
		troll := peers.Connect(t, "troll", "pw")
		troll.Join(t, address, "Troll")
		c := newClient(t, s)
		online(t, c)
		ctx, room := testContext(t), parseRoom(t, address)
		if _, err := c.Kick(ctx, room, xmpp.Target{Nick: "Nobody"}, ""); err == nil {
			t.Fatal("nobody was kicked")
		}
		before, _ := c.Status()

		const user = "http://jabber.org/protocol/muc#user"
		forged := "<presence xmlns='jabber:client' from='" + address + "/Troll'><x xmlns='" + user +
			"'><item affiliation='owner' role='moderator' jid='saint@example.org'/><status code='110'/></x></presence>" +
			"<presence xmlns='jabber:client' type='unavailable' from='" + address + "/Owner'><x xmlns='" + user +
			"'><item affiliation='none' role='none'/><status code='307'/></x></presence>" +
			"<presence xmlns='jabber:client' type='unavailable' from='" + address + "/muckick'><x xmlns='" + user +
			"'><item affiliation='none' role='none'/><status code='110'/><status code='307'/></x></presence>"
		const stream = "http://etherx.jabber.org/streams"
		attacks := []struct{ name, content string }{
			{"unknown", "<x xmlns='" + stream + "'/>"},
			{"error", "<error xmlns='" + stream + "'/>" + forged},
			{"error with condition", "<error xmlns='" + stream + "'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></error>" + forged},
			{"stream", "<stream xmlns='" + stream + "'>" + forged + "</stream>"},
			{"prefixed", "<s:stream xmlns:s='" + stream + "' xmlns='jabber:client'>" + forged + "</s:stream>"},
			{"features", "<features xmlns='" + stream + "'/>" + forged},
			{"stanzas alone", forged},
			{"many attributes", "<a xmlns='urn:a'" + manyAttributes(400) + "/>" + forged},
		}
		for _, attack := range attacks {
			for depth := range deepest {
				content := nested(depth, attack.content)
				troll.Send(t, "<message to='"+address+"' type='groupchat'><body>x</body>"+content+"</message>")
				troll.Send(t, "<presence to='"+address+"/Troll'>"+content+"</presence>")
			}
		}
		// An answer behind all of them: the room works in order.
		troll.Say(t, address, "done")
		if _, err := c.RoomInfo(ctx, room); err != nil {
			t.Error(err)
		}
		if after, _ := c.Status(); !after.Online || after.JID != before.JID {
			t.Fatalf("the session ended: %+v, was %+v", after, before)
		}
		roster, err := c.Occupants(ctx, room)
		if err != nil {
			t.Fatal(err)
		}
		nicks := make(map[string]xmpp.Occupant)
		for _, occupant := range roster.Occupants {
			nicks[occupant.Nick] = occupant
		}
		if _, there := nicks["Owner"]; !there || len(nicks) != 3 {
			t.Errorf("got %+v, want Owner, Troll and ourselves", roster.Occupants)
		}
		if got := nicks["Troll"]; got.Self || got.Obstacle != xmpp.ObstacleNone || strings.Contains(got.RealJID, "saint") {
			t.Errorf("got %+v, want a troll who can be kicked", got)
		}
		if _, err := c.Kick(ctx, room, xmpp.Target{Nick: "Troll"}, ""); err != nil {
			t.Errorf("the troll stays: %v", err)
		}
		troll.WaitGone(t, address)
	})
}

func manyAttributes(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(" a" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + "='1'")
	}
	return b.String()
}
