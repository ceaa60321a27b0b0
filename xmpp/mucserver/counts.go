package mucserver

import "sync/atomic"

// Counts are numbers of stanzas that arrived, and of what they led to.
type Counts struct {
	IQs, Messages, Presences int64
	Joins                    int64 // sessions that entered rooms
	RoomsCreated             int64 // by clients
}

type counters struct {
	iqs, messages, presences, joins, created atomic.Int64
}

// Counts returns what has been counted since the server was made.
func (s *Server) Counts() Counts {
	return Counts{
		IQs:          s.counters.iqs.Load(),
		Messages:     s.counters.messages.Load(),
		Presences:    s.counters.presences.Load(),
		Joins:        s.counters.joins.Load(),
		RoomsCreated: s.counters.created.Load(),
	}
}

func (c *counters) count(kind string) {
	switch kind {
	case kindIQ:
		c.iqs.Add(1)
	case kindMessage:
		c.messages.Add(1)
	case kindPresence:
		c.presences.Add(1)
	}
}
