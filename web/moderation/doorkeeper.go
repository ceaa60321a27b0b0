package moderation

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"muckick/xmpp"
)

const (
	// barInterval is how often bars are read, in case that another replica made some.
	barInterval = 2 * time.Second
	// actionsPerMinute is how often those who come back are thrown out of one room,
	// and returnsPerMinute how often one of them is.
	actionsPerMinute = 60
	returnsPerMinute = 6
	// barRetry is when somebody who came back too often is looked at again.
	barRetry = 5 * time.Second
	// maxBarredRooms bounds the rooms that are watched for those who are kept out.
	maxBarredRooms = 1000
)

// Door tells who comes into a room.
type Door interface {
	Watch(room xmpp.RoomJID) *xmpp.Watch
}

// DoorkeeperOptions are what a [Doorkeeper] works with. All are required.
type DoorkeeperOptions struct {
	Bars       BarStore
	Jobs       JobStore
	Exemptions Exemptions
	Principals Principals
	Desk       *Desk
	Door       Door
	Logger     *slog.Logger
	Now        func() time.Time

	// Panicked is told of a panic, and its stack.
	Panicked func(value any, stack []byte)
}

// A Doorkeeper acts on those who come back although they are kept out.
type Doorkeeper struct {
	options DoorkeeperOptions
	wake    chan struct{} // holds one token when the bars changed here
}

// NewDoorkeeper returns a doorkeeper, who begins to work when [Doorkeeper.Run] runs.
func NewDoorkeeper(o DoorkeeperOptions) *Doorkeeper {
	return &Doorkeeper{options: o, wake: make(chan struct{}, 1)}
}

func (d *Doorkeeper) signal() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Run watches the rooms that somebody is kept out of, until ctx ends. Of several
// replicas each does so: who is gone by then is not hit twice.
func (d *Doorkeeper) Run(ctx context.Context) {
	var posts sync.WaitGroup
	defer posts.Wait()
	watched := make(map[xmpp.RoomJID]*post)
	tick := time.NewTicker(barInterval)
	defer tick.Stop()
	warnings := rate.Sometimes{First: 1, Interval: time.Minute}
	for {
		bars, err := d.read(ctx)
		if err != nil && ctx.Err() == nil {
			warnings.Do(func() { d.options.Logger.Error("it cannot be read who is kept out", "error", err) })
		}
		if err == nil {
			d.assign(ctx, bars, watched, &posts)
		}
		select {
		case <-ctx.Done():
			return
		case <-d.wake:
		case <-tick.C:
		}
	}
}

func (d *Doorkeeper) read(ctx context.Context) (map[xmpp.RoomJID][]Bar, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	list, err := d.options.Bars.Bars(ctx, BarFilter{})
	if err != nil {
		return nil, err
	}
	rooms := make(map[xmpp.RoomJID][]Bar)
	for _, bar := range list {
		if len(rooms) < maxBarredRooms || rooms[bar.Room] != nil {
			rooms[bar.Room] = append(rooms[bar.Room], bar)
		}
	}
	return rooms, nil
}

// assign gives every room with bars a post that knows them, and ends the others.
func (d *Doorkeeper) assign(ctx context.Context, bars map[xmpp.RoomJID][]Bar, watched map[xmpp.RoomJID]*post, posts *sync.WaitGroup) {
	relieved := make(map[xmpp.RoomJID]*post)
	for room, p := range watched {
		if p.ids != idsOf(bars[room]) {
			p.end()
			delete(watched, room)
			relieved[room] = p
		}
	}
	for room, list := range bars {
		if watched[room] != nil {
			continue
		}
		p := newPost(d, room, list)
		p.before = relieved[room]
		var standing context.Context
		standing, p.end = context.WithCancel(ctx)
		watched[room] = p
		posts.Go(func() { p.stand(standing) })
	}
}

// idsOf returns what tells one list of bars from another.
func idsOf(bars []Bar) string {
	ids := make([]string, len(bars))
	for i, bar := range bars {
		ids[i] = bar.ID
	}
	return strings.Join(ids, " ")
}

func perMinute(count int) *rate.Limiter {
	return rate.NewLimiter(rate.Every(time.Minute/time.Duration(count)), count)
}

// A post watches one room.
type post struct {
	keeper    *Doorkeeper
	room      xmpp.RoomJID
	ids       string // of its bars
	byAccount map[string]Bar
	byNick    map[string]Bar
	end       context.CancelFunc
	before    *post // that this one relieves, and whose limits go on; nil for none
	done      chan struct{}

	limit  *rate.Limiter
	limits map[string]*rate.Limiter // of bars, by id
	here   map[string]xmpp.Occupant // who is kept out and there, by nick
}

func newPost(d *Doorkeeper, room xmpp.RoomJID, bars []Bar) *post {
	p := &post{
		keeper: d, room: room, ids: idsOf(bars), byAccount: make(map[string]Bar), byNick: make(map[string]Bar),
		limit: perMinute(actionsPerMinute), limits: make(map[string]*rate.Limiter), here: make(map[string]xmpp.Occupant),
		done: make(chan struct{}),
	}
	for _, bar := range bars {
		if bar.Account != "" {
			p.byAccount[AccountKey(bar.Account)] = bar
		} else {
			p.byNick[bar.Nick] = bar
		}
	}
	return p
}

// bar returns the bar that an occupant comes back in spite of.
func (p *post) bar(o xmpp.Occupant) (Bar, bool) {
	bar, barred := p.byAccount[AccountKey(o.RealJID)]
	if o.RealJID == "" {
		bar, barred = p.byNick[o.Nick]
	}
	return bar, barred && p.keeper.options.Now().Before(bar.Until)
}

// stand watches the room until ctx ends.
func (p *post) stand(ctx context.Context) {
	defer func() {
		if value := recover(); value != nil {
			p.keeper.options.Panicked(value, debug.Stack())
		}
	}()
	defer close(p.done)
	if p.before != nil {
		<-p.before.done
		p.limit, p.limits, p.here = p.before.limit, p.before.limits, p.before.here
		p.before = nil
	}
	watch := p.keeper.options.Door.Watch(p.room)
	defer watch.Close()
	for {
		next, cancel := context.WithTimeout(ctx, barRetry)
		update, err := watch.Next(next)
		cancel()
		switch {
		case ctx.Err() != nil, errors.Is(err, xmpp.ErrWatchClosed):
			return
		case err != nil: // quiet for a while
		case update.Reset && update.Err != nil: // we are not there
		case update.Reset:
			p.forget(update.Roster.Occupants)
			p.come(ctx, update.Roster.Occupants)
		default:
			for _, nick := range update.Gone {
				delete(p.here, nick)
			}
			p.come(ctx, update.Changed)
		}
		for _, o := range p.here {
			p.act(ctx, o, false)
		}
	}
}

// forget forgets those who are not there any more.
func (p *post) forget(occupants []xmpp.Occupant) {
	there := make(map[string]bool, len(occupants))
	for _, o := range occupants {
		there[o.Nick] = true
	}
	for nick := range p.here {
		if !there[nick] {
			delete(p.here, nick)
		}
	}
}

// come notes and counts those who are kept out.
func (p *post) come(ctx context.Context, occupants []xmpp.Occupant) {
	for _, o := range occupants {
		before, there := p.here[o.Nick]
		_, barred := p.bar(o)
		switch {
		case !barred, protection(o, false, false) != "":
			delete(p.here, o.Nick)
		case there && before.Since.Equal(o.Since) && before.RealJID == o.RealJID:
			p.here[o.Nick] = o
		default:
			p.act(ctx, o, true)
		}
	}
}

// act throws somebody out who is kept out, unless that was done too often lately.
// Then they are looked at again later.
func (p *post) act(ctx context.Context, o xmpp.Occupant, returned bool) {
	bar, barred := p.bar(o)
	if !barred {
		delete(p.here, o.Nick)
		return
	}
	p.here[o.Nick] = o
	acted := false
	now := p.keeper.options.Now()
	limit := p.limits[bar.ID]
	if limit == nil {
		limit = perMinute(returnsPerMinute)
		p.limits[bar.ID] = limit
	}
	if limit.AllowN(now, 1) && p.limit.AllowN(now, 1) {
		acted = p.throwOut(ctx, bar, o)
	}
	if acted {
		delete(p.here, o.Nick)
	}
	if !acted && !returned {
		return
	}
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	at := now
	if !returned {
		at = time.Time{} // the return was counted before
	}
	if err := p.keeper.options.Bars.CountReturn(within, bar.ID, at, acted); err != nil {
		p.keeper.options.Logger.ErrorContext(ctx, "a return was not counted", "room", p.room, "error", err)
	}
}

// throwOut gives the order, as who made the bar, and reports whether it was
// confirmed or they were gone already.
func (p *post) throwOut(ctx context.Context, bar Bar, o xmpp.Occupant) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stepTimeout)
	defer cancel()
	log := p.keeper.options.Logger.With("room", p.room, "nick", o.Nick, "bar", bar.ID)
	// They may have been let in a moment ago.
	if _, err := p.keeper.options.Bars.Bar(ctx, bar.ID); err != nil {
		if !errors.Is(err, ErrNoBar) {
			log.ErrorContext(ctx, "who came back stays", "error", err)
		}
		return false
	}
	exempt, err := p.keeper.options.Exemptions.Exemptions(ctx)
	if err != nil {
		log.ErrorContext(ctx, "who came back stays", "error", err)
		return false
	}
	if _, isExempt := exemption(exempt, p.room, o.RealJID); isExempt {
		return false
	}
	principal, err := p.keeper.options.Principals.PrincipalOf(ctx, bar.By)
	if err != nil {
		log.ErrorContext(ctx, "who came back stays", "error", err)
		return false
	}
	var until time.Time
	if bar.Kind == xmpp.ActionBan {
		until = bar.Until // a ban is for the rest of the time
	}
	conclusion, err := p.keeper.options.Desk.Do(ctx, Order{
		Principal: principal, Address: bar.Address, Until: until,
		Action: xmpp.Action{
			Kind: bar.Kind, Room: p.room, Reason: bar.Reason,
			Target: xmpp.Target{Nick: o.Nick, RealJID: o.RealJID, OccupantID: o.OccupantID, Since: o.Since},
		},
	})
	log.InfoContext(ctx, "who was kept out came back", "action", bar.Kind, "outcome", conclusion.Outcome, "error", err)
	return err == nil
}
