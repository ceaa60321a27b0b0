package app

import (
	"io"
	"log/slog"
)

// NewLogger returns a logger that writes structured lines: as JSON if format is
// "json", and else as text.
func NewLogger(w io.Writer, level slog.Level, format string) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
