package xmpp

import (
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
)

// An Affiliated is an entry of a room's affiliation lists (XEP-0045 §9.2, §9.5).
type Affiliated struct {
	Account     string // a bare JID or a domain, as the server writes it
	Nick        string // reserved for it; mostly empty
	Reason      string // empty where the server keeps none; from the network, so hostile
	Affiliation Affiliation
}

// listed are the affiliations that rooms have lists of, the rarest first.
var listed = [...]Affiliation{AffiliationOwner, AffiliationAdmin, AffiliationMember, AffiliationOutcast}

// Affiliations returns the whole list of a room's accounts with an affiliation
// other than none, sorted by account. Where the room grants it only to those who
// are in, it is joined. The errors are those of [Client.Kick], but for
// [ErrUnknown]; [ErrNoAnswer] means that none came.
func (c *Client) Affiliations(ctx context.Context, jid RoomJID, affiliation Affiliation) ([]Affiliated, error) {
	if !slices.Contains(listed[:], affiliation) {
		return nil, &AccountError{Reason: "rooms keep no list of the affiliation " + string(affiliation)}
	}
	var list []Affiliated
	err := c.in(ctx, jid, func(r *room) error {
		return r.asAdmin(ctx, func(*visit) (err error) {
			list, err = r.affiliated(ctx, affiliation)
			return err
		})
	})
	list = slices.Clone(list) // others have been given the same one
	slices.SortFunc(list, func(a, b Affiliated) int { return cmp.Compare(a.Account, b.Account) })
	return list, err
}

// Affiliation returns the affiliation of an account in a room, from its lists: the
// empty one if the room did not tell all of them and the account is on none of
// the others. See [Client.Affiliations].
func (c *Client) Affiliation(ctx context.Context, jid RoomJID, account string) (Affiliation, error) {
	account, err := ParseAccount(account)
	if err != nil {
		return "", err
	}
	var affiliation Affiliation
	err = c.in(ctx, jid, func(r *room) error {
		return r.asAdmin(ctx, func(*visit) (err error) {
			affiliation, err = r.listedAffiliation(ctx, account)
			return err
		})
	})
	return affiliation, err
}

// in runs do with a room on a service that is served, held.
func (c *Client) in(ctx context.Context, jid RoomJID, do func(*room) error) error {
	s := c.current()
	if s == nil {
		return ErrOffline
	}
	if err := s.services.check(ctx, jid.Domain()); err != nil {
		return err
	}
	r := s.hold(jid)
	defer r.release()
	return do(r)
}

// asAdmin runs do, which asks for what only admins of the room may, from where we
// are: in the room, or outside, where some servers allow it to admins of the
// service. What is refused outside is tried again inside. The visit is nil
// outside.
func (r *room) asAdmin(ctx context.Context, do func(*visit) error) error {
	v := r.present()
	err := do(v)
	if isDenied(err) && (v == nil || v != r.present()) {
		if v, err = r.enter(ctx); err == nil {
			err = do(v)
		}
	}
	var refused *StanzaError
	if errors.As(err, new(*JoinError)) || !errors.As(err, &refused) {
		return err
	}
	if refused.Type == "cancel" && (refused.Has("item-not-found") || refused.Has("gone")) {
		return &NoRoomError{Room: r.jid}
	}
	return r.adminRefusal(refused)
}

// isDenied reports whether an error is a refusal for want of rights.
func isDenied(err error) bool {
	var refused *StanzaError
	return errors.As(err, &refused) && (refused.Has("forbidden") || refused.Has("not-allowed"))
}

// adminRefusal words why a room refused what its admins may.
func (r *room) adminRefusal(refused *StanzaError) error {
	refusal := &RefusedError{Err: refused}
	if v := r.present(); isDenied(refused) && v != nil {
		refusal.Obstacle = ObstacleOutranked
		if r.standing(v).Affiliation.rank() < AffiliationAdmin.rank() {
			refusal.Obstacle = ObstacleNotAdmin
		}
	}
	return refusal
}

// affiliated returns the list of an affiliation as it is now or will be. Nobody
// may change it.
func (r *room) affiliated(ctx context.Context, affiliation Affiliation) ([]Affiliated, error) {
	return r.lists[slices.Index(listed[:], affiliation)].get(ctx, r.stream, func(ctx context.Context) ([]Affiliated, error) {
		var answer affiliationAnswer
		query := adminQuery{Items: []mucItem{{Affiliation: string(affiliation)}}}
		if err := r.stream.ask(ctx, r.jid.String(), "get", query, &answer); err != nil {
			return nil, err
		}
		for i := range answer.Query.list {
			answer.Query.list[i].Affiliation = affiliation
		}
		return answer.Query.list, nil
	})
}

// listedAffiliation returns what the lists say of an account, see
// [Client.Affiliation]. It gives an error if the list of outcasts cannot be read.
func (r *room) listedAffiliation(ctx context.Context, account string) (Affiliation, error) {
	var group errgroup.Group
	var mu sync.Mutex
	var found Affiliation
	all := true
	for _, affiliation := range listed {
		group.Go(func() error {
			list, err := r.affiliated(ctx, affiliation)
			if err != nil && (affiliation == AffiliationOutcast || !isDenied(err)) {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			all = all && err == nil
			if lists(list, account) {
				found = affiliation
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return "", err
	}
	if found == "" && all {
		return AffiliationNone, nil
	}
	return found, nil
}

// lists reports whether the account is on the list.
func lists(list []Affiliated, account string) bool {
	return slices.ContainsFunc(list, func(entry Affiliated) bool { return sameAccount(account, entry.Account) })
}

// An affiliationAnswer is a room's answer with an affiliation list.
type affiliationAnswer struct {
	Query affiliationQuery `xml:"http://jabber.org/protocol/muc#admin query"`
}

// An affiliationQuery reads the list without reflection: it can have thousands of
// entries, and nothing else is read meanwhile.
type affiliationQuery struct{ list []Affiliated }

func (q *affiliationQuery) UnmarshalXML(d *xml.Decoder, _ xml.StartElement) error {
	depth, inReason := 0, false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case xml.StartElement:
			depth++
			inReason = inReason || depth == 2 && token.Name.Local == "reason" && len(q.list) > 0
			if depth == 1 && token.Name.Local == "item" && len(q.list) < maxItems {
				q.list = append(q.list, Affiliated{Account: attribute(token, "jid"), Nick: attribute(token, "nick")})
			}
		case xml.CharData:
			if inReason && depth == 2 {
				q.list[len(q.list)-1].Reason += string(token)
			}
		case xml.EndElement:
			if depth--; depth < 0 {
				return nil
			}
			inReason = inReason && depth >= 2
		}
	}
}
