package xmpp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"mellium.im/xmpp/jid"
)

// A Client keeps one session with the chat server alive and does its work over
// it. All methods are safe for concurrent use; they give [ErrOffline] while
// there is no session.
type Client struct {
	options  Options
	account  jid.JID
	watchers watchers
	people   peopleIndex

	mu          sync.Mutex
	stream      *stream // nil while offline
	status      Status
	changed     chan struct{} // closed when status changes
	protections map[protection]bool
}

// A Status says how the connection to the chat server is.
type Status struct {
	Online bool
	Since  time.Time
	JID    string // our full JID; empty while offline
	Err    error  // why we are offline; nil before the first attempt ended
}

// New returns a client for the account. It connects when [Client.Run] runs. An
// error names what is wrong with the options.
func New(o Options) (*Client, error) {
	account, err := parseAccount(o.JID)
	if err != nil {
		return nil, err
	}
	o = o.withDefaults()
	o.Services = slices.Clone(o.Services)
	for i, service := range o.Services {
		probe, err := ParseRoom("x@" + service)
		if err != nil {
			return nil, fmt.Errorf("%q is no MUC service: it has to be a domain name", service)
		}
		o.Services[i] = probe.Domain()
	}
	return &Client{
		options:     o,
		account:     account,
		status:      Status{Since: o.Now()},
		changed:     make(chan struct{}),
		protections: make(map[protection]bool),
	}, nil
}

// Status returns how the connection is, and a channel that is closed when that
// changes.
func (c *Client) Status() (Status, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.status, c.changed
}

// current returns the stream, or nil while offline.
func (c *Client) current() *stream {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stream
}

// setStream makes s the current stream; nil with a reason when there is none.
func (c *Client) setStream(s *stream, reason error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	since := c.options.Now()
	if s == nil && !c.status.Online {
		since = c.status.Since
	}
	c.stream, c.status = s, Status{Online: s != nil, Since: since, Err: reason}
	if s != nil {
		c.status.JID = s.wire.Bound()
	}
	close(c.changed)
	c.changed = make(chan struct{})
}

// Services returns the MUC services that are served, sorted by domain.
func (c *Client) Services(ctx context.Context) ([]Service, error) {
	s := c.current()
	if s == nil {
		return nil, ErrOffline
	}
	return s.services.list(ctx)
}

// CheckService returns nil if the address, with or without a resource, is that
// of a MUC service that is served. Otherwise the error is a [*NoHostError], a
// [*NoServiceError], an [*AddressError] for what is no domain name, or why it
// could not be found out.
func (c *Client) CheckService(ctx context.Context, address string) error {
	domain, _, _ := strings.Cut(address, "/")
	domain, ok := prepareDomain(domain)
	if !ok {
		return &AddressError{Address: address, Reason: "it is no domain name"}
	}
	s := c.current()
	if s == nil {
		return ErrOffline
	}
	return s.services.check(ctx, domain)
}

// Rooms returns the rooms that the service lists; hidden rooms are not among
// them.
func (c *Client) Rooms(ctx context.Context, service string) ([]Room, error) {
	s := c.current()
	if s == nil {
		return nil, ErrOffline
	}
	if err := s.services.check(ctx, service); err != nil {
		return nil, err
	}
	items, err := s.items(ctx, service)
	if err != nil {
		return nil, fmt.Errorf("list the rooms of %s: %w", service, err)
	}
	rooms := make([]Room, 0, len(items))
	for _, item := range items {
		if jid, err := ParseRoom(item.JID); err == nil && jid.Domain() == service {
			rooms = append(rooms, Room{JID: jid, Name: item.Name})
		}
	}
	return rooms, nil
}

// RoomInfo returns what a room says of itself, or a [NoRoomError].
func (c *Client) RoomInfo(ctx context.Context, room RoomJID) (RoomInfo, error) {
	s := c.current()
	if s == nil {
		return RoomInfo{}, ErrOffline
	}
	if err := s.services.check(ctx, room.Domain()); err != nil {
		return RoomInfo{}, err
	}
	info, err := s.roomInfo(ctx, room)
	if err != nil {
		return RoomInfo{}, err
	}
	if info.Subject == "" {
		info.Subject = s.subject(room)
	}
	return info, nil
}

// Load says how busy the client is.
type Load struct {
	Waiting     int // requests without an answer yet
	JoinedRooms int

	// PowerlessRooms are those of the joined rooms where the account is no
	// moderator, so that it may not kick.
	PowerlessRooms int
}

// Load returns how busy the client is.
func (c *Client) Load() Load {
	s := c.current()
	if s == nil {
		return Load{}
	}
	inside, powerless := s.roomsInside()
	return Load{Waiting: s.wire.Waiting(), JoinedRooms: len(inside), PowerlessRooms: len(powerless)}
}

// errNotRunning is the reason after Run has ended.
var errNotRunning = errors.New("the client has ended")
