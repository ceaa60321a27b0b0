package store

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"
)

// exportTime is RFC 3339 in UTC with microseconds, always of one length.
const exportTime = "2006-01-02T15:04:05.000000Z07:00"

// WriteCSV writes attempts as CSV (RFC 4180, lines ended by LF) after a line
// of column names, and stops at the first error of w or of the attempts.
//
// A spreadsheet would run a cell that begins with = + - @, a tab or a line
// break as a formula. Such a cell gets an apostrophe in front, and so does one
// that begins with an apostrophe: removing one leading apostrophe from each
// cell restores the text.
func WriteCSV(w io.Writer, attempts iter.Seq2[Attempt, error]) error {
	out := csv.NewWriter(w)
	err := out.Write([]string{"id", "time", "actor_kind", "actor", "address", "room", "nick", "real_jid",
		"reason", "outcome", "detail", "duration_ms", "actor_id"})
	if err != nil {
		return err
	}
	for a, err := range attempts {
		if err != nil {
			return err
		}
		cells := []string{
			string(a.ID), a.Time.UTC().Format(exportTime), string(a.Actor.Kind), a.Actor.Name, a.Address,
			a.Room, a.Nick, a.RealJID, a.Reason, string(a.Outcome), a.Detail, milliseconds(a.Duration),
			a.Actor.ID,
		}
		for i := range cells {
			cells[i] = inertCell(cells[i])
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// inertCell returns text as a cell that no spreadsheet takes for a formula.
// The full-width signs are those that some take for their ASCII likes.
func inertCell(text string) string {
	for _, sign := range []string{"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'"} {
		if strings.HasPrefix(text, sign) {
			return "'" + text
		}
	}
	return text
}

// exportedAttempt is a line of WriteJSONLines.
type exportedAttempt struct {
	ID         AttemptID   `json:"id"`
	Time       time.Time   `json:"time"`
	ActorKind  ActorKind   `json:"actor_kind"`
	Actor      string      `json:"actor"`
	Address    string      `json:"address"`
	Room       string      `json:"room"`
	Nick       string      `json:"nick"`
	RealJID    string      `json:"real_jid"`
	Reason     string      `json:"reason"`
	Outcome    Outcome     `json:"outcome"`
	Detail     string      `json:"detail"`
	DurationMS json.Number `json:"duration_ms"`
	ActorID    string      `json:"actor_id"`
}

// WriteJSONLines writes attempts as JSON objects, one a line, with the same
// fields as WriteCSV, and stops at the first error of w or of the attempts.
func WriteJSONLines(w io.Writer, attempts iter.Seq2[Attempt, error]) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for a, err := range attempts {
		if err != nil {
			return err
		}
		err := out.Encode(exportedAttempt{
			ID: a.ID, Time: a.Time.UTC(), ActorKind: a.Actor.Kind, Actor: a.Actor.Name, Address: a.Address,
			Room: a.Room, Nick: a.Nick, RealJID: a.RealJID, Reason: a.Reason,
			Outcome: a.Outcome, Detail: a.Detail, DurationMS: json.Number(milliseconds(a.Duration)),
			ActorID: a.Actor.ID,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func milliseconds(d time.Duration) string {
	return strconv.FormatFloat(float64(d.Microseconds())/1000, 'f', 3, 64)
}
