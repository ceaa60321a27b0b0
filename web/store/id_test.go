package store

import (
	"slices"
	"testing"
	"time"
)

var firstTime = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestIDsSortByTime(t *testing.T) {
	var ids []string
	for i := range 1000 {
		at := firstTime.Add(time.Duration(i*i) * time.Microsecond)
		ids = append(ids, firstID(at), newID(at))
	}
	if !slices.IsSorted(ids) {
		t.Error("ids do not sort by time")
	}
	for _, id := range ids {
		if !isID(id) {
			t.Errorf("%q is no id", id)
		}
	}
}

func TestIDsDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		seen[newID(firstTime)] = true
	}
	if len(seen) != 1000 {
		t.Errorf("%d different ids of 1000", len(seen))
	}
}

func TestIsID(t *testing.T) {
	for _, text := range []string{"", "0", "00000000000000000000000z", "0000000000000000000000000", "0000000000000000000000\x00\x00", "0000000000000000000000-0"} {
		if isID(text) {
			t.Errorf("%q passes for an id", text)
		}
	}
}

func TestIDOfATimeBefore1970(t *testing.T) {
	if got, want := firstID(time.Time{}), "000000000000000000000000"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
