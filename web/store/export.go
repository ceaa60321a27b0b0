package store

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"iter"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"muckick/web/moderation"
	"muckick/xmpp"
)

// exportTime is RFC 3339 in UTC with microseconds, always of one length.
const exportTime = "2006-01-02T15:04:05.000000Z07:00"

// WriteCSV writes attempts as CSV (RFC 4180, lines ended by LF) after a line
// of column names, and stops at the first error of w or of the attempts. All
// cells are inert (see inertCell).
func WriteCSV(w io.Writer, attempts iter.Seq2[Attempt, error]) error {
	columns := []string{"id", "time", "actor_kind", "actor", "address", "room", "nick", "real_jid",
		"reason", "outcome", "detail", "duration_ms", "actor_id", "action", "effect", "job"}
	return writeCSV(w, columns, attempts, func(a Attempt) []string {
		return []string{
			string(a.ID), a.Time.UTC().Format(exportTime), string(a.Actor.Kind), a.Actor.Name, a.Address,
			a.Room, a.Nick, a.RealJID, a.Reason, string(a.Outcome), a.Detail, milliseconds(a.Duration),
			a.Actor.ID, string(a.Action), string(a.Effect), string(a.Job),
		}
	})
}

func writeCSV[T any](w io.Writer, columns []string, rows iter.Seq2[T, error], cells func(T) []string) error {
	out := csv.NewWriter(w)
	if err := out.Write(columns); err != nil {
		return err
	}
	for row, err := range rows {
		if err != nil {
			return err
		}
		line := cells(row)
		for i := range line {
			line[i] = inertCell(line[i])
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// formula is where a spreadsheet may see the beginning of a formula: at the
// beginning of a cell, and behind what begins another cell where the locale
// separates cells by semicolons or tabs and so overlooks our quotes. The
// full-width signs are those that some take for their ASCII likes.
var formula = regexp.MustCompile(`(^|[;\t\r\n]"*)([=+\-@＝＋－＠'])`)

const formulaSigns = `=+-@＝＋－＠'`

// firstOf returns the first character of a text.
func firstOf(text string) string {
	_, size := utf8.DecodeRuneInString(text)
	return text[:size]
}

// inertCell returns text as a cell that no spreadsheet takes for a formula: an
// apostrophe stands before the sign that would begin one, before an apostrophe
// in such a place, and before white space that begins a cell. Removing one
// apostrophe from the beginning of a cell and from behind each semicolon, tab
// or line break (and the quotes that follow it) restores the text.
func inertCell(text string) string {
	if !strings.ContainsAny(text, ";\t\r\n") && !strings.ContainsAny(firstOf(text), formulaSigns) {
		return text // as nearly all cells are
	}
	inert := formula.ReplaceAllString(text, "$1'$2")
	if strings.ContainsAny(text[:min(1, len(text))], "\t\r\n") {
		return "'" + inert
	}
	return inert
}

// exportedAttempt is a line of WriteJSONLines.
type exportedAttempt struct {
	ID         AttemptID        `json:"id"`
	Time       time.Time        `json:"time"`
	ActorKind  ActorKind        `json:"actor_kind"`
	Actor      string           `json:"actor"`
	Address    string           `json:"address"`
	Room       string           `json:"room"`
	Nick       string           `json:"nick"`
	RealJID    string           `json:"real_jid"`
	Reason     string           `json:"reason"`
	Outcome    xmpp.Outcome     `json:"outcome"`
	Detail     string           `json:"detail"`
	DurationMS json.Number      `json:"duration_ms"`
	ActorID    string           `json:"actor_id"`
	Action     xmpp.ActionKind  `json:"action"`
	Effect     EffectID         `json:"effect"`
	Job        moderation.JobID `json:"job"`
}

// WriteJSONLines writes attempts as JSON objects, one a line, with the same
// fields as WriteCSV, and stops at the first error of w or of the attempts.
func WriteJSONLines(w io.Writer, attempts iter.Seq2[Attempt, error]) error {
	return writeJSONLines(w, attempts, func(a Attempt) any {
		return exportedAttempt{
			ID: a.ID, Time: a.Time.UTC(), ActorKind: a.Actor.Kind, Actor: a.Actor.Name, Address: a.Address,
			Room: a.Room, Nick: a.Nick, RealJID: a.RealJID, Reason: a.Reason,
			Outcome: a.Outcome, Detail: a.Detail, DurationMS: json.Number(milliseconds(a.Duration)),
			ActorID: a.Actor.ID, Action: a.Action, Effect: a.Effect, Job: a.Job,
		}
	})
}

// WriteTargetsCSV writes the targets of a job as WriteCSV does attempts.
func WriteTargetsCSV(w io.Writer, targets iter.Seq2[moderation.JobTarget, error]) error {
	columns := []string{"n", "action", "room", "nick", "real_jid", "outcome", "detail", "time"}
	return writeCSV(w, columns, targets, func(t moderation.JobTarget) []string {
		at := ""
		if !t.At.IsZero() {
			at = t.At.UTC().Format(exportTime)
		}
		return []string{
			strconv.Itoa(t.N), string(t.Action.Kind), t.Action.Room.String(), t.Action.Target.Nick, t.Action.Target.RealJID,
			string(t.Outcome), t.Detail, at,
		}
	})
}

// WriteEventsCSV writes events as WriteCSV does attempts.
func WriteEventsCSV(w io.Writer, events iter.Seq2[Event, error]) error {
	columns := []string{"id", "time", "kind", "actor_kind", "actor", "actor_id", "address", "subject", "subject_id", "detail", "count"}
	return writeCSV(w, columns, events, func(e Event) []string {
		return []string{
			string(e.ID), e.Time.UTC().Format(exportTime), string(e.Kind), string(e.Actor.Kind), e.Actor.Name, e.Actor.ID,
			e.Address, e.Subject, e.SubjectID, e.Detail, strconv.Itoa(e.Count),
		}
	})
}

// exportedEvent is an event in an export.
type exportedEvent struct {
	ID        EventID   `json:"id"`
	Time      time.Time `json:"time"`
	Kind      EventKind `json:"kind"`
	ActorKind ActorKind `json:"actor_kind"`
	Actor     string    `json:"actor"`
	ActorID   string    `json:"actor_id"`
	Address   string    `json:"address"`
	Subject   string    `json:"subject"`
	SubjectID string    `json:"subject_id"`
	Detail    string    `json:"detail"`
	Count     int       `json:"count"`
}

// WriteEventsJSONLines writes events as WriteJSONLines does attempts.
func WriteEventsJSONLines(w io.Writer, events iter.Seq2[Event, error]) error {
	return writeJSONLines(w, events, func(e Event) any {
		return exportedEvent{
			ID: e.ID, Time: e.Time.UTC(), Kind: e.Kind, ActorKind: e.Actor.Kind, Actor: e.Actor.Name, ActorID: e.Actor.ID,
			Address: e.Address, Subject: e.Subject, SubjectID: e.SubjectID, Detail: e.Detail, Count: e.Count,
		}
	})
}

func writeJSONLines[T any](w io.Writer, rows iter.Seq2[T, error], object func(T) any) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for row, err := range rows {
		if err != nil {
			return err
		}
		if err := out.Encode(object(row)); err != nil {
			return err
		}
	}
	return nil
}

func milliseconds(d time.Duration) string {
	return strconv.FormatFloat(float64(d.Microseconds())/1000, 'f', 3, 64)
}
