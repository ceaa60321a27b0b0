package store

import (
	"os"

	"golang.org/x/sys/unix"
)

// flushData makes what was written to the file durable. The times in its
// directory entry may lag behind, which nobody reads.
func flushData(file *os.File) error {
	for {
		if err := unix.Fdatasync(int(file.Fd())); err != unix.EINTR {
			return err
		}
	}
}
