package web

import (
	"context"
	"iter"

	"muckick/web/moderation"
	"muckick/xmpp"
)

// Chat is the chat side as the web side sees it; [*xmpp.Client] is one.
type Chat interface {
	kicker
	watcher
	arriving
	Services(ctx context.Context) ([]xmpp.Service, error)
	Rooms(ctx context.Context, service string) ([]xmpp.Room, error)
	Status() (xmpp.Status, <-chan struct{})
}

// people tells who is where.
type people interface {
	Occupancies(account string) []xmpp.Occupancy
	FindPeople(query string, limit int, visible func(xmpp.RoomJID) bool) []xmpp.Person
	Present(rooms func(xmpp.RoomJID) bool) iter.Seq[xmpp.Occupancy]
	Look(ctx context.Context, room xmpp.RoomJID) (xmpp.Roster, error)
}

// kicker throws occupants out.
type kicker interface {
	moderation.Chat
	CheckService(ctx context.Context, address string) error
}

// watcher tells who is in a room, once or for as long as a watch lasts.
type watcher interface {
	people
	Occupants(ctx context.Context, room xmpp.RoomJID) (xmpp.Roster, error)
	Enter(ctx context.Context, room xmpp.RoomJID) (xmpp.Roster, error)
	Census(ctx context.Context, room xmpp.RoomJID) (xmpp.Roster, error)
	MembersOnly(ctx context.Context, room xmpp.RoomJID) (closed bool, err error)
	RoomInfo(ctx context.Context, room xmpp.RoomJID) (xmpp.RoomInfo, error)
	MuteEffect(ctx context.Context, info xmpp.RoomInfo) (xmpp.MuteEffect, error)
	Watch(room xmpp.RoomJID) *xmpp.Watch
}
