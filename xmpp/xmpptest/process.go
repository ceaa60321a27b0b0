package xmpptest

import (
	"fmt"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// A process is a running child with all that it started.
type process struct {
	pid  int
	done chan struct{} // closed once the child has ended
	err  error         // why it ended; to be read after done
}

// startProcess starts cmd in a process group of its own. Its standard streams
// must be files, since the child's own children may hold them open.
func startProcess(cmd *exec.Cmd) (*process, error) {
	cmd.SysProcAttr = ownGroup()
	p := &process{done: make(chan struct{})}
	started := make(chan error)
	go func() {
		// The parent-death signal follows the thread that forked, so that
		// thread has to live as long as the child.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		if err == nil {
			p.pid = cmd.Process.Pid
		}
		started <- err
		if err == nil {
			p.err = cmd.Wait()
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	return p, nil
}

// ended reports whether the child has ended.
func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// signal sends a signal to the whole group.
func (p *process) signal(signal syscall.Signal) error {
	if err := signalGroup(p.pid, signal); err != nil {
		return fmt.Errorf("signal %v to process group %d: %w", signal, p.pid, err)
	}
	return nil
}

// pause stops the whole group and returns once the child stands still, or an
// error if it does not within timeout.
func (p *process) pause(timeout time.Duration) error {
	if err := p.signal(sigPause); err != nil {
		return err
	}
	for deadline := time.Now().Add(timeout); ; {
		still, err := stopped(p.pid)
		if err != nil {
			return fmt.Errorf("pause process %d: %w", p.pid, err)
		}
		if still {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("process %d still runs %v after SIGSTOP", p.pid, timeout)
		}
		<-time.After(time.Millisecond)
	}
}

// kill ends the whole group at once and waits for it.
func (p *process) kill() {
	if !p.ended() {
		// An error means that the group is gone already.
		_ = p.signal(syscall.SIGKILL)
	}
	<-p.done
}

// terminate asks the group to end and waits. If it does not end within
// timeout, it is killed, and terminate returns an error.
func (p *process) terminate(timeout time.Duration) error {
	if err := p.signal(syscall.SIGTERM); err != nil {
		return err
	}
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-p.done:
		return nil
	case <-timer.C:
		p.kill()
		return fmt.Errorf("process %d did not end within %v of SIGTERM", p.pid, timeout)
	}
}
