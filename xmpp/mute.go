package xmpp

import (
	"context"
	"fmt"
	"time"

	"muckick/xmpp/wire"
)

// voice gives an occupant the role of a visitor or of a participant (XEP-0045
// §8.3, §8.4). Moderators keep their role when they are to have voice, which they
// have. [Client.MuteEffect] says what a mute is good for.
func (c *Client) voice(ctx context.Context, a Action, role Role, record func(Result) error) (result Result, err error) {
	result.Occupant, err = c.toOccupant(ctx, a.Room, a.Target, a.Reason, deed{a.Kind,
		func(ctx context.Context, r *room, v *visit, name string, bearer Occupant) (Occupant, error) {
			bearer, name, err := r.bearerForSure(ctx, v, a.Target, name, bearer)
			if err != nil {
				return bearer, err
			}
			if result.Already = hasVoice(bearer.Role) == hasVoice(role); result.Already {
				return bearer, nil
			}
			result.Before = bearer.Affiliation
			if err := record(Result{Occupant: bearer, Before: bearer.Affiliation}); err != nil {
				return bearer, err
			}
			return r.giveRole(ctx, v, a.Target, name, mucItem{Nick: name, Role: string(role), Reason: a.Reason}, bearer)
		}})
	return result, err
}

func hasVoice(role Role) bool { return role == RoleParticipant || role == RoleModerator }

// bearerForSure returns who bears a nick, if need be by the role lists: without
// their role it is not known whether to give them another takes something away.
func (r *room) bearerForSure(ctx context.Context, v *visit, meant Target, name string, bearer Occupant) (Occupant, string, error) {
	if bearer.Role == "" {
		if err := r.reconcile(ctx, v); err != nil {
			return bearer, name, err
		}
		var known bool
		if bearer, name, known = r.bearer(v, meant.Nick, name); !known {
			return Occupant{}, name, ErrNoOccupant
		}
	}
	switch {
	case bearer.Self, bearer.Ours: // Prosody would do it, and never undo it
		return bearer, name, ErrOwnOccupant
	case !meant.Means(bearer):
		return bearer, name, &TakenError{Bearer: bearer}
	}
	return bearer, name, nil
}

// giveRole sends the change of a role and returns whom it hit.
func (r *room) giveRole(ctx context.Context, v *visit, meant Target, name string, item mucItem, before Occupant) (Occupant, error) {
	voiced, told := r.expectVoice(v, name)
	defer r.stopExpectingVoice(v, name, voiced)
	terms := wire.Terms{Gone: v.ended, Still: func() error {
		if bearer, _, known := r.bearer(v, name, name); !known || bearer.Role != before.Role {
			return errMoved
		}
		return r.stillBears(v, name, meant)
	}}
	if err := r.stream.askOn(ctx, terms, r.jid.String(), "set", adminQuery{Items: []mucItem{item}}, nil); err != nil {
		return before, err
	}
	if told {
		return r.confirmVoice(ctx, v, voiced, Role(item.Role), before)
	}
	if err := r.reconcile(ctx, v); err != nil {
		return before, fmt.Errorf("%w: the role lists were not read: %v", ErrUnknown, err)
	}
	if after, _, known := r.bearer(v, name, name); known && after.Role == Role(item.Role) && meant.Means(after) {
		return after, nil
	}
	return before, ErrUnknown
}

// voiced collects which roles presence shows a nick to have while mutes and
// unmutes are under way for it. The room's mu guards it.
type voiced struct {
	asks  int // that wait for it
	roles map[Role]Occupant
	more  chan struct{} // closed and replaced with every presence of the nick
}

// expectVoice notes that a change of role is under way for the nick, and reports
// whether presence told of its bearer, so that it has to tell of the change too.
// Each call needs one of stopExpectingVoice.
func (r *room) expectVoice(v *visit, nick string) (w *voiced, told bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if w = v.voiced[nick]; w == nil {
		w = &voiced{roles: make(map[Role]Occupant), more: make(chan struct{})}
		v.voiced[nick] = w
	}
	w.asks++
	_, known := v.occupants.find(nick)
	return w, known && !v.occupants.unseen[nick]
}

func (r *room) stopExpectingVoice(v *visit, nick string, w *voiced) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if w.asks--; w.asks == 0 {
		delete(v.voiced, nick)
	}
}

// noteVoice keeps an occupant's role, if a change waits for it. The caller holds
// the room's mu.
func (v *visit) noteVoice(occupant Occupant) {
	if w := v.voiced[occupant.Nick]; w != nil {
		w.roles[occupant.Role] = occupant
		close(w.more)
		w.more = make(chan struct{})
	}
}

// confirmVoice returns whom a change of role hit that the room answered with a
// result, as its presence says.
func (r *room) confirmVoice(ctx context.Context, v *visit, w *voiced, role Role, before Occupant) (Occupant, error) {
	timer := time.NewTimer(presenceGrace)
	defer timer.Stop()
	for {
		r.mu.Lock()
		after, seen := w.roles[role]
		more := w.more
		r.mu.Unlock()
		if seen {
			return after, nil
		}
		select {
		case <-more:
			continue
		case <-timer.C:
		case <-ctx.Done():
		case <-v.ended:
		}
		return before, ErrUnknown
	}
}
