package xmpptest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	startTimeout = 2 * time.Minute
	stopTimeout  = 20 * time.Second
	pollInterval = 10 * time.Millisecond

	// maxTail is how many bytes of a log a failed test shows.
	maxTail = 8 << 10
)

// A daemon is a server that is a process of its own.
type daemon struct {
	command func() *exec.Cmd                // a new one for each start
	ready   func(ctx context.Context) error // returns nil once the server answers
	logs    []string                        // files; the first is for the standard streams
	core    *int                            // the one to stay on; nil for any
	process *process
}

func (d *daemon) start() error {
	if d.running() {
		return errors.New("it is running already")
	}
	output, err := os.OpenFile(d.logs[0], os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer output.Close()
	cmd := d.command()
	if d.core != nil {
		pinned := exec.Command("taskset", append([]string{"-c", strconv.Itoa(*d.core)}, cmd.Args...)...)
		pinned.Dir, pinned.Env = cmd.Dir, cmd.Env
		cmd = pinned
	}
	cmd.Stdout, cmd.Stderr = output, output
	if d.process, err = startProcess(cmd); err != nil {
		return err
	}
	if err := d.awaitReady(); err != nil {
		d.process.kill()
		return err
	}
	return nil
}

// awaitReady returns once the server answers.
func (d *daemon) awaitReady() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	poll := time.NewTicker(pollInterval)
	defer poll.Stop()
	for {
		err := d.ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-poll.C:
		case <-d.process.done:
			return fmt.Errorf("the process ended (%v)", d.process.err)
		case <-ctx.Done():
			return fmt.Errorf("not ready after %v: %w", startTimeout, err)
		}
	}
}

func (d *daemon) running() bool { return d.process != nil && !d.process.ended() }

func (d *daemon) stop() error {
	if !d.running() {
		return errNotRunning
	}
	return d.process.terminate(stopTimeout)
}

func (d *daemon) kill() error {
	if !d.running() {
		return errNotRunning
	}
	d.process.kill()
	return nil
}

func (d *daemon) pause() error {
	if !d.running() {
		return errNotRunning
	}
	return d.process.pause(stopTimeout)
}

func (d *daemon) resume() error {
	if !d.running() {
		return errNotRunning
	}
	return d.process.signal(sigResume)
}

var errNotRunning = errors.New("it is not running")

// logTail returns the end of each log.
func (d *daemon) logTail() string {
	var b strings.Builder
	for _, path := range d.logs {
		text, err := os.ReadFile(path)
		if err != nil {
			fmt.Fprintf(&b, "%v\n", err)
			continue
		}
		if len(text) > maxTail {
			text = text[len(text)-maxTail:]
		}
		fmt.Fprintf(&b, "--- %s\n%s\n", filepath.Base(path), text)
	}
	return b.String()
}

// answers returns nil if something accepts connections at addr.
func answers(ctx context.Context, addr string) error {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp4", addr)
	if err != nil {
		return err
	}
	return conn.Close()
}
