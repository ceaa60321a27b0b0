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

func formatTime(t time.Time, layout string) string { return t.UTC().Format(layout) }
