package web

import (
	"strings"

	"muckick/views"
	"muckick/web/topic"
	"muckick/xmpp"
)

const (
	// kept is how many events of a room are remembered for panels that connect
	// again. None is older than the latest reset.
	kept = 256

	// backlog is how many events may wait for one panel. A panel that reads more
	// slowly is dropped; it connects again and goes on from its last event, or
	// starts over with the whole list.
	backlog = 64
)

// listen adds a panel whose last event was that of the id, and returns the events
// that it has to hear first.
func (f *feed) listen(last string) (*topic.Listener, []topic.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	l, missed, ok := f.events.Listen(last)
	if ok || !f.known { // the first update will bring everything
		return l, missed
	}
	id := f.events.Last()
	return l, []topic.Event{{ID: id, Wire: f.headerEvent(id)}, {ID: id, Wire: f.resetEvent(id)}}
}

// publish tells all panels of changed and gone occupants, and of the header if
// it reads otherwise now. The caller holds mu.
func (f *feed) publish(changed []xmpp.Occupant, gone []string) {
	if len(changed)+len(gone) > 0 {
		f.events.Publish(func(id string) []byte { return sse("change", id, rows(f.room.String(), changed, gone)) })
	}
	f.publishHeader()
}

// publishReset tells all panels the whole list, after which no earlier event is
// needed: a feed would else remember as many whole lists as events. The caller
// holds mu.
func (f *feed) publishReset() {
	f.events.Restart(f.resetEvent)
	f.publishHeader()
}

// publishHeader tells all panels the header if it changed. The caller holds mu.
func (f *feed) publishHeader() {
	rendered := renderText(views.RoomHeader(f.comparableHeader()))
	if rendered == f.header {
		return
	}
	f.header = rendered
	f.events.Publish(f.headerEvent)
}

// comparableHeader is the header without what changes all the time.
func (f *feed) comparableHeader() views.RoomHeaderModel {
	h := f.headerModel()
	h.AsOf = f.state.infoAt.Truncate(infoFresh)
	return h
}

// headerEvent writes the header. The caller holds mu.
func (f *feed) headerEvent(id string) []byte {
	return sse("header", id, renderText(views.RoomHeader(f.headerModel())))
}

// resetEvent writes the whole list. The caller holds mu.
func (f *feed) resetEvent(id string) []byte {
	return sse("reset", id, renderText(views.OccupantBlocks(f.room.String(), f.state.sorted(), views.Notes{})))
}

// rows renders what changed on the list.
func rows(room string, changed []xmpp.Occupant, gone []string) string {
	var b strings.Builder
	b.WriteString(renderText(views.OccupantRows(room, changed)))
	for _, nick := range gone {
		b.WriteString(renderText(views.GoneRow(nick)))
	}
	return b.String()
}
