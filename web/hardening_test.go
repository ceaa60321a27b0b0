package web_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"muckick/web"
	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/web/store/storetest"
	"muckick/xmpp"
)

// send posts a body with the headers, of which each is a pair.
func send(t testing.TB, client *http.Client, address string, body []byte, headers ...string) page {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Add(headers[i], headers[i+1])
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return page{status: response.StatusCode, location: response.Header.Get("Location"), body: string(text), header: response.Header}
}

// compressed returns the text as a coding of HTTP has it.
func compressed(t testing.TB, coding, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	switch coding {
	case "gzip":
		w = gzip.NewWriter(&out)
	case "deflate":
		w = zlib.NewWriter(&out) // RFC 9110 §8.4.1.2
	default:
		t.Fatalf("no such coding: %s", coding)
	}
	_, err := io.WriteString(w, text)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// multipartForm returns a form as multipart/form-data, and its type.
func multipartForm(t testing.TB, fields url.Values) (text, contentType string) {
	t.Helper()
	var out strings.Builder
	w := multipart.NewWriter(&out)
	for name := range fields {
		if err := w.WriteField(name, fields.Get(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String(), w.FormDataContentType()
}

// A compressed body is refused and never inflated. Those of gzip and deflate would
// have had their effect if they were.
func TestCompressedBodies(t *testing.T) {
	chat := newEmbedded(t)
	chat.room(t, embeddedRoom, "Bob")
	here := chat.site(t)
	b := signIn(t, here)
	stranger := newBrowser(t, here)

	const formType = "application/x-www-form-urlencoded"
	login := url.Values{"username": {operatorName}, "password": {operatorPassword}}
	loginText, loginType := multipartForm(t, login)
	kick := url.Values{"muc": {embeddedRoom}, "nickname": {"Bob"}, "csrf": {b.csrf(t)}}
	kickText, kickType := multipartForm(t, kick)
	kickJSON := kickBody(t, embeddedRoom, "Bob", "")
	padding := strings.Repeat(" ", 1<<20)

	tests := []struct {
		name   string
		client *browser
		path   string
		body   []byte
		want   int
		header []string
	}{
		{"sign-in, multipart", stranger, "/login", compressed(t, "gzip", loginText+padding), 415,
			[]string{"Content-Type", loginType, "Content-Encoding", "gzip"}},
		{"sign-in, form", stranger, "/login", compressed(t, "gzip", login.Encode()), 415,
			[]string{"Content-Type", formType, "Content-Encoding", "gzip"}},
		{"sign-in, coding in capitals", stranger, "/login", compressed(t, "gzip", loginText), 415,
			[]string{"Content-Type", loginType, "Content-Encoding", "GZIP"}},
		{"program, gzip", stranger, "/muc_kick", compressed(t, "gzip", kickJSON+padding), 415,
			[]string{"Authorization", header, "Content-Encoding", "gzip"}},
		{"program, brotli", stranger, "/muc_kick", []byte(kickJSON), 415,
			[]string{"Authorization", header, "Content-Encoding", "br"}},
		{"program, deflate", stranger, "/muc_kick", compressed(t, "deflate", kickJSON+padding), 415,
			[]string{"Authorization", header, "Content-Encoding", "deflate"}},
		{"program, list", stranger, "/muc_kick", compressed(t, "gzip", kickJSON), 415,
			[]string{"Authorization", header, "Content-Encoding", "identity, gzip"}},
		{"program, two lines", stranger, "/muc_kick", compressed(t, "gzip", kickJSON), 415,
			[]string{"Authorization", header, "Content-Encoding", "identity", "Content-Encoding", "gzip"}},
		{"program, multipart", stranger, "/muc_kick", compressed(t, "gzip", kickText), 415,
			[]string{"Authorization", header, "Content-Type", kickType, "Content-Encoding", "gzip"}},
		{"program, unauthorized", stranger, "/muc_kick", compressed(t, "gzip", kickJSON), 401,
			[]string{"Authorization", "Basic x", "Content-Encoding", "gzip"}},
		{"nobody, multipart", newBrowser(t, here), "/muc_kick", compressed(t, "gzip", kickText+padding), 401,
			[]string{"Content-Type", kickType, "Content-Encoding", "gzip"}},
		{"nobody, error as a fragment", newBrowser(t, here), "/muc_kick", compressed(t, "gzip", kickText+padding), 401,
			[]string{"Content-Type", kickType, "Content-Encoding", "gzip", "Accept", "text/html", "Muckick-Fragment", "kick"}},
		{"another spelling of the path", stranger, "/MUC_kick/", compressed(t, "gzip", kickText), 415,
			[]string{"Content-Type", kickType, "Content-Encoding", "gzip", "Accept", "text/html", "Muckick-Fragment", "kick"}},
		{"operator, multipart", b, "/muc_kick", compressed(t, "gzip", kickText), 415,
			[]string{"Content-Type", kickType, "Content-Encoding", "gzip", "Sec-Fetch-Site", "same-origin"}},
		{"operator, another page", b, "/logout", compressed(t, "gzip", kickText), 415,
			[]string{"Content-Type", kickType, "Content-Encoding", "gzip", "Sec-Fetch-Site", "same-origin"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := send(t, &tt.client.Client, here.url(tt.path), tt.body, tt.header...)
			if got.status != tt.want {
				t.Errorf("got %d to %q %.200s, want %d", got.status, got.location, got.body, tt.want)
			}
			if strings.Contains(got.body, "Bob") {
				t.Errorf("the answer repeats what was compressed: %s", got.body)
			}
			if accepts := got.header.Get("Accept-Encoding"); got.status == 415 && accepts != "identity" {
				t.Errorf("got Accept-Encoding %q, want identity", accepts)
			}
		})
	}
	if got := trail(t, here); len(got) != 0 {
		t.Errorf("got %+v, want no kick", got)
	}
	got := send(t, &stranger.Client, here.url("/muc_kick"), []byte(kickJSON), "Authorization", header, "Content-Encoding", "Identity")
	if got.status != 200 {
		t.Errorf("not compressed: got %d %s, want 200", got.status, got.body)
	}
}

// The Content-Type of a kick is not looked at, even if it promises a form.
func TestKickWithTypeOfForm(t *testing.T) {
	chat := newEmbedded(t)
	chat.room(t, embeddedRoom, "Bob")
	here := chat.site(t)
	b := newBrowser(t, here)
	const contentType = "multipart/form-data; boundary=x"
	body := []byte(kickBody(t, embeddedRoom, "Bob", ""))
	if got := send(t, &b.Client, here.url("/muc_kick"), body, "Content-Type", contentType); got.status != 401 {
		t.Errorf("unauthorized: got %d %s, want 401", got.status, got.body)
	}
	if got := send(t, &b.Client, here.url("/muc_kick"), body, "Content-Type", contentType, "Authorization", header); got.status != 200 {
		t.Errorf("got %d %s, want 200", got.status, got.body)
	}
}

// A spy is a chat side of which single answers are replaced.
type spy struct {
	web.Chat
	kick     func(ctx context.Context) error
	roomInfo func(ctx context.Context) (xmpp.RoomInfo, error)
}

func (s *spy) DoRecorded(ctx context.Context, action xmpp.Action, record func(xmpp.Result) error) (xmpp.Result, error) {
	if s.kick == nil {
		return s.Chat.DoRecorded(ctx, action, record)
	}
	return xmpp.Result{}, s.kick(ctx)
}

func (s *spy) RoomInfo(ctx context.Context, room xmpp.RoomJID) (xmpp.RoomInfo, error) {
	if s.roomInfo == nil {
		return s.Chat.RoomInfo(ctx, room)
	}
	return s.roomInfo(ctx)
}

// An answer that nobody understands is no fault of ours, and nobody was kicked.
func TestKickWithBadAnswer(t *testing.T) {
	here := newEmbedded(t).site(t, func(o *web.Options) {
		o.Chat = &spy{Chat: o.Chat, kick: func(context.Context) error {
			return &xmpp.ProtocolError{From: "chat.example.org", Err: errors.New("no query")}
		}}
	})
	status, text, headers := post(t, here, header, kickBody(t, embeddedRoom, "Bob", ""))
	if status != 503 || !strings.Contains(text, "not kicked: bad answer from chat.example.org") || headers.Get("Retry-After") == "" {
		t.Errorf("got %d %s, want 503 not kicked", status, text)
	}
}

// Operators hear what became of a kick even if its time is over.
func TestPanelKickOutOfTime(t *testing.T) {
	here := newEmbedded(t).site(t, func(o *web.Options) {
		o.KickTimeout = 100 * time.Millisecond
		o.Chat = &spy{Chat: o.Chat, kick: func(ctx context.Context) error {
			<-ctx.Done()
			return xmpp.ErrUnknown
		}}
	})
	b := signIn(t, here)
	form := url.Values{"muc": {embeddedRoom}, "nickname": {"Bob"}, "csrf": {b.csrf(t)}}
	got := b.do(t, http.MethodPost, "/muc_kick", form, "Muckick-Fragment", "kick")
	if got.status != 200 || !strings.Contains(got.body, `data-outcome="unknown"`) {
		t.Errorf("got %d %s, want the outcome", got.status, got.body)
	}
}

// Whatever a page asks for has to answer in time, and the page that says that
// it did not is shown.
func TestPagesHaveDeadlines(t *testing.T) {
	var left time.Duration
	here := newEmbedded(t).site(t, func(o *web.Options) {
		o.Chat = &spy{Chat: o.Chat, roomInfo: func(ctx context.Context) (xmpp.RoomInfo, error) {
			deadline, _ := ctx.Deadline()
			left = time.Until(deadline)
			return xmpp.RoomInfo{}, context.DeadlineExceeded
		}}
	})
	b := signIn(t, here)
	got := b.do(t, http.MethodPost, "/rooms/open", url.Values{"address": {embeddedRoom}, "csrf": {b.csrf(t)}})
	if got.status != 503 || !strings.Contains(got.body, "This took too long.") {
		t.Errorf("got %d %.300s, want 503 and a page", got.status, got.body)
	}
	if left <= 0 || left > 30*time.Second {
		t.Errorf("got %v left, want 30 s at most", left)
	}
}

// Who cannot be checked is told to come again, whatever they asked for.
func TestStoreCannotBeAsked(t *testing.T) {
	here := newEmbedded(t).site(t)
	secret, _, err := here.store.AddToken(t.Context(), store.NewToken{Name: "bot", CreatedBy: "test", Grants: moderation.KickEverywhere()})
	if err != nil {
		t.Fatal(err)
	}
	b := signIn(t, here)
	form := url.Values{"muc": {embeddedRoom}, "nickname": {"Bob"}, "csrf": {b.csrf(t)}}
	if err := here.store.Close(); err != nil {
		t.Fatal(err)
	}
	status, text, headers := post(t, here, "Bearer "+secret, kickBody(t, embeddedRoom, "Bob", ""))
	if status != 503 || !strings.Contains(text, "not kicked") || headers.Get("Retry-After") == "" {
		t.Errorf("token: got %d %s, want 503 not kicked", status, text)
	}
	login := url.Values{"username": {operatorName}, "password": {operatorPassword}}
	for name, got := range map[string]page{
		"page":    b.get(t, "/rooms"),
		"kick":    b.do(t, http.MethodPost, "/muc_kick", form),
		"sign-in": newBrowser(t, here).do(t, http.MethodPost, "/login", login),
	} {
		if got.status != 503 || got.header.Get("Retry-After") == "" || !strings.Contains(got.body, "cannot be checked") {
			t.Errorf("%s: got %d %.300s, want 503 with a time", name, got.status, got.body)
		}
	}
}

// A store that does not answer costs a kick its time and no more.
func TestHangingStore(t *testing.T) {
	database := storetest.Postgres(t)
	here := serveFrom(t, newEmbedded(t).connect(t), database, func(o *web.Options) { o.KickTimeout = 300 * time.Millisecond })
	secret, _, err := here.store.AddToken(t.Context(), store.NewToken{Name: "bot", CreatedBy: "test", Grants: moderation.KickEverywhere()})
	if err != nil {
		t.Fatal(err)
	}
	b := signIn(t, here)
	form := url.Values{"muc": {embeddedRoom}, "nickname": {"Bob"}, "csrf": {b.csrf(t)}}
	conn, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), "BEGIN; LOCK TABLE sessions, tokens"); err != nil {
		t.Fatal(err)
	}
	status, text, headers := post(t, here, "Bearer "+secret, kickBody(t, embeddedRoom, "Bob", ""))
	if status != 503 || !strings.Contains(text, "not kicked") || headers.Get("Retry-After") == "" {
		t.Errorf("token: got %d %s, want 503 not kicked", status, text)
	}
	if got := b.do(t, http.MethodPost, "/muc_kick", form, "Muckick-Fragment", "kick"); got.status != 503 || !strings.Contains(got.body, `data-outcome="not sent"`) {
		t.Errorf("operator: got %d %s, want 503", got.status, got.body)
	}
}

// A connection that had a stream has the deadline of its last write, so it
// carries nothing else.
func TestEventStreamsEndTheirConnection(t *testing.T) {
	chat := newEmbedded(t)
	chat.room(t, embeddedRoom, "Bob")
	b := signIn(t, chat.site(t))
	for _, path := range []string{"/events", roomURL(embeddedRoom) + "/events"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.here.url(path), nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := b.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if !response.Close {
			t.Errorf("%s: the connection stays open", path)
		}
	}
}

// The deadlines of connections do not go by a clock that was replaced.
func TestEventsWithAnotherClock(t *testing.T) {
	here := newEmbedded(t).site(t, func(o *web.Options) {
		o.Now = func() time.Time { return time.Now().Add(-time.Hour) }
	})
	listen(t, signIn(t, here), "/events").until(t, "beat", ".")
}

// Only ids of the form of ours are repeated in a stream.
func TestLastEventID(t *testing.T) {
	b := signIn(t, newEmbedded(t).site(t))
	tests := []struct{ name, last, want string }{
		{"ours", "ABCDEFG2-17", "ABCDEFG2-17"},
		{"none", "", ""},
		{"a word", "x", ""},
		{"long", strings.Repeat("A", 9) + "-1", ""},
		{"an event of its own", "ABCDEFG2-17\n\nevent: beat\nid: evil\ndata: .\n", ""},
		{"another line", "ABCDEFG2-17\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := listen(t, b, "/events?last="+url.QueryEscape(tt.last)).until(t, "beat", ".")
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// A lockedBuffer may be written while it is read.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// Strangers cannot fill the log with names.
func TestLongOperatorName(t *testing.T) {
	var log lockedBuffer
	here := newEmbedded(t).site(t, func(o *web.Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	form := url.Values{"username": {strings.Repeat("x", 8<<10)}, "password": {"wrong password"}}
	got := newBrowser(t, here).do(t, http.MethodPost, "/login", form)
	if got.status != 401 || strings.Contains(got.body, strings.Repeat("x", 65)) {
		t.Errorf("got %d and %d bytes, want 401 and the beginning of the name", got.status, len(got.body))
	}
	if text := log.String(); !strings.Contains(text, strings.Repeat("x", 64)) || strings.Contains(text, strings.Repeat("x", 65)) {
		t.Errorf("got %d bytes in the log, want the beginning of the name", len(text))
	}
}
