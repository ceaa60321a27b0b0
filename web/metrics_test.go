package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"muckick/web"
	"muckick/web/store"
	"muckick/xmpp"
	"muckick/xmpp/mucserver"
)

// Requests are counted by the route that answered, whatever the answer. What no
// route takes counts together: its path is the stranger's.
func TestRequestsByRoute(t *testing.T) {
	chat := newEmbedded(t)
	chat.room(t, embeddedRoom, "Bob")
	registry := prometheus.NewRegistry()
	here := chat.site(t, func(o *web.Options) { o.Metrics = registry })
	b := signIn(t, here)
	for _, body := range []string{kickBody(t, "nosuch@chat.example.org", "Bob", ""), kickBody(t, embeddedRoom, "Bob", ""), kickBody(t, embeddedRoom, "Bob", "")} {
		post(t, here, header, body)
	}
	post(t, here, "Basic d3Jvbmc=", "{}")
	for _, path := range []string{roomURL("nosuch@chat.example.org"), "/nosuch", "/muc_kick"} {
		b.get(t, path)
	}
	b.do(t, "BREW", "/rooms", nil)
	want := map[string]uint64{
		"POST /muc_kick 404": 1, "POST /muc_kick 200": 1, "POST /muc_kick 400": 1, "POST /muc_kick 401": 1,
		"POST /login 303": 1, "GET /rooms/:address 404": 1,
		"GET other 404": 1, "GET other 405": 1, "other other 405": 1,
	}
	if diff := cmp.Diff(want, requestCounts(t, registry)); diff != "" {
		t.Errorf("requests by method, route and status (-want +got):\n%s", diff)
	}
}

// requestCounts returns how many requests were counted, by "METHOD ROUTE STATUS".
func requestCounts(t *testing.T, registry *prometheus.Registry) map[string]uint64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	counts := make(map[string]uint64)
	for _, family := range families {
		if family.GetName() != "muckick_http_request_seconds" {
			continue
		}
		for _, metric := range family.GetMetric() {
			label := make(map[string]string)
			for _, pair := range metric.GetLabel() {
				label[pair.GetName()] = pair.GetValue()
			}
			counts[strings.Join([]string{label["method"], label["route"], label["status"]}, " ")] = metric.GetHistogram().GetSampleCount()
		}
	}
	return counts
}

// What an alert goes by is in the metrics.
func TestModerationMetrics(t *testing.T) {
	chat := newEmbedded(t)
	room, err := chat.CreateRoom(embeddedRoom, mucserver.RoomConfig{Persistent: true})
	if err != nil {
		t.Fatal(err)
	}
	client := chat.connect(t, func(o *xmpp.Options) { o.Watch, o.Settle = xmpp.WatchAll, time.Nanosecond })
	registry := prometheus.NewRegistry()
	a := &arriving{site: serve(t, client, func(o *web.Options) { o.Metrics = registry }), rooms: map[string]*mucserver.Room{embeddedRoom: room}}
	waitFor(t, "muckick in the room", func() bool { return len(client.Coverage().Inside) == 1 })
	a.seen = client.FollowArrivals(func(xmpp.Arrival) bool { return true })
	late, early := time.Now().Add(-2*time.Minute), time.Now().Add(-2*time.Second)
	for account, until := range map[string]time.Time{"late": late, "early": early, "ever": {}} {
		err := a.store.BeginEffect(t.Context(), store.Effect{
			ID: a.store.NewEffectID(late), Action: xmpp.ActionBan, Room: roomOf(t, embeddedRoom), Account: account + "@example.org", Since: late, Until: until,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	b := signIn(t, a.site)
	a.come(t, embeddedRoom, bots(0, 12)...)
	waitFor(t, "the wave", func() bool { return strings.Contains(b.get(t, "/account").body, banner) })
	got := make(map[string]float64)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		metric := family.GetMetric()[0]
		got[family.GetName()] = metric.GetGauge().GetValue() + metric.GetCounter().GetValue()
	}
	for name, want := range map[string]float64{
		"muckick_waves": 1, "muckick_waves_total": 1, "muckick_arrivals_missed_total": 0, "muckick_jobs_running": 0, "muckick_effects_overdue": 1,
	} {
		value, known := got[name]
		if !known || value != want {
			t.Errorf("%s: got %v (known: %v), want %v", name, value, known, want)
		}
	}
}
