package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"muckick/xmpp/mucserver"
)

// What a raid is made of.
const (
	raidBots     = 120
	roomsPerBot  = 2
	raidComes    = 30 * time.Second // in which all of them come
	raidStays    = 10 * time.Minute // after which those who are left go
	raidBeat     = 100 * time.Millisecond
	raidTalks    = 20               // beats between two lines
	botSulksFrom = 5 * time.Second  // how long a bot that was
	botSulksTo   = 20 * time.Second // kicked stays away
)

// errRaiding means that a raid goes on.
var errRaiding = errors.New("a raid is under way already; its bots leave after ten minutes, or stay away when they are banned")

// What the bots of a raid are called, and where their accounts are.
var (
	botNames   = []string{"FreeCoins", "freecoins_", "Free-Coins-", "coinfree", "CryptoGift", "crypto.gift."}
	botDomains = []string{"freecoins.example", "bulk-accounts.example", "throwaway.example", "open-server.example"}
	botLines   = []string{
		"FREE COINS for the first hundred >>> http://freecoins.example",
		"why is nobody claiming their coins???",
		"my cousin got 5000 free coins in one day",
		"CLICK CLICK CLICK http://freecoins.example",
	}
)

// A raid is bots that come into the rooms of a demonstration.
type raid struct {
	rooms  []*mucserver.Room
	random *rand.Rand

	start chan struct{} // has one when a raid is to begin

	mu      sync.Mutex
	running bool
}

func newRaid(rooms []*mucserver.Room) *raid {
	return &raid{rooms: rooms, random: rand.New(rand.NewPCG(uint64(len(rooms)), 1)), start: make(chan struct{}, 1)}
}

// begin starts a raid. The error is errRaiding.
func (r *raid) begin() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.running {
		return errRaiding
	}
	r.running = true
	r.start <- struct{}{}
	return nil
}

// play raids whenever somebody begins one, until ctx ends.
func (r *raid) play(ctx context.Context) {
	for wave := 1; ; wave++ {
		select {
		case <-ctx.Done():
			return
		case <-r.start:
		}
		r.run(ctx, r.bots(wave, time.Now()))
		r.mu.Lock()
		r.running = false
		r.mu.Unlock()
	}
}

// A bot wants to be in one room. One account has a bot in each of several.
type bot struct {
	nick, realJID string
	room          *mucserver.Room
	comes         time.Time
	visit         *mucserver.Resident // nil while it is away
	gone          bool                // for good
}

// bots returns those of a wave, in the order in which they come.
func (r *raid) bots(wave int, now time.Time) []*bot {
	var bots []*bot
	for i := range raidBots {
		name := botNames[r.random.IntN(len(botNames))]
		number := 1000 + r.random.IntN(9000)
		jid := fmt.Sprintf("%s%d-%d@%s/bot", "coins", wave, 100+i, botDomains[r.random.IntN(len(botDomains))])
		comes := now.Add(raidComes * time.Duration(i) / raidBots)
		for _, at := range r.random.Perm(len(r.rooms))[:min(roomsPerBot, len(r.rooms))] {
			bots = append(bots, &bot{nick: fmt.Sprint(name, number), realJID: jid, room: r.rooms[at], comes: comes})
		}
	}
	return bots
}

// run lets the bots come, until all are banned or the raid is over.
func (r *raid) run(ctx context.Context, bots []*bot) {
	ends := time.Now().Add(raidStays)
	tick := time.NewTicker(raidBeat)
	defer tick.Stop()
	for beats := 1; ; beats++ {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			if now.After(ends) || !r.beat(now, bots, beats%raidTalks == 0) {
				for _, b := range bots {
					if b.visit != nil {
						b.visit.Leave()
					}
				}
				return
			}
		}
	}
}

// beat lets bots come that are due, notices who was thrown out, and lets one talk.
// It reports whether any bot is left.
func (r *raid) beat(now time.Time, bots []*bot, talk bool) (left bool) {
	var there []*bot
	for _, b := range bots {
		b.act(now, now.Add(botSulksFrom+time.Duration(r.random.Int64N(int64(botSulksTo-botSulksFrom)))))
		left = left || !b.gone
		if b.visit != nil {
			there = append(there, b)
		}
	}
	if talk && len(there) > 0 {
		// Those without a voice, or thrown out just now, are not heard.
		_ = there[r.random.IntN(len(there))].visit.Say(botLines[r.random.IntN(len(botLines))])
	}
	return left
}

// act lets a bot do what it has to, and come back later if it was thrown out.
func (b *bot) act(now, later time.Time) {
	if b.visit != nil {
		select {
		case <-b.visit.Gone():
			b.gone = b.visit.Departure().Banned
			b.visit, b.comes = nil, later
		default:
		}
	}
	if b.gone || b.visit != nil || now.Before(b.comes) {
		return
	}
	visit, err := b.room.Enter(b.nick, b.realJID, mucserver.AffiliationNone)
	if err != nil {
		// It is banned, or the nick is taken, or the room is no more.
		b.gone = true
		return
	}
	b.visit = visit
}
