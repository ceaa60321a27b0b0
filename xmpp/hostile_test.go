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
