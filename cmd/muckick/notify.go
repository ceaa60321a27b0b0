package main

import (
	"context"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// What systemd is told (sd_notify(3)).
const (
	notifyReady    = daemon.SdNotifyReady
	notifyStopping = daemon.SdNotifyStopping
	notifyAlive    = daemon.SdNotifyWatchdog
)

// notify tells systemd how we are, if it asked to know.
func (a *app) notify(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		a.log.Warn("systemd not notified", "state", state, "error", err)
	}
}

// feedWatchdog tells systemd again and again that we are alive, if it wants to
// know, until ctx ends. It does so only as long as the chat side answers: a
// deadlock there holds the locks that these questions take.
func (a *app) feedWatchdog(ctx context.Context) {
	interval, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		a.log.Warn("no watchdog", "error", err)
	}
	if interval <= 0 {
		return
	}
	ticker := time.NewTicker(interval / 2)
	defer ticker.Stop()
	for {
		a.chat.Status()
		a.chat.Load()
		a.notify(notifyAlive)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}
