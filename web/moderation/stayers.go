package moderation

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"muckick/xmpp"
)

// A passing carries out something that is put back again, and neither makes an
// effect nor ends one.
type passing func(ctx context.Context, action xmpp.Action) (Conclusion, error)

// dismiss takes back memberships that still are as they were given.
func dismiss(ctx context.Context, room xmpp.RoomJID, stayers []Stayer, pass passing) error {
	var group errgroup.Group
	group.SetLimit(grantsInRoom)
	for _, stayer := range oneOfEach(stayers) {
		group.Go(func() error {
			_, err := pass(ctx, xmpp.Action{
				Kind: xmpp.ActionUnmember, Room: room, Target: xmpp.Target{Nick: stayer.Nick, RealJID: stayer.Account},
			})
			return err
		})
	}
	return group.Wait()
}

// oneOfEach returns the first of each account.
func oneOfEach(stayers []Stayer) []Stayer {
	var out []Stayer
	seen := make(map[string]bool, len(stayers))
	for _, stayer := range stayers {
		if key := AccountKey(stayer.Account); !seen[key] {
			seen[key] = true
			out = append(out, stayer)
		}
	}
	return out
}

// restoreRoles gives or takes voice where a change to an affiliation did the
// opposite.
func restoreRoles(ctx context.Context, roster xmpp.Roster, stayers []Stayer, now xmpp.Affiliation, pass passing) error {
	before := make(map[string]Stayer, len(stayers))
	for _, stayer := range stayers {
		before[stayer.Nick] = stayer
	}
	var group errgroup.Group
	group.SetLimit(grantsInRoom)
	for _, o := range roster.Occupants {
		stayer, known := before[o.Nick]
		if !known || stayer.Role == "" || !sameAccount(stayer.Account, o.RealJID) || o.Affiliation != now || o.Role == stayer.Role {
			continue
		}
		kind := xmpp.ActionUnmute
		if stayer.Role == xmpp.RoleVisitor {
			kind = xmpp.ActionMute
		}
		group.Go(func() error {
			_, err := pass(ctx, xmpp.Action{Kind: kind, Room: roster.Room, Target: xmpp.Target{Nick: o.Nick, RealJID: o.RealJID}})
			if xmpp.OutcomeOf(err) == xmpp.Gone && !errors.As(err, new(*xmpp.NoRoomError)) {
				return nil // they left
			}
			return err
		})
	}
	return group.Wait()
}
