package probe

import (
	"context"
	"encoding/xml"
	"errors"

	"muckick/xmpp"
	"muckick/xmpp/wire"
)

// adminQuery is a request of muc#admin (XEP-0045 §9).
type adminQuery struct {
	XMLName xml.Name `xml:"http://jabber.org/protocol/muc#admin query"`
	Item    struct {
		Affiliation string `xml:"affiliation,attr"`
		JID         string `xml:"jid,attr,omitempty"`
	} `xml:"item"`
}

func affiliationQuery(affiliation xmpp.Affiliation, jid string) adminQuery {
	var q adminQuery
	q.Item.Affiliation, q.Item.JID = string(affiliation), jid
	return q
}

// ownerQuery is a request of muc#owner (XEP-0045 §10).
type ownerQuery struct {
	XMLName xml.Name  `xml:"http://jabber.org/protocol/muc#owner query"`
	Form    *roomForm // submitted if there is one, else asked for
}

// Affiliation finds out what the account is in a room that it is not in: owners
// are told the room's configuration (XEP-0045 §10.2), and admins who is banned
// (§9.2). Below that, it is none as far as anybody outside can see.
func (s *Session) Affiliation(ctx context.Context, room xmpp.RoomJID) (xmpp.Affiliation, error) {
	err := s.stream.Ask(ctx, room.String(), "get", ownerQuery{}, nil)
	if err == nil {
		return xmpp.AffiliationOwner, nil
	}
	if !refused(err) {
		return "", err
	}
	err = s.stream.Ask(ctx, room.String(), "get", affiliationQuery(xmpp.AffiliationOutcast, ""), nil)
	switch {
	case err == nil:
		return xmpp.AffiliationAdmin, nil
	case refused(err):
		return xmpp.AffiliationNone, nil
	}
	return "", err
}

// SetAffiliation gives an account an affiliation in a room (XEP-0045 §9, §10).
func (s *Session) SetAffiliation(ctx context.Context, room xmpp.RoomJID, account string, affiliation xmpp.Affiliation) error {
	return s.stream.Ask(ctx, room.String(), "set", affiliationQuery(affiliation, account), nil)
}

// refused reports whether an entity answered that somebody may not do that.
func refused(err error) bool {
	var answer *wire.StanzaError
	return errors.As(err, &answer) && (answer.Has("forbidden") || answer.Has("not-allowed") || answer.Has("not-authorized"))
}
