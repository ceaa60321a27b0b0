package xmpptest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

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

// stopped reports whether every thread of a process stands still. SIGSTOP only
// asks for it: on a busy machine a thread may run on for some milliseconds.
func stopped(pid int) (bool, error) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil || len(threads) == 0 {
		return false, fmt.Errorf("process %d has no threads (%v)", pid, err)
	}
	for _, path := range threads {
		stat, err := os.ReadFile(path)
		if err != nil {
			return false, err
		}
		// proc_pid_stat(5): the state follows the name, which may hold anything.
		_, after, _ := bytes.Cut(stat[bytes.LastIndexByte(stat, ')'):], []byte(") "))
		if !bytes.HasPrefix(after, []byte("T")) {
			return false, nil
		}
	}
	return true, nil
}
