package web

import (
	"context"
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"

	"muckick/views"
	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/xmpp"
)

// locksShown is how many locks of a room are looked at. There are two at most, but
// for those of which it is not known whether they came about.
const locksShown = 10

// refreshPatience is how long the answer to a lock or its end waits for what the page
// that comes next is to say of the room.
const refreshPatience = 2 * time.Second

// A lockReader knows which locks of ours stand in a room.
type lockReader interface {
	locksOf(ctx context.Context, room xmpp.RoomJID) ([]views.EffectEntry, error)
}

func (s *Server) locks(ctx context.Context, room xmpp.RoomJID) ([]store.Effect, error) {
	return s.store.Effects(ctx, store.EffectFilter{Room: room, Action: xmpp.ActionLock}, locksShown)
}

// locksOf returns the locks of a room that stand, for its page.
func (s *Server) locksOf(ctx context.Context, room xmpp.RoomJID) ([]views.EffectEntry, error) {
	effects, err := s.locks(ctx, room)
	if err != nil {
		return nil, err
	}
	var entries []views.EffectEntry
	for _, e := range effects {
		entries = append(entries, effectEntry(e, moderation.Grants{}))
	}
	return entries, nil
}

// handleLockPage says what a lock of the room would do, or its end, and asks
// whether it is to be.
func (s *Server) handleLockPage(c *fiber.Ctx) error {
	room, err := roomOf(c)
	if err != nil {
		return err
	}
	shot, err := s.look(c.UserContext(), room)
	if err != nil {
		return err
	}
	choice, err := s.keepersOf(c, room)
	if err != nil {
		return err
	}
	m, err := s.lockModel(c, room, shot, choice)
	if err != nil {
		return err
	}
	return render(c, views.Lock(m))
}

// lockModel says what a lock would do in a room, and who is to stay by a choice.
func (s *Server) lockModel(c *fiber.Ctx, room xmpp.RoomJID, shot snapshot, choice lockChoice) (views.LockModel, error) {
	m := views.LockModel{
		Page: s.page(c, "Lock", views.SectionRooms), Room: room.String(), Info: shot.header.Info, Obstacle: shot.header.Lock,
		Occupants: len(shot.occupants), Reasons: s.options.Reasons, Durations: s.options.Durations, Marks: choice.marks(s.now()),
	}
	if shot.header.Ready.Obstacle == xmpp.ObstacleOffline {
		m.Obstacle = xmpp.ObstacleOffline
	}
	choice.sort(&m, shot.occupants)
	locks, err := s.locks(c.UserContext(), room)
	if err != nil {
		return m, err
	}
	for _, lock := range locks {
		standing := views.StandingLock{EffectEntry: effectEntry(lock, principalOf(c).Grants)}
		if silenced, err := s.desk.Silenced(c.UserContext(), lock); err != nil {
			standing.Silenced = -1
		} else {
			standing.Silenced = len(silenced)
		}
		m.Locks = append(m.Locks, standing)
	}
	return m, nil
}

// handleLock locks a room. Its end is the lifting of the effect.
func (s *Server) handleLock(c *fiber.Ctx) error {
	room, err := roomOf(c)
	if err != nil {
		return err
	}
	until, err := s.readEnd(c)
	if err != nil {
		return err
	}
	caller := caller{principal: principalOf(c), signedIn: true, session: sessionOf(c)}
	order, err := s.orderOf(c, caller, xmpp.ActionLock, kickRequest{room: room.String(), reason: c.FormValue(formReason)})
	if err != nil {
		return err
	}
	if len(order.Action.Reason) > maxForm {
		return fieldError{formReason, "is too long"} // the form is larger for other fields
	}
	order.Until, order.Action.MembersOnly = until, c.FormValue(formMembersOnly) == "yes"
	if order.Action.MembersOnly {
		// Who may not lock learns nothing of who is there.
		if err := caller.principal.Require(moderation.Lock, room); err != nil {
			return err
		}
		if order.Keep, order.Without, err = s.readKeep(c, room); err != nil {
			return err
		}
	}
	whole := c.UserContext()
	ctx, cancel := context.WithTimeout(whole, s.options.KickTimeout)
	defer cancel()
	c.SetUserContext(ctx)
	conclusion, err := s.carryOut(c, order)
	// The page that comes next has the lock at its top.
	refresh, done := context.WithTimeout(context.WithoutCancel(whole), refreshPatience)
	defer done()
	s.hub.refresh(refresh, room)
	if refused := (*moderation.AdmissionError)(nil); errors.As(err, &refused) {
		return s.lockRefused(c, room, order, refused)
	}
	return s.answerAction(c, caller, order, conclusion, err)
}
