// Package xmpptest gives tests a real chat server and real chat clients.
//
// A [Server] is the embedded mucserver, a Prosody or an ejabberd, all behind
// one type. [Each] runs a test body once for the mucserver and for each installed
// server, [EachRelease] also for Debian 13's:
//
//	xmpptest.Each(t, func(t *testing.T, s *xmpptest.Server) {
//		peers := xmpptest.NewPeers(t, s)
//		alice := peers.Connect(t, "alice", "secret")
//		room := s.NewRoom(t)
//		alice.CreateRoom(t, room, "Alice", nil)
//		…
//	})
//
// [Start] starts a single server of a test's own, whose life the test may
// disturb (Stop, Kill, Pause); [Shared] lends one that all tests of a binary
// use, which is quicker.
//
// [Peers] are slixmpp clients in one Python process, an implementation
// independent of muckick's own, that do what people in rooms do.
//
// Everything listens on 127.0.0.1 only and ends with the test, even with one
// that panics. A kind of server that is not installed, or a missing slixmpp,
// skips the test and says what is missing; with the environment variable
// MUCKICK_REQUIRE_SERVERS set to anything, it fails the test instead.
package xmpptest
