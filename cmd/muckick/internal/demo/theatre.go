package demo

import (
	"context"
	"net"
	"sync"

	"muckick/xmpp/mucserver"
)

// A theatre is the chat server of the demonstration with all its stages.
type theatre struct {
	server *mucserver.Server
	stages []*stage
	raid   *raid
}

// openTheatre makes the chat server, with its rooms and the people in them, on
// which muckick has the given password. A crowd fills a room of its own.
func openTheatre(secret string, crowd int) (*theatre, error) {
	server, err := mucserver.New(mucserver.Options{
		Domain:        domain,
		Services:      []string{service},
		Accounts:      map[string]string{account: secret},
		Admins:        []string{account},
		GuestPassword: guestPassword,
	})
	if err != nil {
		return nil, err
	}
	t := &theatre{server: server}
	plays := repertoire()
	if crowd > 0 {
		plays = append(plays, match(crowd))
	}
	for i, play := range plays {
		s, err := newStage(server, play, uint64(i))
		if err != nil {
			return nil, err
		}
		t.stages = append(t.stages, s)
	}
	var open []*mucserver.Room // to which bots find
	for i, play := range plays {
		if !play.config.Hidden && !play.full {
			open = append(open, t.stages[i].room)
		}
	}
	t.raid = newRaid(open)
	return t, nil
}

// play lets things happen on all stages, and guests in over the listener, until
// ctx ends. It closes the listener, and returns why that failed, if it did.
func (t *theatre) play(ctx context.Context, l net.Listener) error {
	ctx, end := context.WithCancel(ctx)
	var playing sync.WaitGroup
	for _, s := range t.stages {
		playing.Go(func() { s.play(ctx) })
	}
	playing.Go(func() { t.raid.play(ctx) })
	err := t.server.Serve(ctx, l)
	end()
	playing.Wait()
	return err
}
