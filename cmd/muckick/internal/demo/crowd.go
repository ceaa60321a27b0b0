package demo

import (
	"strconv"
	"strings"

	"muckick/xmpp/mucserver"
)

// stadium is the local part of the crowd's room.
const stadium = "stadium"

// mostCrowd is how many people fit into the stadium. Each of them costs memory
// in the chat server, in muckick and in the browser that shows the room.
const mostCrowd = 100_000

// match returns the play that fills the stadium with so many people.
func match(crowd int) play {
	some := strings.Fields(names)
	p := play{
		local:  stadium,
		config: mucserver.RoomConfig{Name: "Stadium", Subject: "Ninety minutes, and then some", Description: "A crowd to lose yourself in", Persistent: true},
		lines: []string{
			"Did you see that?",
			"I am behind a pillar.",
			"Whose turn is it to fetch the chips?",
			"The referee needs glasses.",
			"Sit down in front!",
			"Somebody has started a wave. Nobody follows.",
		},
		full: true,
	}
	for i := range crowd {
		p.people = append(p.people, person{nick: some[i%len(some)] + " " + strconv.Itoa(i+1)})
	}
	return p
}
