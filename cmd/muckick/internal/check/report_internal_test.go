package check

import (
	"errors"
	"strings"
	"testing"
)

func TestReportIsPrintable(t *testing.T) {
	var b strings.Builder
	r := newReport(&b)
	r.problem("a\x1b[2Jb\nc\u009b", "d\re")
	if strings.ContainsAny(b.String(), "\x1b\r\u009b") || strings.Count(b.String(), "\n") != 2 {
		t.Errorf("got %q", b.String())
	}
	if err := r.conclude(); !errors.Is(err, ErrProblems) {
		t.Errorf("got %v, want %v", err, ErrProblems)
	}
}
