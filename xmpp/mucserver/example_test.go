package mucserver_test

import (
	"fmt"
	"log"

	"muckick/xmpp/mucserver"
)

// A room with a resident that somebody bans. [mucserver.Server.Serve] would let
// clients see and do the same.
func Example() {
	server, err := mucserver.New(mucserver.Options{
		Domain:   "example.org",
		Services: []string{"chat.example.org"},
		Accounts: map[string]string{"nurse": "secret"},
		Admins:   []string{"nurse"},
	})
	if err != nil {
		log.Fatal(err)
	}
	room, err := server.CreateRoom("snuggery@chat.example.org", mucserver.RoomConfig{Persistent: true})
	if err != nil {
		log.Fatal(err)
	}
	bob, err := room.Enter("Bob", "bob@example.net/phone", mucserver.AffiliationNone)
	if err != nil {
		log.Fatal(err)
	}
	if err := room.SetAffiliation("bob@example.net", mucserver.AffiliationOutcast, "spam"); err != nil {
		log.Fatal(err)
	}
	<-bob.Gone()
	fmt.Printf("%+v\n", bob.Departure())
	// Output: {Kicked:false Banned:true Destroyed:false Status:301 Actor: Reason:spam}
}
