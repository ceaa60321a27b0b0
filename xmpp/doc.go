// Package xmpp is the chat side of muckick: one XMPP session that finds rooms,
// lists their occupants and kicks them (XEP-0045). It knows nothing of HTTP.
//
// A [Client] keeps one session alive and is safe for concurrent use. The way
// of a kick through this package:
//
//	Client.Kick        checks nick, reason and service          kick.go, services.go
//	  room.enter       joins first, once for all who wait       enter.go, join.go
//	  room.target      makes sure who bears the nick            target.go
//	  room.throwOut    sends it, and waits for what shows it    kick.go, thrown.go
//	    wire.Stream    sends it and brings the answer back      package wire
//	    dispatch       takes what comes besides answers         dispatch.go
//	  room.refusal     says what a refusal means                protection.go, errors.go
//
// [Client.Do] has the other actions beside it, each in the file of its name: ban.go
// (with affiliate.go and banned.go), mute.go, lock.go. What several of them do at
// about the same time costs one look at the room's lists, see sharedread.go.
//
// Who is where is told by occupants, the one type through which the people of a
// room change, to an index that nobody who searches can hold up:
//
//	occupants          who is in a room                       occupants.go
//	  roomPeople       passes every change on                 roompeople.go
//	    peopleIndex    account → room → stay, who left        peopleindex.go, peoplechange.go, peopleleft.go
//	      corpus       what is searched                       peoplecorpus.go, peoplesearch.go
//	      arrivals     the latest joins, to follow            arrivals.go
//	everyRoom          is in every listed room, if wanted     everyroom.go, coverage.go
//
// JIDs that come from the network are kept as strings, since a nick may hold
// text that mellium's PRECIS profile refuses; such an occupant must be listed
// and kickable like any other.
package xmpp
