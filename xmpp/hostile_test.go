package xmpp_test

import (
	"maps"
	"slices"
	"testing"

	"muckick/xmpp/xmpptest"
)

// Whatever an occupant sends, in whatever stanza and however deep, the session
// lasts, everybody stays who they are, and he can be kicked.
func TestHostileStanzas(t *testing.T) {
	// The mucserver ends the session of who nests elements so deep.
	servers := []string{xmpptest.Prosody, xmpptest.Ejabberd, xmpptest.Prosody13, xmpptest.Ejabberd24}
	xmpptest.On(t, servers, func(t *testing.T, s *xmpptest.Server) {
		scene := newTrollScene(t, s)
		payloads := scene.payloads()
		for _, name := range slices.Sorted(maps.Keys(payloads)) {
			t.Run(name, func(t *testing.T) {
				scene.suffer(t, scene.carriers(payloads[name])...)
				for _, depth := range []int{1, 2, 10, 100} {
					scene.suffer(t, scene.carriers(nested(depth, payloads[name]))[:6]...)
				}
			})
		}
	})
}

// What only looks like a change of the subject is none (XEP-0045 §8.1): an
// occupant who may not change it cannot make muckick show another.
func TestForgedSubject(t *testing.T) {
	forgeries := []string{
		"<subject xmlns='urn:x'>forged</subject>",
		"<subject>forged</subject><body>x</body>",
		"<subject>forged</subject><thread>x</thread>",
		"<subject>forged</subject><body/>",
		"<x xmlns='urn:x'><subject xmlns='jabber:client'>forged</subject></x>",
	}
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		scene := newTrollScene(t, s)
		scene.troll.Join(t, scene.room, "Troll")
		for _, content := range forgeries {
			scene.troll.Send(t, "<message type='groupchat' to='"+scene.room+"'>"+content+"</message>")
		}
		if !scene.troll.Ping(t, scene.room) {
			t.Fatal("the troll is not in the room any more")
		}
		room := parseRoom(t, scene.room)
		// The room's answer comes behind all of that.
		info, err := scene.client.RoomInfo(testContext(t), room)
		if err != nil {
			t.Fatal(err)
		}
		if info.Subject != "" {
			t.Errorf("got subject %q, want none", info.Subject)
		}
	})
}
