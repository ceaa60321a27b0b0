//go:build !linux

package storetest

import "syscall"

// processAttributes leaves the defaults: the tests must not run as root.
func processAttributes() *syscall.SysProcAttr { return nil }

func giveAway(string) error { return nil }
