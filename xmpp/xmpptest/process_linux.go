package xmpptest

import "syscall"

const processesSupported = true

// ownGroup puts a process into a group of its own, so that it is signalled
// together with its children, and lets the kernel end it when the thread that
// started it ends.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

func signalGroup(pid int, signal syscall.Signal) error { return syscall.Kill(-pid, signal) }

const (
	sigPause  = syscall.SIGSTOP
	sigResume = syscall.SIGCONT
)
