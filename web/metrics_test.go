package web_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"muckick/web"
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
