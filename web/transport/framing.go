package transport

import (
	"bytes"
	"net/http"
	"strings"

	"github.com/valyala/fasthttp"
)

// A fault is why a request that fasthttp took must not reach a handler.
type fault struct {
	status int
	text   string
}

// faultIn returns what is wrong with the head of a request, or nil. Servers that
// disagree on where a request ends can be made to take a part of one for another
// (RFC 9112 §11.2). A missing or second Host fasthttp refuses itself.
func faultIn(h *fasthttp.RequestHeader) *fault {
	var length, coding bool
	for line := range bytes.Lines(h.RawHeaders()) {
		name, _, _ := bytes.Cut(line, []byte(":"))
		switch {
		case len(bytes.TrimRight(line, "\r\n")) == 0: // behind the last
		case !isToken(name):
			return &fault{http.StatusBadRequest, "the name of a header is not valid"} // RFC 9112 §5
		case bytes.EqualFold(name, []byte(fasthttp.HeaderContentLength)):
			length = true
		case bytes.EqualFold(name, []byte(fasthttp.HeaderTransferEncoding)):
			coding = true
		}
	}
	switch protocol := string(h.Protocol()); {
	case protocol != "HTTP/1.1" && protocol != "HTTP/1.0":
		return &fault{http.StatusHTTPVersionNotSupported, "this server speaks HTTP/1.1"} // RFC 9110 §15.6.6
	case length && coding:
		return &fault{http.StatusBadRequest, "the request has both Content-Length and Transfer-Encoding"} // RFC 9112 §6.1
	case coding && h.ContentLength() != -1:
		return &fault{http.StatusBadRequest, "the request has a Transfer-Encoding other than chunked"} // RFC 9112 §6.1
	}
	return nil
}

// isToken reports whether a header may have the name (RFC 9110 §5.6.2). Of a line
// that continues the one before, which nobody may send any more (RFC 9112 §5.2),
// the name begins with a space.
func isToken(name []byte) bool {
	return len(name) > 0 && bytes.IndexFunc(name, func(r rune) bool {
		return r <= ' ' || r >= 0x7F || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	}) < 0
}

// RawHeader returns a header as it was sent, spaces at its end included, which
// HTTP does not count. It is empty without the header.
func RawHeader(h *fasthttp.RequestHeader, name string) string {
	for line := range bytes.Lines(h.RawHeaders()) {
		key, raw, found := bytes.Cut(line, []byte(":"))
		if !found || !bytes.EqualFold(key, []byte(name)) {
			continue
		}
		raw = bytes.TrimSuffix(bytes.TrimSuffix(raw, []byte("\n")), []byte("\r"))
		return string(bytes.TrimLeft(raw, " \t"))
	}
	return ""
}
