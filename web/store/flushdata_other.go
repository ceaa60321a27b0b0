//go:build !linux

package store

import "os"

// flushData makes what was written to the file durable.
func flushData(file *os.File) error { return file.Sync() }
