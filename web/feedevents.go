package web

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"muckick/views"
	"muckick/xmpp"
)

// backlog is how many events may wait for one panel. A panel that reads more
// slowly is dropped; it connects again and goes on from its last event, or
// starts over with the whole list.
const backlog = 64

// An event is a Server-Sent Event as it is written.
type event struct {
	number uint64
	wire   []byte
}

// A listener is one panel's place in a feed. Its channel is closed when the
// panel is too slow or the feed ends.
type listener struct{ events chan event }

// listen registers a panel whose last event was that of the id, and returns the
// events that it has to hear first.
func (f *feed) listen(last string) (*listener, []event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	l := &listener{events: make(chan event, backlog)}
	f.listeners[l] = struct{}{}
	if missed, ok := f.since(last); ok {
		return l, missed
	}
	if !f.known {
		return l, nil // the first update will bring everything
	}
	return l, []event{f.headerEvent(f.last), f.resetEvent(f.last)}
}

// since returns the events after the one of the id, if they are all still
// there. The caller holds mu.
func (f *feed) since(last string) ([]event, bool) {
	epoch, text, _ := strings.Cut(last, "-")
	number, err := strconv.ParseUint(text, 10, 64)
	if epoch != f.epoch || err != nil || number > f.last {
		return nil, false
	}
	missed := f.last - number
	if missed > uint64(len(f.recent)) {
		return nil, false
	}
	return slices.Clone(f.recent[uint64(len(f.recent))-missed:]), true
}

// unlisten ends a listener.
func (f *feed) unlisten(l *listener) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.listeners, l)
}

func (f *feed) dropAll() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for l := range f.listeners {
		close(l.events)
	}
	clear(f.listeners)
}

func (f *feed) id(number uint64) string { return f.epoch + "-" + strconv.FormatUint(number, 10) }

// publish tells all panels of changed and gone occupants, and of the header if
// it reads otherwise now.
func (f *feed) publish(changed []xmpp.Occupant, gone []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(changed)+len(gone) > 0 {
		f.send(sse("change", f.id(f.last+1), rows(f.room.String(), changed, gone)))
	}
	f.publishHeader()
}

// publishReset tells all panels the whole list. Events before it are forgotten,
// since whoever missed one can start over just as well, and a feed would else
// keep as many whole lists as events.
func (f *feed) publishReset() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.recent = nil
	f.send(f.resetEvent(f.last + 1).wire)
	f.publishHeader()
}

// publishHeader sends the header if it changed. The caller holds mu.
func (f *feed) publishHeader() {
	header := f.headerEvent(f.last + 1)
	rendered := renderText(views.RoomHeader(f.comparableHeader()))
	if rendered == f.header {
		return
	}
	f.header = rendered
	f.send(header.wire)
}

// comparableHeader is the header without what changes all the time.
func (f *feed) comparableHeader() views.RoomHeaderModel {
	h := f.headerModel()
	h.AsOf = f.state.infoAt.Truncate(infoFresh)
	return h
}

// send numbers an event and hands it to all listeners. The caller holds mu.
func (f *feed) send(wire []byte) {
	f.last++
	e := event{number: f.last, wire: wire}
	f.recent = append(f.recent, e)
	if len(f.recent) > kept {
		f.recent = slices.Delete(f.recent, 0, 1)
	}
	for l := range f.listeners {
		select {
		case l.events <- e:
		default:
			delete(f.listeners, l)
			close(l.events)
			f.hub.dropped.Inc()
		}
	}
}

func (f *feed) headerEvent(number uint64) event {
	return event{number: number, wire: sse("header", f.id(number), renderText(views.RoomHeader(f.headerModel())))}
}

func (f *feed) resetEvent(number uint64) event {
	body := renderText(views.OccupantBody(f.room.String(), f.state.sorted()))
	return event{number: number, wire: sse("reset", f.id(number), body)}
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

// renderText renders a component into a string, which cannot fail: components
// of package views have no errors of their own.
func renderText(component templ.Component) string {
	var b bytes.Buffer
	_ = component.Render(context.Background(), &b)
	return b.String()
}

// sse writes a Server-Sent Event. Data may have any line breaks.
func sse(name, id, data string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "event: %s\n", name)
	if id != "" {
		fmt.Fprintf(&b, "id: %s\n", id)
	}
	data = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(data)
	for line := range strings.SplitSeq(data, "\n") {
		fmt.Fprintf(&b, "data: %s\n", line)
	}
	b.WriteString("\n")
	return b.Bytes()
}
