package check

import (
	"fmt"
	"io"
	"strings"
)

// A report is what a check writes while it goes on.
type report struct {
	out      io.Writer
	problems int
	advised  map[string]bool
	err      error // of writing
}

func newReport(out io.Writer) *report {
	return &report{out: out, advised: make(map[string]bool)}
}

// heading begins what is said of one thing.
func (r *report) heading(name string) { r.printf("%s\n", printable(name)) }

// ok reports something that works.
func (r *report) ok(format string, args ...any) { r.line("ok", fmt.Sprintf(format, args...), nil) }

// note reports something that does not keep a kick from working.
func (r *report) note(text string, advice ...string) { r.line("note", text, advice) }

// problem reports something that keeps a kick from working, or from being
// known to work, and what to do about it.
func (r *report) problem(text string, advice ...string) {
	r.problems++
	r.line("PROBLEM", text, advice)
}

func (r *report) line(verdict, text string, advice []string) {
	r.printf("  %-8s %s\n", verdict, printable(text))
	if all := strings.Join(advice, "\n"); all != "" && r.advised[all] {
		advice = []string{"The same helps as above."}
	} else {
		r.advised[all] = true
	}
	for _, line := range advice {
		r.printf("           %s\n", printable(line))
	}
}

// conclude writes the result and returns ErrProblems if there were problems.
func (r *report) conclude() error {
	switch {
	case r.problems == 0:
		r.printf("\nA kick would work.\n")
	default:
		r.printf("\nA kick may not work: %s above.\n", count(r.problems, "problem"))
	}
	if r.err != nil {
		return r.err
	}
	if r.problems > 0 {
		return ErrProblems
	}
	return nil
}

func (r *report) printf(format string, args ...any) {
	if _, err := fmt.Fprintf(r.out, format, args...); err != nil && r.err == nil {
		r.err = err
	}
}

// printable makes one line of a text, and replaces what would let the network
// write on a terminal at will.
func printable(text string) string {
	text = strings.ReplaceAll(text, "\n", "; ")
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F || r >= 0x80 && r < 0xA0 {
			return '\uFFFD'
		}
		return r
	}, text)
}
