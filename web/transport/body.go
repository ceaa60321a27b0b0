package transport

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"

	"github.com/valyala/fasthttp"
)

// What can be wrong with a body.
var (
	// ErrBodyTooLarge says that a body has more bytes than it may.
	ErrBodyTooLarge = errors.New("the body is too large")

	// ErrBodyTimeout says that a body took too long to come.
	ErrBodyTimeout = errors.New("the body took too long to come")

	// ErrBodyBroken says that a body ended too early or has bad chunks.
	ErrBodyBroken = errors.New("the body is broken")
)

// promised is how much memory the mere Content-Length of a body is worth.
const promised = 16 << 10

// unreadKept is how much of a body fasthttp may read to its end, so that the
// connection carries another request.
const unreadKept = 64 << 10

// A body waits on the connection until somebody wants it.
type body struct {
	stream io.Reader // nil without a body
	length int       // by Content-Length; -1 for chunks
	taken  int
	ended  bool

	// withheld says that nobody reads it: see withhold.
	withheld bool
}

type bodyKey struct{}

// withhold makes fasthttp hand over a request without its body, of which it would
// wait for the first byte, or which it would ask for with "100 Continue". What was
// sent of it lies where the next request would begin: so the connection ends with
// the answer.
func withhold(h *fasthttp.RequestHeader) {
	h.Del(fasthttp.HeaderExpect)
	if h.ContentLength() > 0 { // of chunks it reads nothing by itself
		h.SetContentLength(0)
	}
}

// withheldLength returns how long a body is that was withheld.
func withheldLength(h *fasthttp.RequestHeader) (length int, withheld bool) {
	if h.ContentLength() != 0 {
		return 0, false
	}
	length, err := strconv.Atoi(strings.TrimSpace(RawHeader(h, fasthttp.HeaderContentLength)))
	return length, err == nil && length > 0
}

// detach takes the body off the request, which from then on has an empty one.
func detach(ctx *fasthttp.RequestCtx) *body {
	b := &body{stream: ctx.RequestBodyStream(), length: ctx.Request.Header.ContentLength()}
	if declared, withheld := withheldLength(&ctx.Request.Header); withheld {
		b.withheld, b.length = true, declared
	}
	if b.stream != nil {
		ctx.Request.ResetBody()
	}
	ctx.SetUserValue(bodyKey{}, b)
	return b
}

// Read counts what comes.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.stream.Read(p)
	b.taken += n
	b.ended = b.ended || errors.Is(err, io.EOF)
	return n, err
}

// left reports whether more is unread than is worth reading.
func (b *body) left() bool {
	if b.withheld {
		return true
	}
	if b.stream == nil || b.ended {
		return false
	}
	return b.length < 0 || b.length-b.taken > unreadKept
}

// ReadBody reads the body of a request, which has at most limit bytes, and puts
// it where forms are read from. It takes memory as the bytes come, not as they
// are promised. The error matches ErrBodyTooLarge, ErrBodyTimeout or
// ErrBodyBroken. A request has no body until it was read, and one only once.
func ReadBody(ctx *fasthttp.RequestCtx, limit int) ([]byte, error) {
	b, _ := ctx.UserValue(bodyKey{}).(*body)
	if b == nil || !b.withheld && (b.stream == nil || b.ended) {
		return ctx.Request.Body(), nil
	}
	if b.length > limit {
		return nil, ErrBodyTooLarge
	}
	if b.withheld {
		return nil, fmt.Errorf("%w: it was not to be read", ErrBodyBroken)
	}
	data, err := b.read(limit)
	var timeout net.Error
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		return nil, fmt.Errorf("%w: %w", ErrBodyTimeout, err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrBodyBroken, err)
	case len(data) > limit:
		return nil, ErrBodyTooLarge
	}
	ctx.Request.SetBodyRaw(data)
	return data, nil
}

// read returns limit+1 bytes of a body that has more than limit.
func (b *body) read(limit int) ([]byte, error) {
	if 0 <= b.length && b.length <= promised {
		data := make([]byte, b.length)
		_, err := io.ReadFull(b, data)
		b.ended = b.ended || err == nil
		return data, err
	}
	data, err := io.ReadAll(io.LimitReader(b, int64(limit)+1))
	if err == nil && b.length >= 0 && len(data) < b.length { // fasthttp takes an early end for the end
		err = io.ErrUnexpectedEOF
	}
	return data, err
}
