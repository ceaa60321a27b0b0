package xmpp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// debug writes what only helps who looks for a fault, such as why a room refused
// something. The text of a refusal is the server's, so hostile.
func (s *stream) debug(message string, attrs ...slog.Attr) {
	s.options.Logger.LogAttrs(context.Background(), slog.LevelDebug, message, attrs...)
}

// debugging reports whether anybody reads what debug writes.
func (s *stream) debugging() bool {
	return s.options.Logger.Enabled(context.Background(), slog.LevelDebug)
}

// noteAnswer tells how a request ended.
func (s *stream) noteAnswer(to, kind string, payload any, began time.Time, err error) {
	if !s.debugging() {
		return
	}
	attrs := []slog.Attr{
		slog.String("to", to), slog.String("type", kind), slog.String("payload", payloadName(payload)),
		slog.Duration("took", s.options.Now().Sub(began)),
	}
	s.debug("request to the chat server", append(attrs, refusalAttrs(err)...)...)
}

// payloadName is what the program calls the payload of a request.
func payloadName(payload any) string {
	_, name, _ := strings.Cut(fmt.Sprintf("%T", payload), ".")
	return name
}

// noteJoin tells whether we got into a room.
func (r *room) noteJoin(v *visit, began time.Time, err error) {
	if !r.stream.debugging() {
		return
	}
	attrs := []slog.Attr{slog.String("room", r.jid.String()), slog.Duration("took", r.stream.options.Now().Sub(began))}
	if err != nil {
		r.stream.debug("room not entered", append(attrs, refusalAttrs(err)...)...)
		return
	}
	self := r.standing(v)
	r.stream.debug("room entered", append(attrs, slog.String("nick", self.Nick),
		slog.String("role", string(self.Role)), slog.String("affiliation", string(self.Affiliation)))...)
}

// refusalAttrs are the error and, where an entity refused something, its words
// (RFC 6120 §8.3.2).
func refusalAttrs(err error) []slog.Attr {
	if err == nil {
		return nil
	}
	attrs := []slog.Attr{slog.Any("error", err)}
	var refused *StanzaError
	if errors.As(err, &refused) {
		attrs = append(attrs, slog.String("error_type", refused.Type),
			slog.String("condition", refused.Condition), slog.String("text", refused.Text))
	}
	return attrs
}
