package views

import "time"

// Times are rendered in UTC. A script turns them into the browser's own time
// zone, in the same form and so without moving anything; it puts the zone's
// name wherever the page says "UTC" in an element with data-zone.

const (
	shortTime = "02 Jan 15:04"
	longTime  = "2006-01-02 15:04:05"
)

// machineTime is a time for the datetime attribute.
func machineTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// exactTime is a time with all its digits in RFC 3339. Texts of it sort as the
// times do. A zero time is unknown, and empty.
func exactTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000000Z")
}

func formatTime(t time.Time, layout string) string { return t.UTC().Format(layout) }
