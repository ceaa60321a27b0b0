//go:build !linux

package xmpptest

import (
	"errors"
	"syscall"
)

const processesSupported = false

func ownGroup() *syscall.SysProcAttr { return nil }

func signalGroup(int, syscall.Signal) error { return errors.ErrUnsupported }

func stopped(int) (bool, error) { return false, errors.ErrUnsupported }

const (
	sigPause  = syscall.Signal(0)
	sigResume = syscall.Signal(0)
)
