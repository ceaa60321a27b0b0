package app

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
func (a *App) notify(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		a.Log.Warn("systemd not notified", "state", state, "error", err)
	}
}

// feedWatchdog tells systemd again and again that we are alive, if it wants to
// know, until ctx ends. It does so only as long as the chat side answers: a
// deadlock there holds the locks that these questions take.
func (a *App) feedWatchdog(ctx context.Context) {
	interval, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		a.Log.Warn("no watchdog", "error", err)
	}
	if interval <= 0 {
		return
	}
	ticker := time.NewTicker(interval / 2)
	defer ticker.Stop()
	for {
		a.Chat.Status()
		a.Chat.Load()
		a.notify(notifyAlive)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}
