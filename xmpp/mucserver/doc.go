// Package mucserver is an embedded XMPP server with multi-user chat (XEP-0045).
//
// It speaks the real protocol over real sockets, so that an ordinary XMPP
// client can log in, join a room and be kicked. It serves demonstrations and
// tests: it keeps everything in memory, has no server-to-server connections, no
// rosters and no message archive.
//
// A [Server] holds accounts and rooms. [Server.Serve] accepts clients on a
// listener until its context ends, and may be called again afterwards: rooms
// outlive a call, sessions do not, which is how a restart looks to a client.
// A [Resident] is an occupant that lives in the process and needs neither a
// socket nor a goroutine, so that a room can hold thousands of them.
//
// # Concurrency
//
// Every session has one goroutine that reads and one that writes. A stanza is
// handled in the goroutine of the session that sent it, under the lock of the
// one room it concerns. Sending only appends to the bounded queue of the
// recipient and never blocks; a recipient whose queue is full is disconnected.
// Locks are taken in the order room, session, queue. The lock of the server's
// own tables is never held while another one is taken.
package mucserver
