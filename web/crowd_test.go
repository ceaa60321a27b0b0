package web_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"muckick/web"
	"muckick/xmpp"
	"muckick/xmpp/mucserver"
)

// Many panels on one room all hear what happens there, and one that does not
// read is dropped and catches up when it comes back.
func TestManyPanels(t *testing.T) {
	const panels = 500
	chat := newEmbedded(t)
	chat.room(t, embeddedRoom, "Bob")
	here := chat.site(t)
	b := signIn(t, here)
	var streams []*listening
	for range panels {
		streams = append(streams, listen(t, b, roomURL(embeddedRoom)+"/events"))
	}
	for _, stream := range streams {
		stream.until(t, "reset", `data-nick="Bob"`)
	}
	before := chat.Counts().Joins
	resident, err := chat.Room(embeddedRoom).Enter("Mallory", "mallory@example.org", mucserver.AffiliationNone)
	if err != nil {
		t.Fatal(err)
	}
	for _, stream := range streams {
		stream.until(t, "", `data-nick="Mallory"`)
	}
	resident.Leave()
	for _, stream := range streams {
		stream.until(t, "change", `data-nick="Mallory" data-gone`)
	}
	if before != 1 {
		t.Errorf("muckick joined %d times for %d panels, want once", before, panels)
	}
}

func TestSlowPanelIsDropped(t *testing.T) {
	chat := newEmbedded(t)
	chat.room(t, embeddedRoom, "Bob")
	registry := prometheus.NewRegistry()
	here := chat.site(t, func(o *web.Options) { o.Metrics = registry })
	b := signIn(t, here)
	attentive := listen(t, b, roomURL(embeddedRoom)+"/events")
	attentive.until(t, "reset", `data-nick="Bob"`)
	sleepyStream(t, b, roomURL(embeddedRoom)+"/events")

	// Each round is at least two events of some ten kilobytes.
	room := chat.Room(embeddedRoom)
	for round := 0; dropped(t, registry) == 0; round++ {
		if round == 500 {
			t.Fatal("a stream that nobody reads is still open")
		}
		var crowd []*mucserver.Resident
		for i := range 10 {
			resident, err := room.Enter(fmt.Sprintf("%d %0900d", round, i), "crowd@example.org", mucserver.AffiliationNone)
			if err != nil {
				t.Fatal(err)
			}
			crowd = append(crowd, resident)
		}
		// A list that was asked for at first is replaced when muckick is inside.
		attentive.until(t, "", fmt.Sprintf("%d %0900d", round, 9))
		for _, resident := range crowd {
			resident.Leave()
		}
		attentive.until(t, "change", fmt.Sprintf(`%d %0900d" data-gone`, round, 9))
	}
	again := listen(t, b, roomURL(embeddedRoom)+"/events?last=gone-1")
	again.until(t, "reset", `data-nick="Bob"`)
}

// dropped returns how many streams were ended because they read too slowly.
func dropped(t *testing.T, registry *prometheus.Registry) float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() == "muckick_event_streams_dropped_total" {
			return family.GetMetric()[0].GetCounter().GetValue()
		}
	}
	t.Fatal("no such metric")
	return 0
}

// sleepyStream asks for events, and reads none once they begin to come.
func sleepyStream(t *testing.T, b *browser, path string) {
	t.Helper()
	address, err := url.Parse(b.here.url(path))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", b.here.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest(http.MethodGet, address.String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, cookie := range b.Jar.Cookies(address) {
		request.AddCookie(cookie)
	}
	if err := request.Write(conn); err != nil {
		t.Fatal(err)
	}
	status := make([]byte, len("HTTP/1.1 200 OK"))
	if _, err := io.ReadFull(conn, status); err != nil || string(status) != "HTTP/1.1 200 OK" {
		t.Fatalf("got %q, %v", status, err)
	}
}

// BenchmarkLargeReset measures the whole list of a room with 5,000 occupants as an
// event, which a page gets that connects again after too long: the time until it
// is there, and what of it goes over the network.
func BenchmarkLargeReset(b *testing.B) {
	chat := newEmbedded(b)
	var nicks []string
	for i := range 5000 {
		nicks = append(nicks, fmt.Sprintf("Occupant %d", i))
	}
	chat.room(b, embeddedRoom, nicks...)
	here := chat.site(b)
	visitor := signIn(b, here)
	listen(b, visitor, roomURL(embeddedRoom)+"/events").until(b, "reset", "Occupant 4999") // muckick stays in the room
	wire := 0
	for b.Loop() {
		request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, here.url(roomURL(embeddedRoom)+"/events"), nil)
		if err != nil {
			b.Fatal(err)
		}
		request.Header.Set("Accept-Encoding", "gzip")
		response, err := visitor.Do(request)
		if err != nil {
			b.Fatal(err)
		}
		count := &counting{r: response.Body}
		decoded, err := gzip.NewReader(count)
		if err != nil {
			b.Fatal(err)
		}
		newListening(decoded).until(b, "beat", ".")
		wire += count.n
		response.Body.Close()
	}
	b.ReportMetric(float64(wire)/float64(b.N), "wire-B/op")
}

// BenchmarkLargeRoom measures the page of a room with 5,000 occupants: the time
// to its first byte, and to its last.
func BenchmarkLargeRoom(b *testing.B) {
	chat := newEmbedded(b)
	var nicks []string
	for i := range 5000 {
		nicks = append(nicks, fmt.Sprintf("Occupant %d", i))
	}
	chat.room(b, embeddedRoom, nicks...)
	here := chat.site(b)
	visitor := signIn(b, here)
	var first time.Duration
	for b.Loop() {
		request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, here.url(roomURL(embeddedRoom)), nil)
		if err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		response, err := visitor.Do(request)
		if err != nil {
			b.Fatal(err)
		}
		first += time.Since(began)
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			b.Fatal(err)
		}
		response.Body.Close()
	}
	b.ReportMetric(float64(first.Milliseconds())/float64(b.N), "ms-to-first-byte")
}

// BenchmarkRejected measures requests without the right header.
func BenchmarkRejected(b *testing.B) {
	client, err := xmpp.New(xmpp.Options{JID: "muckick@example.org"})
	if err != nil {
		b.Fatal(err)
	}
	here := serve(b, client)
	request := []byte("POST /muc_kick HTTP/1.1\r\nHost: x\r\nAuthorization: Basic x\r\nContent-Length: 2\r\n\r\n{}")
	b.RunParallel(func(pb *testing.PB) {
		conn, err := net.Dial("tcp", here.address)
		if err != nil {
			b.Error(err)
			return
		}
		defer conn.Close()
		answer := make([]byte, 4096)
		for pb.Next() {
			if _, err := conn.Write(request); err != nil {
				b.Error(err)
				return
			}
			if _, err := conn.Read(answer); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}
