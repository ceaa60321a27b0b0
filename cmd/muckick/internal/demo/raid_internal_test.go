package demo

import (
	"errors"
	"testing"
	"time"

	"muckick/xmpp/mucserver"
)

// Bots come within half a minute, come back when they are thrown out, and stay away
// when they are banned.
func TestRaid(t *testing.T) {
	theatre, err := openTheatre("secret", 10)
	if err != nil {
		t.Fatal(err)
	}
	r, now := theatre.raid, time.Unix(1_000_000, 0)
	bots := r.bots(1, now)
	there := func() (count int) {
		for _, b := range bots {
			if b.visit != nil {
				count++
			}
		}
		return count
	}
	if r.beat(now, bots, false); there() != roomsPerBot {
		t.Errorf("%d are there at once, want the first one in %d rooms", there(), roomsPerBot)
	}
	r.beat(now.Add(raidComes), bots, true)
	if there() != raidBots*roomsPerBot {
		t.Errorf("%d are there in the end, want %d", there(), raidBots*roomsPerBot)
	}
	for _, hidden := range []string{"backstage@" + service, stadium + "@" + service} {
		for _, b := range bots {
			if b.room.Address() == hidden {
				t.Errorf("a bot is in %s", hidden)
			}
		}
	}
	bots[0].visit.Leave()
	if r.beat(now.Add(raidComes+time.Second), bots, false); bots[0].visit != nil {
		t.Error("who was thrown out is back at once")
	}
	if r.beat(now.Add(raidComes+time.Minute), bots, false); bots[0].visit == nil {
		t.Error("who was thrown out does not come back")
	}
	for _, b := range bots {
		if err := b.room.SetAffiliation(b.realJID[:len(b.realJID)-len("/bot")], mucserver.AffiliationOutcast, ""); err != nil {
			t.Fatal(err)
		}
	}
	if left := r.beat(now.Add(raidComes+2*time.Minute), bots, false); left || there() != 0 {
		t.Errorf("banned: %d are there, and %v that some are left", there(), left)
	}
}

// There is one raid at a time.
func TestOneRaidAtATime(t *testing.T) {
	r := newRaid(nil)
	if err := r.begin(); err != nil {
		t.Error(err)
	}
	if err := r.begin(); !errors.Is(err, errRaiding) {
		t.Errorf("got %v, want errRaiding", err)
	}
}
