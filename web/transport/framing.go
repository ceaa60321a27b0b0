package transport

import (
	"bytes"

	"github.com/valyala/fasthttp"
)

// faultIn says why a request that fasthttp took must not reach a handler; empty
// if it may. Servers that disagree on where a request ends, or for whom it is,
// can be made to take a part of one for another (RFC 9112 §11.2).
func faultIn(h *fasthttp.RequestHeader) string {
	var length, coding, host bool
	for line := range bytes.Lines(h.RawHeaders()) {
		name, _, _ := bytes.Cut(line, []byte(":"))
		switch {
		case bytes.EqualFold(name, []byte(fasthttp.HeaderHost)):
			host = true
		case bytes.EqualFold(name, []byte(fasthttp.HeaderContentLength)):
			length = true
		case bytes.EqualFold(name, []byte(fasthttp.HeaderTransferEncoding)):
			coding = true
		}
	}
	switch {
	case length && coding:
		return "the request has both Content-Length and Transfer-Encoding" // RFC 9112 §6.1
	case coding && h.ContentLength() != -1:
		return "the request has a Transfer-Encoding other than chunked" // RFC 9112 §6.1
	case !host && h.IsHTTP11():
		return "the request has no Host" // RFC 9112 §3.2
	}
	return ""
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
