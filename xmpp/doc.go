// Package xmpp is the chat side of muckick: one XMPP session that finds rooms,
// lists their occupants and kicks them (XEP-0045). It knows nothing of HTTP.
//
// A [Client] keeps one session alive and is safe for concurrent use. The way
// of a kick through this package:
//
//	Client.Kick        takes a place in the room's queue        kick.go, queue.go
//	  room.enter       joins first, once for all who wait       join.go
//	    tracker.send   gives the request an unguessable id      tracker.go
//	      writer       writes queued stanzas in one go          writer.go
//	    dispatch       routes the answer back by id and from    dispatch.go
//	  kickError        turns a stanza error into ours           errors.go
//
// JIDs that come from the network are kept as strings, since a nick may hold
// text that mellium's PRECIS profile refuses; such an occupant must be listed
// and kickable like any other.
package xmpp
