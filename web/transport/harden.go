package transport

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/valyala/fasthttp"
)

// Options say how a server treats strangers. All fields are required.
type Options struct {
	Head time.Duration // how long the head of a request may take to come
	Body time.Duration // how long its body may take after that

	// Methods are those that the handler knows. A request with another one
	// reaches it with the method Unknown, which it knows and does not serve.
	Methods []string
	Unknown string

	// Unread reports whether no handler reads the body of a request, by its head alone.
	// Then the handler is asked before any of the body comes. It is asked itself where
	// the body is large, or the client waits for leave to send it.
	Unread func(Head) bool

	// Refused is called for each request that reaches no handler.
	Refused func(status int)

	// Panicked is called with what a handler panicked with, and its stack.
	Panicked func(value any, stack []byte)
}

// Harden makes a server answer in our words whatever no handler is asked for,
// keep bodies from the handlers until they call [ReadBody], and survive their
// panics. Call it when the server's handler is set, before it serves.
func Harden(s *fasthttp.Server, o Options) {
	g := &gate{options: o, next: s.Handler}
	s.Handler = g.handle
	s.ErrorHandler = g.handleParseError
	s.StreamRequestBody = true
	// How much fasthttp reads of a body before the handler decides.
	s.MaxRequestBodySize = 1
	s.DisablePreParseMultipartForm = true
	s.SecureErrorLogMessage = true
	s.ReadTimeout = o.Head
	s.HeaderReceived = func(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
		if (h.ContentLength() > unreadKept || len(h.Peek(fasthttp.HeaderExpect)) > 0) && o.Unread(headOf(h)) {
			withhold(h)
		}
		return fasthttp.RequestConfig{ReadTimeout: o.Body}
	}
}

// A Head is what the head of a request says of who sends it, and how much.
type Head struct {
	Path          string
	Length        int    // of the body; -1 for chunks
	Authorization string // as it was sent, see [RawHeader]
	Cookies       bool   // there are some
}

func headOf(h *fasthttp.RequestHeader) Head {
	path, _, _ := strings.Cut(string(h.RequestURI()), "?")
	return Head{
		Path: path, Length: h.ContentLength(), Authorization: RawHeader(h, fasthttp.HeaderAuthorization),
		Cookies: len(h.Peek(fasthttp.HeaderCookie)) > 0,
	}
}

// A gate stands before the handler.
type gate struct {
	options Options
	next    fasthttp.RequestHandler
}

func (g *gate) handle(ctx *fasthttp.RequestCtx) {
	body := detach(ctx)
	g.dispatch(ctx)
	if body.left() {
		ctx.SetConnectionClose()
		lingerAfter(ctx)
	}
}

func (g *gate) dispatch(ctx *fasthttp.RequestCtx) {
	defer func() {
		if value := recover(); value != nil {
			g.options.Panicked(value, debug.Stack())
			answer(ctx, http.StatusInternalServerError, "internal error")
		}
	}()
	if fault := faultIn(&ctx.Request.Header); fault != nil {
		g.refuse(ctx, fault.status, fault.text)
		return
	}
	if !slices.Contains(g.options.Methods, string(ctx.Method())) {
		ctx.Request.Header.SetMethod(g.options.Unknown)
	}
	g.next(ctx)
}

// handleParseError answers a request that fasthttp could not read. The error
// repeats parts of it, so nothing of the error is sent.
func (g *gate) handleParseError(ctx *fasthttp.RequestCtx, err error) {
	var timeout net.Error
	switch {
	case errors.As(err, new(*fasthttp.ErrSmallBuffer)):
		g.refuse(ctx, http.StatusRequestHeaderFieldsTooLarge, "the head of the request is too large")
	case errors.As(err, &timeout) && timeout.Timeout():
		g.refuse(ctx, http.StatusRequestTimeout, "the request took too long to come")
	case errors.Is(err, fasthttp.ErrDuplicateContentLength):
		g.refuse(ctx, http.StatusBadRequest, "the request has more than one Content-Length")
	default:
		g.refuse(ctx, http.StatusBadRequest, "this is no valid HTTP request")
	}
}

// refuse answers and ends the connection: where the next request begins is not
// known.
func (g *gate) refuse(ctx *fasthttp.RequestCtx, status int, text string) {
	g.options.Refused(status)
	answer(ctx, status, text)
	ctx.SetConnectionClose()
	lingerAfter(ctx)
}

func answer(ctx *fasthttp.RequestCtx, status int, text string) {
	text = quoted(text)
	ctx.Response.Reset()
	ctx.Response.Header.SetNoDefaultContentType(true)
	ctx.SetStatusCode(status)
	ctx.Response.Header.SetContentType("application/json")
	ctx.Response.Header.Set(fasthttp.HeaderCacheControl, "no-store")
	ctx.SetBodyString(`{"error":` + text + `}`)
}

func quoted(text string) string {
	data, err := json.Marshal(text)
	if err != nil { // a text always has a form in JSON
		return `"internal error"`
	}
	return string(data)
}

// lingerAfter makes the connection close lingering: it reads what the client still
// sends before it is closed.
func lingerAfter(ctx *fasthttp.RequestCtx) {
	if c, ok := ctx.Conn().(interface{ linger() }); ok {
		c.linger()
	}
}
