package check

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// A Finding is one thing that a check found out. Its texts come from the network
// in part, and have no control characters.
type Finding struct {
	Subject string   `json:"subject"` // the account, service or room that it is about
	Verdict string   `json:"verdict"` // ok, note, unknown or problem
	Text    string   `json:"text"`
	Advice  []string `json:"advice,omitempty"` // lines
}

// A Result is all that a check found out.
type Result struct {
	// KickWorks says whether a kick would work in all that was checked; nil where
	// nothing is wrong and that was not seen.
	KickWorks *bool     `json:"kick_works"`
	Findings  []Finding `json:"findings"`
}

// A report is what a check writes while it goes on, or has to say at its end.
type report struct {
	out      io.Writer
	json     bool // write a Result at the end, and nothing before
	subject  string
	findings []Finding
	advised  map[string]bool
	err      error // of writing
}

func newReport(out io.Writer) *report {
	return &report{out: out, findings: []Finding{}, advised: make(map[string]bool)}
}

// heading begins what is said of one thing.
func (r *report) heading(name string) {
	r.subject = printable(name)
	r.printf("%s\n", r.subject)
}

// ok reports something that works.
func (r *report) ok(format string, args ...any) { r.line("ok", fmt.Sprintf(format, args...), nil) }

// note reports something that does not keep a kick from working.
func (r *report) note(text string, advice ...string) { r.line("note", text, advice) }

// unknown reports something that could not be seen, though nothing is wrong, and
// how to see it.
func (r *report) unknown(text string, advice ...string) { r.line("unknown", text, advice) }

// problem reports something that keeps a kick from working, and what to do about
// it.
func (r *report) problem(text string, advice ...string) { r.line("problem", text, advice) }

func (r *report) line(verdict, text string, advice []string) {
	finding := Finding{Subject: r.subject, Verdict: verdict, Text: printable(text)}
	for _, line := range advice {
		finding.Advice = append(finding.Advice, printable(line))
	}
	r.findings = append(r.findings, finding)
	if verdict == "problem" {
		verdict = "PROBLEM"
	}
	r.printf("  %-8s %s\n", verdict, finding.Text)
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
	problems, unknown := r.count("problem"), r.count("unknown")
	switch {
	case r.json:
		result := Result{Findings: r.findings}
		if works := problems == 0; !works || unknown == 0 {
			result.KickWorks = &works
		}
		encoder := json.NewEncoder(r.out)
		encoder.SetIndent("", "  ")
		r.err = encoder.Encode(result)
	case problems > 0:
		r.printf("\nA kick may not work: %s above.\n", count(problems, "problem"))
	case unknown > 0:
		r.printf("\nNothing is wrong so far, but whether a kick would work was not seen.\n")
	default:
		r.printf("\nA kick would work.\n")
	}
	if r.err != nil {
		return r.err
	}
	if problems > 0 {
		return ErrProblems
	}
	return nil
}

// count returns how many findings have the verdict.
func (r *report) count(verdict string) (n int) {
	for _, f := range r.findings {
		if f.Verdict == verdict {
			n++
		}
	}
	return n
}

func (r *report) printf(format string, args ...any) {
	if r.json {
		return
	}
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
