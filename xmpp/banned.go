package xmpp

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"
)

// banned collects the nicks that the room shows to be thrown out for good while
// bans of their account are under way (XEP-0045 §9.1). The room's mu guards it.
type banned struct {
	bans  int             // that wait for it
	nicks map[string]bool // a nick has a presence for each session on some servers
	more  chan struct{}   // closed and replaced when somebody goes
}

// expectBanned notes that a ban of the account is under way, and returns the nicks
// of the account of which presence told, so that it has to tell of their end too.
// Each call needs one of stopExpectingBanned.
func (r *room) expectBanned(v *visit, account string) (b *banned, told []string) {
	present := r.occupantsOf(v, account)
	r.mu.Lock()
	defer r.mu.Unlock()
	if b = v.banned[account]; b == nil {
		b = &banned{nicks: make(map[string]bool), more: make(chan struct{})}
		v.banned[account] = b
	}
	b.bans++
	for _, occupant := range present {
		if !v.occupants.unseen[occupant.Nick] {
			told = append(told, occupant.Nick)
		}
	}
	return b, told
}

func (r *room) stopExpectingBanned(v *visit, account string, b *banned) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if b.bans--; b.bans == 0 {
		delete(v.banned, account)
	}
}

// noteBanned tells the bans that are under way of somebody who goes, and whether
// that is for good. The caller holds the room's mu.
func (v *visit) noteBanned(nick string, gone Occupant, user mucUser) {
	if len(v.banned) == 0 {
		return
	}
	jid := gone.RealJID
	if len(user.items) > 0 {
		jid = cmp.Or(user.items[0].JID, jid)
	}
	for account, b := range v.banned {
		if user.has(statusBanned) && sameAccount(account, jid) {
			b.nicks[nick] = true
		}
		close(b.more)
		b.more = make(chan struct{})
	}
}

// awaitBanned returns who was thrown out by a ban that the room answered with a
// result. It waits until all are gone of whom presence has to tell.
func (r *room) awaitBanned(ctx context.Context, v *visit, b *banned, told []string) []string {
	timer := time.NewTimer(presenceGrace)
	defer timer.Stop()
	for waiting := true; ; {
		r.mu.Lock()
		removed, more := slices.Sorted(maps.Keys(b.nicks)), b.more
		there := slices.ContainsFunc(told, func(nick string) bool {
			_, known := v.occupants.find(nick)
			return known && !b.nicks[nick]
		})
		r.mu.Unlock()
		if !there || !waiting {
			return removed
		}
		select {
		case <-more:
			continue
		case <-timer.C:
		case <-ctx.Done():
		case <-v.ended:
		}
		waiting = false
	}
}
