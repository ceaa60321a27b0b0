//go:build unix

package web_test

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// processorTime is what this process has used up.
func processorTime(b *testing.B) time.Duration {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
