package xmpp_test

import (
	"testing"

	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// BenchmarkSingleKick measures a kick with nothing else under way, on servers
// as they are shipped: Prosody runs with Nagle's algorithm then.
func BenchmarkSingleKick(b *testing.B) {
	for _, name := range []string{xmpptest.Mucserver, xmpptest.Prosody, xmpptest.Ejabberd} {
		b.Run(name, func(b *testing.B) {
			s := xmpptest.Start(b, name, xmpptest.WithNagle())
			peers := xmpptest.NewPeers(b, s)
			address := s.NewRoom()
			peers.Connect(b, "owner", "pw").CreateRoom(b, address, "Owner", nil)
			guest := peers.Connect(b, "guest", "pw")
			c := newClient(b, s)
			online(b, c)
			room := parseRoom(b, address)
			b.ResetTimer()
			for range b.N {
				b.StopTimer()
				guest.Join(b, address, "Guest")
				b.StartTimer()
				if _, err := c.Kick(b.Context(), room, xmpp.Target{Nick: "Guest"}, ""); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				guest.WaitGone(b, address)
				b.StartTimer()
			}
		})
	}
}
