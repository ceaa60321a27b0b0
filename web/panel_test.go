package web_test

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/xmpp/mucserver"
)

const (
	operatorName     = "mod"
	operatorPassword = "correct horse"
)

// browser is a client with cookies that does not follow redirects.
type browser struct {
	here *site
	http.Client
}

func newBrowser(t testing.TB, here *site) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{here: here, Client: http.Client{
		Jar: jar, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// page is an answer to a browser.
type page struct {
	status   int
	location string
	body     string
	header   http.Header
}

func (b *browser) do(t testing.TB, method, path string, form url.Values, headers ...string) page {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, b.here.url(path), strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "text/html")
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := b.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return page{status: response.StatusCode, location: response.Header.Get("Location"), body: string(body), header: response.Header}
}

func (b *browser) get(t testing.TB, path string) page {
	t.Helper()
	return b.do(t, http.MethodGet, path, nil)
}

// signIn signs the operator in, whom it adds if need be.
func signIn(t testing.TB, here *site) *browser {
	t.Helper()
	if operators, err := here.store.Operators(t.Context()); err != nil {
		t.Fatal(err)
	} else if len(operators) == 0 {
		// Tests may disable one: the other is left.
		for _, name := range []string{operatorName, "matron"} {
			if _, err := here.store.AddOperator(t.Context(), name, operatorPassword, moderation.Everything()); err != nil {
				t.Fatal(err)
			}
		}
	}
	b := newBrowser(t, here)
	got := b.do(t, http.MethodPost, "/login", url.Values{"username": {operatorName}, "password": {operatorPassword}})
	if got.status != http.StatusSeeOther || got.location != "/rooms" {
		t.Fatalf("sign-in: got %d to %q", got.status, got.location)
	}
	return b
}

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// csrf returns a token from a page.
func (b *browser) csrf(t testing.TB) string {
	t.Helper()
	found := csrfField.FindStringSubmatch(b.get(t, "/account").body)
	if found == nil {
		t.Fatal("no CSRF token on the page")
	}
	return found[1]
}

func roomURL(address string) string { return "/rooms/" + url.PathEscape(address) }

func TestSignedOutSeesNothing(t *testing.T) {
	chat := newEmbedded(t)
	here := chat.site(t)
	b := newBrowser(t, here)
	for _, path := range []string{"/rooms", roomURL(embeddedRoom), "/audit", "/audit.csv", "/audit.jsonl", "/account", "/account/factor", "/account/factor/qr.png", "/operators", "/events", roomURL(embeddedRoom) + "/events", "/rooms/counts"} {
		if got := b.get(t, path); got.status != http.StatusSeeOther || !strings.HasPrefix(got.location, "/login") {
			t.Errorf("%s: got %d to %q, want the sign-in page", path, got.status, got.location)
		}
		if got := b.do(t, http.MethodHead, path, nil, "Accept", "*/*"); got.status != http.StatusUnauthorized {
			t.Errorf("HEAD %s: got %d, want 401", path, got.status)
		}
	}
	for _, path := range []string{"/logout", "/operators/add", "/operators/grant", "/operators/disable", "/operators/enable", "/operators/sign-out", "/operators/reset-factor", "/account/factor", "/account/factor/confirm", "/account/factor/recovery", "/account/factor/remove", "/operators/remove", "/operators/tokens/add", "/operators/tokens/revoke", "/rooms/open", "/rooms/forget", "/account/password", "/account/sessions/end", "/account/sessions/end-others", roomURL(embeddedRoom) + "/kick", "/muc_kick"} {
		if got := b.do(t, http.MethodPost, path, nil); got.status != http.StatusUnauthorized {
			t.Errorf("POST %s: got %d, want 401", path, got.status)
		}
	}
}

func TestPanelKick(t *testing.T) {
	chat := newEmbedded(t)
	residents := chat.room(t, embeddedRoom, "Bob", "Carol", "<script>")
	here := chat.site(t)
	b := signIn(t, here)
	form := func(nick string) url.Values {
		return url.Values{"muc": {embeddedRoom}, "nickname": {nick}, "reason": {"spam"}, "csrf": {b.csrf(t)}}
	}

	got := b.do(t, http.MethodPost, "/muc_kick", form("Bob"), "Muckick-Fragment", "kick")
	if got.status != 200 || !strings.Contains(got.body, `data-outcome="done"`) {
		t.Errorf("fragment: got %d %s", got.status, got.body)
	}
	<-residents["Bob"].Gone()

	got = b.do(t, http.MethodPost, "/muc_kick", form("<script>"))
	if got.status != http.StatusSeeOther || got.location != roomURL(embeddedRoom) {
		t.Fatalf("form: got %d to %q", got.status, got.location)
	}
	<-residents["<script>"].Gone()
	if body := b.get(t, got.location).body; !strings.Contains(body, "&lt;script&gt;") || !strings.Contains(body, "Kicked") {
		t.Error("the next page does not say what became of the kick")
	}
	if body := b.get(t, got.location).body; strings.Contains(body, "Kicked") {
		t.Error("the message is shown twice")
	}
	attempt := trail(t, here)[0]
	if got, want := attempt.Actor, (store.Actor{Kind: store.ByOperator, Name: operatorName, ID: attempt.Actor.ID}); got != want || got.ID == "" {
		t.Errorf("got actor %v, want %v", attempt.Actor, want)
	}

	got = b.do(t, http.MethodPost, "/muc_kick", form("Nobody"), "Muckick-Fragment", "kick")
	if !strings.Contains(got.body, `data-outcome="gone"`) {
		t.Errorf("absent nick: got %s", got.body)
	}
	malformed := form("Carol")
	malformed.Set("muc", "@@")
	got = b.do(t, http.MethodPost, "/muc_kick", malformed, "Muckick-Fragment", "kick")
	if got.status != 400 || !strings.Contains(got.body, `data-outcome="not sent"`) {
		t.Errorf("malformed room: got %d %s", got.status, got.body)
	}
}

// A form of another site does nothing, whatever cookies come along.
func TestForgery(t *testing.T) {
	chat := newEmbedded(t)
	chat.room(t, embeddedRoom, "Bob")
	here := chat.site(t)
	b := signIn(t, here)
	tests := []struct {
		name    string
		csrf    func() string
		headers []string
	}{
		{"no token", func() string { return "" }, nil},
		{"wrong token", func() string {
			token := b.csrf(t) // which is another on each page, and may begin with any character
			if token[0] == 'x' {
				return "y" + token[1:]
			}
			return "x" + token[1:]
		}, nil},
		{"cut token", func() string { return b.csrf(t)[:20] }, nil},
		{"another site", func() string { return b.csrf(t) }, []string{"Sec-Fetch-Site", "cross-site"}},
		{"a neighbour", func() string { return b.csrf(t) }, []string{"Sec-Fetch-Site", "same-site"}},
		{"old browser, another origin", func() string { return b.csrf(t) }, []string{"Sec-Fetch-Site", "", "Origin", "https://evil.example"}},
		{"opaque origin", func() string { return b.csrf(t) }, []string{"Sec-Fetch-Site", "", "Origin", "null"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, path := range []string{"/muc_kick", "/logout", "/account/sessions/end-others", "/account/password"} {
				form := url.Values{"muc": {embeddedRoom}, "nickname": {"Bob"}, "csrf": {tt.csrf()}}
				if got := b.do(t, http.MethodPost, path, form, tt.headers...); got.status != http.StatusForbidden {
					t.Errorf("%s: got %d, want 403", path, got.status)
				}
			}
		})
	}
	if len(trail(t, here)) != 0 {
		t.Error("somebody was kicked")
	}
	if got := b.get(t, "/rooms"); got.status != 200 {
		t.Errorf("signed out: got %d", got.status)
	}
}

// A stolen cookie is useless after logout, a new password, and disabling; a
// changed one is a stranger's.
func TestStolenCookie(t *testing.T) {
	here := newEmbedded(t).site(t)
	tests := []struct {
		name string
		end  func(t *testing.T, b *browser)
	}{
		{"logout", func(t *testing.T, b *browser) {
			b.do(t, http.MethodPost, "/logout", url.Values{"csrf": {b.csrf(t)}})
		}},
		{"new password", func(t *testing.T, b *browser) {
			form := url.Values{"csrf": {b.csrf(t)}, "current": {operatorPassword}, "password": {operatorPassword}, "repeat": {operatorPassword}}
			if got := b.do(t, http.MethodPost, "/account/password", form); got.status != http.StatusSeeOther {
				t.Fatalf("got %d %s", got.status, got.body)
			}
			if got := b.get(t, "/account"); got.status != 200 {
				t.Errorf("whoever changed the password was signed out: %d", got.status)
			}
		}},
		{"signed out elsewhere", func(t *testing.T, _ *browser) {
			other := signIn(t, here)
			other.do(t, http.MethodPost, "/account/sessions/end-others", url.Values{"csrf": {other.csrf(t)}})
		}},
		{"disabled", func(t *testing.T, _ *browser) {
			if err := here.store.SetDisabled(t.Context(), operatorName, true); err != nil {
				t.Fatal(err)
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := signIn(t, here)
			address, err := url.Parse(here.url("/"))
			if err != nil {
				t.Fatal(err)
			}
			thief := newBrowser(t, here)
			thief.Jar.SetCookies(address, b.Jar.Cookies(address))
			if got := thief.get(t, "/rooms"); got.status != 200 {
				t.Fatalf("before: got %d, want 200", got.status)
			}
			tt.end(t, b)
			if got := thief.get(t, "/rooms"); got.status != http.StatusSeeOther {
				t.Errorf("after: got %d, want a way to the sign-in page", got.status)
			}
		})
	}
}

func TestChangedCookie(t *testing.T) {
	here := newEmbedded(t).site(t)
	b := signIn(t, here)
	address, err := url.Parse(here.url("/"))
	if err != nil {
		t.Fatal(err)
	}
	cookie := b.Jar.Cookies(address)[0]
	for i := range cookie.Value {
		changed := []byte(cookie.Value)
		changed[i] ^= 1
		stranger := newBrowser(t, here)
		got := stranger.do(t, http.MethodGet, "/account", nil, "Cookie", cookie.Name+"="+string(changed))
		if got.status == 200 {
			t.Errorf("byte %d changed: still signed in", i)
		}
	}
}

func TestLoginRefused(t *testing.T) {
	here := newEmbedded(t).site(t)
	signIn(t, here)
	wrong := func(name string) page {
		return newBrowser(t, here).do(t, http.MethodPost, "/login", url.Values{"username": {name}, "password": {"wrong password"}})
	}
	known, unknown := wrong(operatorName), wrong("nobody")
	if known.status != 401 || unknown.status != 401 || strings.ReplaceAll(known.body, `"`+operatorName+`"`, `"nobody"`) != unknown.body {
		t.Error("the answers for a known and an unknown operator differ")
	}
	var last page
	for range 6 {
		last = wrong(operatorName)
	}
	if last.status != http.StatusTooManyRequests || last.header.Get("Retry-After") == "" {
		t.Errorf("got %d after many attempts, want 429 with a time", last.status)
	}
	for _, next := range []string{"//evil.example", "https://evil.example", `/\evil.example`, "javascript:alert(1)"} {
		b := newBrowser(t, here)
		got := b.do(t, http.MethodPost, "/login", url.Values{"username": {"second"}, "password": {operatorPassword}, "next": {next}})
		if got.status == http.StatusSeeOther && got.location != "/rooms" {
			t.Errorf("next %q leads to %q", next, got.location)
		}
	}
}

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
