package main

import (
	"net"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// TestServeNotifiesSystemd plays the service manager.
func TestServeNotifiesSystemd(t *testing.T) {
	wantNoLeak(t)
	path := filepath.Join(t.TempDir(), "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", strconv.FormatInt((20*time.Millisecond).Microseconds(), 10))
	t.Setenv("WATCHDOG_PID", "")
	next := func() string {
		if err := socket.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		message := make([]byte, 512)
		n, err := socket.Read(message)
		if err != nil {
			t.Fatal(err)
		}
		return string(message[:n])
	}
	waitFor := func(want string) {
		t.Helper()
		for got := next(); got != want; got = next() {
			if got != daemon.SdNotifyWatchdog && got != daemon.SdNotifyReady {
				t.Fatalf("got %q, want %q", got, want)
			}
		}
	}
	chat := startChat(t, nil)
	r := start(t, serveEnv(t, chat.address), "serve")
	waitFor(daemon.SdNotifyReady)
	waitFor(daemon.SdNotifyWatchdog)
	waitFor(daemon.SdNotifyWatchdog)
	r.stop()
	waitFor(daemon.SdNotifyStopping)
}
