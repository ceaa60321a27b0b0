package store_test

import (
	"encoding/csv"
	"errors"
	"io"
	"iter"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muckick/web/store"
	"muckick/xmpp"
)

// each returns attempts as EachAttempt does, ended by err when it is not nil.
func each(err error, attempts ...store.Attempt) iter.Seq2[store.Attempt, error] {
	return func(yield func(store.Attempt, error) bool) {
		for _, a := range attempts {
			if !yield(a, nil) {
				return
			}
		}
		if err != nil {
			yield(store.Attempt{}, err)
		}
	}
}

func attempt() store.Attempt {
	in := intent()
	in.Reason = "Time for bed,\n\"now\" <b>"
	return store.Attempt{
		ID: "0pgdoidbsp6o1j6cpk22qrcb", Time: start, Intent: in,
		Outcome: xmpp.Done, Detail: "", Duration: 1234 * time.Microsecond,
	}
}

func TestWriteCSV(t *testing.T) {
	var out strings.Builder
	if err := store.WriteCSV(&out, each(nil, attempt())); err != nil {
		t.Fatal(err)
	}
	want := "id,time,actor_kind,actor,address,room,nick,real_jid,reason,outcome,detail,duration_ms,actor_id,action,effect,job\n" +
		"0pgdoidbsp6o1j6cpk22qrcb,2026-03-01T12:00:00.123456Z,operator,nurse,192.0.2.7,snuggery@chat.example.org,Bob," +
		"bob@example.org/phone,\"Time for bed,\n\"\"now\"\" <b>\",done,,1.234,,kick,,\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// inserted is where an export has an apostrophe too many.
var inserted = regexp.MustCompile(`(^|[;\t\r\n]"*)'`)

func TestCSVIsInertAndReversible(t *testing.T) {
	tests := []struct {
		text  string
		inert string
	}{
		{`=HYPERLINK("http://evil.example","Bob")`, `'=HYPERLINK("http://evil.example","Bob")`},
		{"+1", "'+1"},
		{"-1", "'-1"},
		{"@SUM(A1)", "'@SUM(A1)"},
		{"\tx", "'\tx"},
		{"\rx", "'\rx"},
		{"\nx", "'\nx"},
		{"＝1", "'＝1"},
		{"'quoted'", "''quoted'"},
		{"'=1", "''=1"},
		{"Bob", "Bob"},
		{"a=1", "a=1"},
		{" =1", " =1"},
		{"a;=1", "a;'=1"},
		{"a\t=1", "a\t'=1"},
		{"a\n=1", "a\n'=1"},
		{"\t=1", "'\t'=1"},
		{`a;"=1`, `a;"'=1`},
		{"a;'=1", "a;''=1"},
		{"=1;+2;b-3", "'=1;'+2;b-3"},
		{"a;＝1", "a;'＝1"},
		{"", ""},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			a := attempt()
			a.Nick, a.Reason, a.Actor.Name = tt.text, tt.text, tt.text
			var out strings.Builder
			if err := store.WriteCSV(&out, each(nil, a)); err != nil {
				t.Fatal(err)
			}
			rows, err := csv.NewReader(strings.NewReader(out.String())).ReadAll()
			if err != nil || len(rows) != 2 {
				t.Fatalf("%d rows, error %v", len(rows), err)
			}
			for i, column := range rows[0] {
				switch column {
				case "nick", "reason", "actor":
				default:
					continue
				}
				cell := rows[1][i]
				if cell != tt.inert {
					t.Errorf("%s is %q, want %q", column, cell, tt.inert)
				}
				if restored := inserted.ReplaceAllString(cell, "$1"); restored != tt.text {
					t.Errorf("%s restored is %q, want %q", column, restored, tt.text)
				}
			}
		})
	}
}

func TestWriteJSONLines(t *testing.T) {
	var out strings.Builder
	if err := store.WriteJSONLines(&out, each(nil, attempt(), attempt())); err != nil {
		t.Fatal(err)
	}
	line := `{"id":"0pgdoidbsp6o1j6cpk22qrcb","time":"2026-03-01T12:00:00.123456Z","actor_kind":"operator","actor":"nurse",` +
		`"address":"192.0.2.7","room":"snuggery@chat.example.org","nick":"Bob","real_jid":"bob@example.org/phone",` +
		`"reason":"Time for bed,\n\"now\" <b>","outcome":"done","detail":"","duration_ms":1.234,"actor_id":"","action":"kick","effect":"","job":""}` + "\n"
	if diff := cmp.Diff(line+line, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestExportEvents(t *testing.T) {
	event := store.Event{
		ID: "0pgdoidbsp6o1j6cpk22qrcb", Time: start, Kind: store.PasswordReset, Subject: "=nurse", SubjectID: "s", Detail: "a;=1", Count: 2,
		Origin: store.Origin{Actor: store.Actor{Kind: store.ByOperator, Name: "alice", ID: "a"}, Address: "192.0.2.7"},
	}
	events := func(yield func(store.Event, error) bool) { yield(event, nil) }
	tests := []struct {
		name  string
		write func(io.Writer, iter.Seq2[store.Event, error]) error
		want  string
	}{
		{"CSV", store.WriteEventsCSV, "id,time,kind,actor_kind,actor,actor_id,address,subject,subject_id,detail,count\n" +
			"0pgdoidbsp6o1j6cpk22qrcb,2026-03-01T12:00:00.123456Z,password reset,operator,alice,a,192.0.2.7,'=nurse,s,a;'=1,2\n"},
		{"JSON lines", store.WriteEventsJSONLines, `{"id":"0pgdoidbsp6o1j6cpk22qrcb","time":"2026-03-01T12:00:00.123456Z",` +
			`"kind":"password reset","actor_kind":"operator","actor":"alice","actor_id":"a","address":"192.0.2.7",` +
			`"subject":"=nurse","subject_id":"s","detail":"a;=1","count":2}` + "\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			if err := tt.write(&out, events); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, out.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// brokenPipe fails every write.
type brokenPipe struct{}

var errPipe = errors.New("broken pipe")

func (brokenPipe) Write([]byte) (int, error) { return 0, errPipe }

func TestExportErrors(t *testing.T) {
	broken := errors.New("database went away")
	writers := map[string]func(*testing.T) error{
		"CSV, attempts":  func(*testing.T) error { return store.WriteCSV(&strings.Builder{}, each(broken, attempt())) },
		"JSON, attempts": func(*testing.T) error { return store.WriteJSONLines(&strings.Builder{}, each(broken, attempt())) },
		"CSV, writer":    func(*testing.T) error { return store.WriteCSV(brokenPipe{}, each(nil, attempt())) },
		"JSON, writer":   func(*testing.T) error { return store.WriteJSONLines(brokenPipe{}, each(nil, attempt())) },
	}
	for name, write := range writers {
		t.Run(name, func(t *testing.T) {
			want := broken
			if strings.HasSuffix(name, "writer") {
				want = errPipe
			}
			if err := write(t); !errors.Is(err, want) {
				t.Errorf("error %v, want %v", err, want)
			}
		})
	}
}
