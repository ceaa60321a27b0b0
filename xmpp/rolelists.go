package xmpp

import (
	"cmp"
	"context"
	"errors"

	"golang.org/x/sync/errgroup"
)

// roleLists are who a room lists by role (XEP-0045 §9).
type roleLists struct {
	byNick  map[string]Occupant
	read    map[Role]bool // the roles whose list the room gave
	lacking error         // why it did not give another; nil if it gave all
}

// roleLists asks for the occupants of every role. It gives an error only if no
// list could be read at all: some servers lack that of the visitors.
func (s *stream) roleLists(ctx context.Context, jid RoomJID) (roleLists, error) {
	roles := []Role{RoleModerator, RoleParticipant, RoleVisitor}
	answers, failures := make([][]Occupant, len(roles)), make([]error, len(roles))
	var group errgroup.Group
	for i, role := range roles {
		group.Go(func() error {
			answers[i], failures[i] = s.roleList(ctx, jid, role)
			return nil
		})
	}
	_ = group.Wait() // each list keeps its own error
	lists := roleLists{byNick: make(map[string]Occupant), read: make(map[Role]bool)}
	for i, role := range roles {
		if failures[i] != nil {
			lists.lacking = cmp.Or(lists.lacking, failures[i])
			continue
		}
		lists.read[role] = true
		for _, occupant := range answers[i] {
			lists.add(occupant)
		}
	}
	if len(lists.read) == 0 {
		return roleLists{}, lists.lacking
	}
	return lists, nil
}

// add takes in an item. Each session that bears a nick has one.
func (lists *roleLists) add(occupant Occupant) {
	if other, shared := lists.byNick[occupant.Nick]; shared && other.RealJID != occupant.RealJID {
		occupant.Sessions += other.Sessions
		occupant.Self = occupant.Self || other.Self
	}
	lists.byNick[occupant.Nick] = occupant
}

func (s *stream) roleList(ctx context.Context, jid RoomJID, role Role) ([]Occupant, error) {
	var answer struct {
		Query struct {
			Items []mucItem `xml:"item"`
		} `xml:"http://jabber.org/protocol/muc#admin query"`
	}
	if err := s.ask(ctx, jid.String(), "get", adminQuery{Items: []mucItem{{Role: string(role)}}}, &answer); err != nil {
		return nil, err
	}
	var list []Occupant
	for _, item := range answer.Query.Items {
		if item.Nick != "" {
			list = append(list, Occupant{
				Nick: item.Nick, RealJID: item.JID, Role: cmp.Or(roleOf(item.Role), role),
				Affiliation: affiliationOf(item.Affiliation), Sessions: 1,
				Self: item.JID == s.wire.Bound(), Ours: s.isOurs(item.JID),
			})
		}
	}
	return list, nil
}

// reconcile corrects what presence tells by the role lists: large rooms hide
// presence, and some servers remove people without a word.
func (r *room) reconcile(ctx context.Context, v *visit) error {
	r.mu.Lock()
	span := v.occupants.beginSpan()
	r.mu.Unlock()
	lists, err := r.readRoles(ctx)
	r.noteListing(v, cmp.Or(err, lists.lacking))
	r.mu.Lock()
	v.occupants.endSpan(span)
	if err != nil || r.visit != v {
		r.mu.Unlock()
		return err
	}
	changed := v.occupants.reconcile(span, lists)
	r.mu.Unlock()
	r.stream.client.watchers.touch(r.jid, changed...)
	return nil
}

// reconcile takes the lists over that were read, and returns the nicks that it
// changed. Of whom presence told anything meanwhile, it tells the truth, even if they
// came and went: the room sends both in the order in which they are true.
func (o *occupants) reconcile(span *span, lists roleLists) (changed []string) {
	for nick, listed := range lists.byNick {
		if span.changed[nick] {
			continue
		}
		known, isThere := o.find(nick)
		if isThere {
			listed.Since, listed.Self, listed.OccupantID = known.Since, known.Self, known.OccupantID
			listed.RealJID = cmp.Or(known.RealJID, listed.RealJID)
			listed.Ours = listed.Ours || known.Ours
			listed.Affiliation = cmp.Or(listed.Affiliation, known.Affiliation)
		}
		if listed != known {
			o.list(listed)
			changed = append(changed, nick)
		}
	}
	for nick, known := range o.byNick {
		_, listed := lists.byNick[nick]
		if !span.changed[nick] && !listed && !known.Self && lists.read[known.Role] {
			o.remove(nick)
			changed = append(changed, nick)
		}
	}
	return changed
}

// noteListing remembers whether the room grants all its role lists.
func (r *room) noteListing(v *visit, err error) {
	unlisted := errors.As(err, new(*StanzaError))
	if err != nil && !unlisted {
		return // nothing was learned
	}
	r.mu.Lock()
	changed := r.visit == v && v.unlisted != unlisted
	v.unlisted = unlisted
	r.mu.Unlock()
	if changed {
		r.stream.client.watchers.reset(r.jid)
	}
}
