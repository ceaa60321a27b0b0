package web

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"golang.org/x/sync/errgroup"

	"muckick/views"
	"muckick/xmpp"
)

const (
	// lookPatience is how long a look into all rooms may take, and looksAtOnce how
	// many rooms are asked at the same time, whoever looks.
	lookPatience = 20 * time.Second
	looksAtOnce  = 16
)

// unseenRooms returns the listed rooms that are visible and that muckick is not
// in, so that it does not know who is there.
func (s *Server) unseenRooms(ctx context.Context, visible func(xmpp.RoomJID) bool) ([]xmpp.RoomJID, error) {
	services, err := s.rooms.services(ctx)
	if err != nil {
		return nil, err
	}
	inside := make(map[xmpp.RoomJID]bool)
	for o := range s.chat.Present(visible) {
		inside[o.Room] = true // at least by muckick itself
	}
	var unseen []xmpp.RoomJID
	for _, service := range services {
		for _, room := range service.rooms {
			if visible(room.JID) && !inside[room.JID] {
				unseen = append(unseen, room.JID)
			}
		}
	}
	return unseen, nil
}

// handlePersonLook looks for a person in the rooms that muckick is not in, without
// entering them.
func (s *Server) handlePersonLook(c *fiber.Ctx) error {
	account, err := accountOf(c)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), lookPatience)
	defer cancel()
	end, err := s.searches.page(ctx, principalOf(c).ID)
	if err != nil {
		return err
	}
	defer end()
	unseen, err := s.unseenRooms(ctx, visibleTo(principalOf(c).Grants))
	if err != nil {
		return err
	}
	var failed atomic.Int64
	var group errgroup.Group
	group.SetLimit(looksAtOnce)
	for _, room := range unseen {
		group.Go(func() error {
			if s.looks.Acquire(ctx, 1) != nil {
				failed.Add(1)
				return nil
			}
			defer s.looks.Release(1)
			if _, err := s.chat.Look(ctx, room); err != nil {
				failed.Add(1)
			}
			return nil
		})
	}
	_ = group.Wait() // each room that failed is counted
	s.setFlash(c, views.LookedInto(len(unseen), int(failed.Load())))
	return c.Redirect(views.PersonPath(account), fiber.StatusSeeOther)
}
