package topic_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muckick/web/topic"
)

// newTopic returns a topic, and how many listeners were too slow for it.
func newTopic(kept, backlog int) (*topic.Topic, *int) {
	dropped := new(int)
	return topic.New(topic.Options{Kept: kept, Backlog: backlog, Dropped: func() { *dropped++ }}), dropped
}

// says writes an event that says a text.
func says(text string) func(string) []byte {
	return func(id string) []byte { return []byte(id + " " + text) }
}

// publish publishes events that say the texts, and returns their ids.
func publish(tp *topic.Topic, texts ...string) []string {
	var ids []string
	for _, text := range texts {
		tp.Publish(says(text))
		ids = append(ids, tp.Last())
	}
	return ids
}

// texts returns what events say, and fails if one does not bear its id.
func texts(t *testing.T, events []topic.Event) []string {
	t.Helper()
	var out []string
	for _, e := range events {
		var id, text string
		if _, err := fmt.Sscan(string(e.Wire), &id, &text); err != nil || id != e.ID {
			t.Errorf("event %q was written as %q", e.ID, e.Wire)
		}
		out = append(out, text)
	}
	return out
}

// waiting returns what waits for a listener, and whether it goes on.
func waiting(l *topic.Listener) (events []topic.Event, goesOn bool) {
	for {
		select {
		case e, ok := <-l.Events():
			if !ok {
				return events, false
			}
			events = append(events, e)
		default:
			return events, true
		}
	}
}

func TestResumption(t *testing.T) {
	const kept = 4
	other, _ := newTopic(kept, 1)
	tests := []struct {
		name string
		// fill publishes events, and returns the id of the last one that the
		// listener has heard.
		fill func(tp *topic.Topic) string
		want []string
		ok   bool
	}{
		{"nothing was published", func(tp *topic.Topic) string { return tp.Last() }, nil, true},
		{"nothing was missed", func(tp *topic.Topic) string { return publish(tp, "a", "b")[1] }, nil, true},
		{"some were missed", func(tp *topic.Topic) string { return publish(tp, "a", "b", "c")[0] }, []string{"b", "c"}, true},
		{"all were missed", func(tp *topic.Topic) string {
			before := tp.Last()
			publish(tp, "a", "b")
			return before
		}, []string{"a", "b"}, true},
		{"as many as are kept", func(tp *topic.Topic) string { return publish(tp, "a", "b", "c", "d", "e")[0] },
			[]string{"b", "c", "d", "e"}, true},
		{"more than are kept", func(tp *topic.Topic) string { return publish(tp, "a", "b", "c", "d", "e", "f")[0] }, nil, false},
		{"those since a restart", func(tp *topic.Topic) string {
			tp.Restart(says("all"))
			restart := tp.Last()
			publish(tp, "b")
			return restart
		}, []string{"b"}, true},
		{"the restart", func(tp *topic.Topic) string {
			before := publish(tp, "a")[0]
			tp.Restart(says("all"))
			publish(tp, "b")
			return before
		}, []string{"all", "b"}, true},
		{"more than the restart", func(tp *topic.Topic) string {
			before := publish(tp, "a", "b")[0]
			tp.Restart(says("all"))
			return before
		}, nil, false},
		{"a number that is still to come", func(tp *topic.Topic) string {
			publish(tp, "a")
			return tp.Last() + "0"
		}, nil, false},
		{"a number that is none", func(tp *topic.Topic) string {
			publish(tp, "a")
			return tp.Last() + "x"
		}, nil, false},
		{"a number beyond all", func(tp *topic.Topic) string { return publish(tp, "a")[0] + "00000000000000000000" }, nil, false},
		{"another topic's", func(tp *topic.Topic) string {
			publish(tp, "a")
			return publish(other, "a")[0]
		}, nil, false},
		{"no id", func(tp *topic.Topic) string {
			publish(tp, "a")
			return ""
		}, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tp, _ := newTopic(kept, 1)
			l, missed, ok := tp.Listen(tt.fill(tp))
			defer l.Close()
			if diff := cmp.Diff(tt.want, texts(t, missed)); diff != "" || ok != tt.ok {
				t.Errorf("got %t, want %t; missed events (-want +got):\n%s", ok, tt.ok, diff)
			}
			publish(tp, "next")
			next, _ := waiting(l)
			if diff := cmp.Diff([]string{"next"}, texts(t, next)); diff != "" {
				t.Errorf("next events (-want +got):\n%s", diff)
			}
		})
	}
}

// What a listener was given to hear first stays as it was, whatever the topic
// forgets meanwhile.
func TestMissedEventsAreACopy(t *testing.T) {
	const kept = 256
	tp, _ := newTopic(kept, 2*kept)
	var before string
	for i := range kept {
		if i == kept-2 {
			before = tp.Last()
		}
		publish(tp, fmt.Sprint("first", i))
	}
	l, missed, ok := tp.Listen(before)
	defer l.Close()
	for i := range kept {
		publish(tp, fmt.Sprint("then", i))
	}
	if diff := cmp.Diff([]string{"first254", "first255"}, texts(t, missed)); diff != "" || !ok {
		t.Errorf("got %t; missed events (-want +got):\n%s", ok, diff)
	}
}

// Who hears more slowly than events come is dropped; the others go on, and so does
// the slow one when it comes back.
func TestSlowListenerIsDropped(t *testing.T) {
	const backlog = 2
	tp, dropped := newTopic(8, backlog)
	slow, _, _ := tp.Listen("")
	attentive, _, _ := tp.Listen("")
	var heard []topic.Event
	for _, text := range []string{"a", "b", "c", "d"} {
		publish(tp, text)
		events, goesOn := waiting(attentive)
		if !goesOn {
			t.Fatalf("the attentive listener was dropped at %q", text)
		}
		heard = append(heard, events...)
	}
	if diff := cmp.Diff([]string{"a", "b", "c", "d"}, texts(t, heard)); diff != "" {
		t.Errorf("the attentive listener's events (-want +got):\n%s", diff)
	}
	events, goesOn := waiting(slow)
	if diff := cmp.Diff([]string{"a", "b"}, texts(t, events)); diff != "" || goesOn {
		t.Errorf("it goes on: %t; the slow listener's events (-want +got):\n%s", goesOn, diff)
	}
	if *dropped != 1 {
		t.Errorf("%d listeners were dropped, want 1", *dropped)
	}
	slow.Close() // as its owner does, who cannot know
	again, missed, ok := tp.Listen(events[backlog-1].ID)
	defer again.Close()
	if diff := cmp.Diff([]string{"c", "d"}, texts(t, missed)); diff != "" || !ok {
		t.Errorf("got %t; missed events (-want +got):\n%s", ok, diff)
	}
}

func TestEnds(t *testing.T) {
	tp, dropped := newTopic(8, 8)
	left, _, _ := tp.Listen("")
	stays, _, _ := tp.Listen("")
	left.Close()
	publish(tp, "a")
	if events, _ := waiting(left); len(events) != 0 {
		t.Errorf("a listener heard %d events after its end", len(events))
	}
	tp.Close()
	late, missed, ok := tp.Listen("")
	for name, tt := range map[string]struct {
		listener *topic.Listener
		want     []string
	}{
		"a listener": {stays, []string{"a"}},
		"a late one": {late, nil},
	} {
		events, goesOn := waiting(tt.listener)
		if diff := cmp.Diff(tt.want, texts(t, events)); diff != "" || goesOn {
			t.Errorf("%s of a closed topic goes on: %t; its events (-want +got):\n%s", name, goesOn, diff)
		}
		tt.listener.Close()
	}
	if missed != nil || ok || *dropped != 0 {
		t.Errorf("a late listener missed %d events (%t), and %d were too slow; want none", len(missed), ok, *dropped)
	}
}

func TestIsID(t *testing.T) {
	tp, _ := newTopic(1, 1)
	tests := []struct {
		text string
		want bool
	}{
		{tp.Last(), true},
		{publish(tp, "a")[0], true},
		{"", false},
		{"1", false},
		{"ABCDEFGH-", false},
		{"ABCDEFGH-1\nevent: reset", false},
		{"ABCDEFGH-123456789012345678901", false},
		{"abcdefgh-1", false},
	}
	for _, tt := range tests {
		if got := topic.IsID(tt.text); got != tt.want {
			t.Errorf("IsID(%q) = %t, want %t", tt.text, got, tt.want)
		}
	}
}

// Listeners that come, are dropped and come back while events are published hear
// each of them once, in their order.
func TestNothingIsLostOrDoubled(t *testing.T) {
	const events, listeners = 2000, 8
	tp := topic.New(topic.Options{Kept: events, Backlog: 4, Dropped: func() {}})
	start := tp.Last()
	var work sync.WaitGroup
	for range listeners {
		work.Go(func() {
			last, heard := start, 0
			hear := func(e topic.Event) {
				heard++
				if want := fmt.Sprintf("%s %d", e.ID, heard); string(e.Wire) != want {
					t.Errorf("heard %q, want %q", e.Wire, want)
				}
				last = e.ID
			}
			for heard < events && !t.Failed() {
				l, missed, ok := tp.Listen(last)
				if !ok {
					t.Errorf("cannot go on after %s", last)
				}
				for _, e := range missed {
					hear(e)
				}
				for heard < events {
					e, ok := <-l.Events()
					if !ok {
						break
					}
					hear(e)
				}
				l.Close()
			}
		})
	}
	for i := range events {
		tp.Publish(says(fmt.Sprint(i + 1)))
	}
	work.Wait()
}

func BenchmarkPublish(b *testing.B) {
	for _, listeners := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("listeners=%d", listeners), func(b *testing.B) {
			tp, dropped := newTopic(256, 1)
			var all []*topic.Listener
			for range listeners {
				l, _, _ := tp.Listen("")
				all = append(all, l)
			}
			b.ReportAllocs()
			for b.Loop() {
				tp.Publish(says("something"))
				for _, l := range all {
					<-l.Events()
				}
			}
			if *dropped > 0 {
				b.Errorf("%d listeners were dropped", *dropped)
			}
		})
	}
}
