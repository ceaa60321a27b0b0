package web_test

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"muckick/xmpp/mucserver"
)

// Events of a room come live, and a panel that connects again goes on where it
// was.
func TestRoomEvents(t *testing.T) {
	chat := newEmbedded(t)
	chat.room(t, embeddedRoom, "Bob")
	here := chat.site(t)
	b := signIn(t, here)
	stream := listen(t, b, roomURL(embeddedRoom)+"/events")
	stream.until(t, "reset", `data-nick="Bob"`)

	resident, err := chat.Room(embeddedRoom).Enter("Mallory", "mallory@example.org", mucserver.AffiliationNone)
	if err != nil {
		t.Fatal(err)
	}
	id := stream.until(t, "", `data-nick="Mallory"`)
	again := listen(t, b, roomURL(embeddedRoom)+"/events?last="+id)
	resident.Leave()
	stream.until(t, "change", `data-nick="Mallory" data-gone`)
	again.until(t, "change", `data-nick="Mallory" data-gone`)
	if again.resets != 0 {
		t.Error("the second stream started over, though nothing was missed")
	}
}

// A page has the list in it, and its stream does not send that again, but only what
// happened since. What the page lacks, it sends.
func TestListIsNotSentTwice(t *testing.T) {
	chat := newEmbedded(t)
	there := chat.room(t, embeddedRoom, "Bob", "Carol", "Dave")
	closed, err := chat.CreateRoom(secondRoom, mucserver.RoomConfig{MembersOnly: true, Persistent: true})
	if err != nil {
		t.Fatal(err)
	}
	here := chat.site(t)
	b := signIn(t, here)
	listen(t, b, roomURL(embeddedRoom)+"/events").until(t, "reset", `data-nick="Bob"`)
	listen(t, b, roomURL(closed.Address())+"/events").until(t, "reset", "")
	tests := []struct {
		name, path string
		between    func()
		want       int
		change     string // that the stream brings
	}{
		{"nothing happened", roomURL(embeddedRoom), func() {}, 0, ""},
		{"in another order", roomURL(embeddedRoom) + "?sort=-nick", func() {}, 0, ""},
		{"a filter that finds all", roomURL(embeddedRoom) + "?filter=o", func() {}, 0, ""},
		{"a filter that finds some", roomURL(embeddedRoom) + "?filter=carol", func() {}, 1, ""},
		{"a room that lets nobody in", roomURL(secondRoom), func() {}, 0, ""},
		{"somebody left", roomURL(embeddedRoom), there["Dave"].Leave, 0, `data-nick="Dave" data-gone`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			page := b.get(t, tt.path)
			if page.status != http.StatusOK {
				t.Fatalf("got %d", page.status)
			}
			tt.between()
			stream := listen(t, b, found(t, eventsAddress, page))
			if tt.change != "" {
				stream.until(t, "change", tt.change)
			}
			stream.until(t, "beat", "") // what was missed comes before it
			if stream.resets != tt.want {
				t.Errorf("the stream brought the whole list %d times, want %d", stream.resets, tt.want)
			}
		})
	}
}

// listening is an open stream of events.
type listening struct {
	lines  *bufio.Scanner
	resets int
}

func listen(t testing.TB, b *browser, path string) *listening {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.here.url(path), nil)
	if err != nil {
		t.Fatal(err)
	}
	endless := b.Client
	endless.Timeout = 0
	response, err := endless.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	if got := response.Header.Get("Content-Type"); response.StatusCode != 200 || got != "text/event-stream" {
		t.Fatalf("got %d, %q", response.StatusCode, got)
	}
	return newListening(response.Body)
}

func newListening(stream io.Reader) *listening {
	lines := bufio.NewScanner(stream)
	lines.Buffer(nil, 16<<20)
	return &listening{lines: lines}
}

// until reads on to an event of the name whose data holds the text, and returns
// its id. Events of any name do if it is empty.
func (l *listening) until(t testing.TB, name, text string) (id string) {
	t.Helper()
	var event, data string
	for l.lines.Scan() {
		field, value, _ := strings.Cut(l.lines.Text(), ": ")
		switch field {
		case "event":
			event, data = value, ""
			if event == "reset" {
				l.resets++
			}
		case "id":
			id = value
		case "data":
			data += value + "\n"
		case "":
			if (name == "" || event == name) && strings.Contains(data, text) {
				return id
			}
		}
	}
	t.Fatalf("the stream ended before %s with %q: %v", name, text, l.lines.Err())
	return ""
}

// Events come at once however they are encoded, and the list of a large room
// compressed.
func TestEventsAreCompressed(t *testing.T) {
	chat := newEmbedded(t)
	residents := make([]string, 300)
	for i := range residents {
		residents[i] = fmt.Sprintf("resident %d", i)
	}
	chat.room(t, embeddedRoom, residents...)
	b := signIn(t, chat.site(t))
	sizes := make(map[string]int)
	for _, encoding := range []string{"", "gzip", "gzip;q=0", "br, identity"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.here.url(roomURL(embeddedRoom)+"/events"), nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Accept-Encoding", encoding) // which keeps Go's client from decoding
		response, err := b.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		want := ""
		if encoding == "gzip" {
			want = "gzip"
		}
		if got := response.Header.Get("Content-Encoding"); got != want || response.Header.Get("Vary") == "" {
			t.Fatalf("%q: the encoding is %q, want %q, varying with the request", encoding, got, want)
		}
		wire := &counting{r: response.Body}
		var decoded io.Reader = wire
		if want == "gzip" {
			if decoded, err = gzip.NewReader(wire); err != nil {
				t.Fatal(err)
			}
		}
		newListening(decoded).until(t, "", "resident 299") // while the stream goes on
		sizes[encoding] = wire.n
	}
	if sizes["gzip"] == 0 || sizes["gzip"]*3 > sizes[""] {
		t.Errorf("got %d bytes compressed and %d plain", sizes["gzip"], sizes[""])
	}
	t.Log(sizes)
}

// counting counts what is read.
type counting struct {
	r io.Reader
	n int
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}
