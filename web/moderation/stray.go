package moderation

import (
	"fmt"
	"strings"

	"muckick/xmpp"
)

const (
	// maxStrays bounds whom an eviction looks at that came in as it closed a room,
	// and straysNamed whom the job's note names.
	maxStrays   = 100
	straysNamed = 10
)

// A stray is somebody who came into a room between the last look at who stays and
// its closing, and is not there any more.
type stray struct {
	room xmpp.RoomJID
	nick string
}

// noteStrays finds those who went without being meant, as far as their coming was
// seen.
func (c *clearing) noteStrays() {
	if c.last.Room == (xmpp.RoomJID{}) {
		return // nobody knows who is there
	}
	stays := make(map[string]bool)
	for _, stayer := range c.record.Granted {
		stays[AccountKey(stayer.Account)] = true
	}
	there := make(map[string]bool)
	for _, o := range c.last.Occupants {
		there[AccountKey(o.RealJID)] = true
	}
	came := c.run.jobs.options.Chat.Arrivals(maxStrays, func(a xmpp.Arrival) bool {
		key := AccountKey(a.Occupant.RealJID)
		return a.Room == c.record.Room && !a.Time.Before(c.looked) && key != "" &&
			a.Occupant.Affiliation == xmpp.AffiliationNone && !stays[key] && !there[key] && !c.leaving[key]
	})
	c.run.mu.Lock()
	defer c.run.mu.Unlock()
	for _, a := range came {
		c.run.strays = append(c.run.strays, stray{a.Room, a.Occupant.Nick})
	}
}

// strayNote says who went without being meant; mostly nothing.
func (r *jobRun) strayNote() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.strays) == 0 {
		return ""
	}
	var names []string
	for _, s := range r.strays[:min(len(r.strays), straysNamed)] {
		names = append(names, fmt.Sprintf("%s in %s", clipped(s.nick), s.room))
	}
	if n := len(r.strays) - straysNamed; n > 0 {
		names = append(names, fmt.Sprintf("and %d more", n))
	}
	return "came in just as the room was closed, and went too: " + strings.Join(names, ", ")
}
