// Package wire is one connection to a chat server, from the look-up of its
// address to the end of the stream (RFC 6120). It knows no rooms.
//
// [Dial] connects, protects, authenticates and binds; a [Stream] over that
// connection sends stanzas and requests and hands what arrives to its owner:
//
//	Dial                finds the server, TLS, SASL, bind     dial.go, negotiate.go, login.go, bind.go
//	Stream.Ask          gives a request an unguessable id     stream.go, tracker.go
//	  writer            writes queued stanzas in one go       writer.go
//	Stream.Serve        reads stanza by stanza                reader.go, element.go
//	  tracker           routes an answer back by id and from  tracker.go
//	  keepAlive         notices a server that is gone         keepalive.go
//
// JIDs that come from the network are kept as strings, since a nick may hold
// text that mellium's PRECIS profile refuses.
package wire
