package web_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"muckick/web"
)

// secret stands in the head of every raw request and must not come back.
const secretHeader = "Authorization: Basic c2VjcmV0OnNlY3JldA==\r\n"

// wire is a raw connection.
type wire struct {
	net.Conn
	in *bufio.Reader
}

func dial(t *testing.T, here *site) *wire {
	t.Helper()
	conn, err := net.Dial("tcp", here.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(3 * patience)); err != nil {
		t.Fatal(err)
	}
	return &wire{Conn: conn, in: bufio.NewReader(conn)}
}

func (w *wire) send(t *testing.T, text string) {
	t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
}

// answer reads one answer and its body.
func (w *wire) answer(t *testing.T) (*http.Response, string) {
	t.Helper()
	response, err := http.ReadResponse(w.in, &http.Request{Method: http.MethodPost})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

// ended fails the test unless the server closed the connection in good order,
// with nothing behind the last answer.
func (w *wire) ended(t *testing.T) {
	t.Helper()
	if rest, err := io.ReadAll(w.in); err != nil || len(rest) > 0 {
		t.Errorf("got %q, %v behind the answer, want the end", rest, err)
	}
}

// What is no request of ours is refused in our words, which repeat nothing, and
// the connection ends.
func TestRawRefusals(t *testing.T) {
	here := newEmbedded(t).site(t)
	const begin = "POST /muc_kick HTTP/1.1\r\nHost: x\r\n" + secretHeader
	const smuggled = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
	tests := []struct {
		name, request string
		want          int
	}{
		{"negative length", begin + "Content-Length: -1\r\n\r\n", 400},
		{"length with a sign", begin + "Content-Length: +5\r\n\r\nhello", 400},
		{"length that is no number", begin + "Content-Length: 5x\r\n\r\nhello", 400},
		{"length in hexadecimal", begin + "Content-Length: 0x5\r\n\r\nhello", 400},
		{"list of lengths", begin + "Content-Length: 5, 5\r\n\r\nhello", 400},
		{"endless length", begin + "Content-Length: 99999999999999999999999\r\n\r\n", 400},
		{"empty length", begin + "Content-Length:\r\n\r\n", 400},
		{"conflicting lengths", begin + "Content-Length: 5\r\nContent-Length: 40\r\n\r\nhello" + smuggled, 400},
		{"length twice", begin + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400},
		{"length, then chunks", begin + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled, 400},
		{"chunks, then length", begin + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + smuggled, 400},
		{"chunks, and length in small letters", begin + "transfer-encoding: Chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n" + smuggled, 400},
		{"identity beside length", begin + "Transfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello", 400},
		{"identity", begin + "Transfer-Encoding: identity\r\n\r\n" + smuggled, 400},
		{"unknown coding", begin + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400},
		{"coding twice", begin + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", 400},
		{"coding behind a tab", begin + "Transfer-Encoding:\tx-chunked\r\n\r\n0\r\n\r\n", 400},
		{"space before the colon", begin + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400},
		{"chunks in HTTP/1.0", "POST /muc_kick HTTP/1.0\r\n" + secretHeader + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
		{"no host", "POST /muc_kick HTTP/1.1\r\n" + secretHeader + "Content-Length: 2\r\n\r\n{}", 400},
		{"no host, absolute address", "POST http://x/muc_kick HTTP/1.1\r\n" + secretHeader + "Content-Length: 2\r\n\r\n{}", 400},
		{"two hosts", "POST /muc_kick HTTP/1.1\r\nHost: x\r\nHost: y\r\n" + secretHeader + "Content-Length: 2\r\n\r\n{}", 400},
		{"no version", "POST /muc_kick\r\n" + secretHeader + "\r\n", 400},
		{"no HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + secretHeader + "\r\n\r\n", 400},
		{"header without a colon", begin + "nonsense\r\n\r\n", 400},
		{"header with a space in its name", begin + "Content Length: 5\r\n\r\n", 400},
		{"coding in a folded line", begin + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", 400},
		{"authorization in a folded line", "POST /muc_kick HTTP/1.1\r\nHost: x\r\nAuthorization: Basic\r\n c2VjcmV0OnNlY3JldA==\r\n\r\n", 400},
		{"HTTP/1.2", "POST /muc_kick HTTP/1.2\r\nHost: x\r\n" + secretHeader + "\r\n", 505},
		{"HTTP/2.0", "POST /muc_kick HTTP/2.0\r\n" + secretHeader + "\r\n", 505},
		{"control character in a header", begin + "X: a\x00b\r\n\r\n", 400},
		{"long head", begin + "X: " + strings.Repeat("x", 64<<10) + "\r\n\r\n", 431},
		{"long first line", "POST /" + strings.Repeat("x", 64<<10) + " HTTP/1.1\r\nHost: x\r\n" + secretHeader + "\r\n", 431},
		{"many headers", begin + strings.Repeat("X: y\r\n", 10_000) + "\r\n", 431},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := dial(t, here)
			w.send(t, tt.request)
			response, body := w.answer(t)
			if response.StatusCode != tt.want {
				t.Errorf("got %d %s, want %d", response.StatusCode, body, tt.want)
			}
			checkRefusal(t, response, body)
			w.ended(t)
		})
	}
}

// checkRefusal wants an error in our form: JSON, short, and nothing of the
// request in it.
func checkRefusal(t *testing.T, response *http.Response, body string) {
	t.Helper()
	var decoded map[string]string
	if err := json.Unmarshal([]byte(body), &decoded); err != nil || decoded["error"] == "" || len(body) > 200 {
		t.Errorf("got %q, want a short error", body)
	}
	if got := response.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("got type %q, want JSON", got)
	}
	for _, leak := range []string{"c2VjcmV0", "fasthttp", "buffer", "smuggled", "hello", "Cannot"} {
		if strings.Contains(body, leak) || strings.Contains(fmt.Sprint(response.Header), leak) {
			t.Errorf("%q is in the answer %v %s", leak, response.Header, body)
		}
	}
}

// What is nowhere is not there in our words, which repeat nothing.
func TestRawNowhere(t *testing.T) {
	here := newEmbedded(t).site(t)
	for _, target := range []string{"/smuggled", "/" + strings.Repeat("smuggled", 1000), "/MUC_KICK"} {
		w := dial(t, here)
		w.send(t, "POST "+target+" HTTP/1.1\r\nHost: x\r\n"+secretHeader+"Content-Length: 2\r\n\r\n{}")
		response, body := w.answer(t)
		if response.StatusCode != 404 {
			t.Errorf("%.20s: got %d %s, want 404", target, response.StatusCode, body)
		}
		checkRefusal(t, response, body)
	}
}

// Bad chunks show while a body is read, which happens for authorized callers
// alone.
func TestRawChunks(t *testing.T) {
	chat := newEmbedded(t)
	chat.room(t, embeddedRoom, "Bob")
	here := chat.site(t)
	begin := "POST /muc_kick HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nAuthorization: "
	kick := kickBody(t, embeddedRoom, "Bob", "")
	tests := []struct {
		name, header, chunks string
		want                 int
	}{
		{"no size", header, "x\r\nhello\r\n0\r\n\r\n", 400},
		{"negative size", header, "-1\r\nhello\r\n0\r\n\r\n", 400},
		{"endless size", header, "ffffffffffffffffffff\r\nhello", 400},
		{"no end of a chunk", header, "5\r\nhelloworld\r\n0\r\n\r\n", 400},
		{"too large", header, fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", 3<<20, strings.Repeat("x", 3<<20)), 413},
		{"stranger, no size", "Basic x", "x\r\nhello\r\n0\r\n\r\n", 401},
		{"stranger, too large", "Basic x", fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", 3<<20, strings.Repeat("x", 3<<20)), 401},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := dial(t, here)
			w.send(t, begin+tt.header+"\r\n\r\n"+tt.chunks)
			response, body := w.answer(t)
			if response.StatusCode != tt.want {
				t.Errorf("got %d %s, want %d", response.StatusCode, body, tt.want)
			}
			checkRefusal(t, response, body)
			w.ended(t)
		})
	}
	w := dial(t, here)
	w.send(t, begin+header+"\r\n\r\n")
	for _, part := range []string{kick[:7], kick[7:8], kick[8:]} {
		w.send(t, fmt.Sprintf("%x\r\n%s\r\n", len(part), part))
	}
	w.send(t, "0\r\n\r\n")
	if response, body := w.answer(t); response.StatusCode != 200 {
		t.Errorf("good chunks: got %d %s, want 200", response.StatusCode, body)
	}
	w.send(t, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
	if response, body := w.answer(t); response.StatusCode != 200 {
		t.Errorf("the next request: got %d %s, want 200", response.StatusCode, body)
	}
}

// A method that nobody knows is one that is not allowed.
func TestRawMethods(t *testing.T) {
	here := newEmbedded(t).site(t)
	for _, method := range []string{"BREW", "post", "PROPFIND", "PRI", "DELETE", strings.Repeat("X", 200)} {
		w := dial(t, here)
		w.send(t, method+" /muc_kick HTTP/1.1\r\nHost: x\r\n"+secretHeader+"Content-Length: 2\r\n\r\n{}")
		response, body := w.answer(t)
		if response.StatusCode != 405 || response.Header.Get("Allow") != "POST" {
			t.Errorf("%s: got %d, Allow %q, want 405, POST", method, response.StatusCode, response.Header.Get("Allow"))
		}
		checkRefusal(t, response, body)
	}
}

// Whoever sends too much gets to read that it is too much, and a stranger that
// they are one; neither hears it from a connection that is reset.
func TestRawLargeBodies(t *testing.T) {
	here := newEmbedded(t).site(t)
	tests := []struct {
		name, path, header string
		size, want         int
	}{
		{"program", "/muc_kick", header, 3 << 20, 413},
		{"program, just too large", "/muc_kick", header, 1<<20 + 1, 413},
		{"stranger", "/muc_kick", "Basic x", 3 << 20, 401},
		{"sign-in", "/login", "", 3 << 20, 413},
		{"nothing there", "/nothing", header, 3 << 20, 404},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := dial(t, here)
			head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n", tt.path, tt.size)
			if tt.header != "" {
				head += "Authorization: " + tt.header + "\r\n"
			}
			w.send(t, head+"\r\n"+strings.Repeat("x", tt.size))
			response, body := w.answer(t)
			if response.StatusCode != tt.want {
				t.Errorf("got %d %s, want %d", response.StatusCode, body, tt.want)
			}
			checkRefusal(t, response, body)
			w.ended(t)
		})
	}
}

// A body that ends too early does nothing, even if what came makes sense.
func TestRawShortBody(t *testing.T) {
	chat := newEmbedded(t)
	chat.room(t, embeddedRoom, "Bob")
	here := chat.site(t)
	kick := kickBody(t, embeddedRoom, "Bob", "")
	for _, missing := range []int{1, 100_000} {
		w := dial(t, here)
		w.send(t, fmt.Sprintf("POST /muc_kick HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\nContent-Length: %d\r\n\r\n%s", header, len(kick)+missing, kick))
		if err := w.Conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if response, body := w.answer(t); response.StatusCode != 400 {
			t.Errorf("%d bytes missing: got %d %s, want 400", missing, response.StatusCode, body)
		}
	}
	if got := trail(t, here); len(got) != 0 {
		t.Errorf("got %+v, want no kick", got)
	}
}

// Requests that are sent before the answers are answered in order, whatever
// becomes of their bodies.
func TestRawPipeline(t *testing.T) {
	here := newEmbedded(t).site(t)
	w := dial(t, here)
	refused := "POST /muc_kick HTTP/1.1\r\nHost: x\r\nAuthorization: Basic x\r\nContent-Length: 40000\r\n\r\n" + strings.Repeat("x", 40_000)
	alive := "GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
	w.send(t, refused+alive+refused+alive)
	for _, want := range []int{401, 200, 401, 200} {
		if response, body := w.answer(t); response.StatusCode != want {
			t.Fatalf("got %d %s, want %d", response.StatusCode, body, want)
		}
	}
}

// A head that does not come is not waited for.
func TestRawSlowHead(t *testing.T) {
	here := newEmbedded(t).site(t, func(o *web.Options) { o.HeadTimeout = 100 * time.Millisecond })
	w := dial(t, here)
	w.send(t, "POST /muc_kick HTTP/1.1\r\nHost: x\r\n"+secretHeader)
	response, body := w.answer(t)
	if response.StatusCode != 408 {
		t.Errorf("got %d %s, want 408", response.StatusCode, body)
	}
	checkRefusal(t, response, body)
	w.ended(t)
}

// Nor is a body, however its head came.
func TestRawSlowBody(t *testing.T) {
	here := newEmbedded(t).site(t, func(o *web.Options) { o.BodyTimeout = 100 * time.Millisecond })
	for _, body := range []string{"{", ""} {
		w := dial(t, here)
		w.send(t, "POST /muc_kick HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\nAuthorization: "+header+"\r\n\r\n"+body)
		response, text := w.answer(t)
		if response.StatusCode != 408 {
			t.Errorf("got %d %s, want 408", response.StatusCode, text)
		}
		checkRefusal(t, response, text)
		w.ended(t)
	}
}
