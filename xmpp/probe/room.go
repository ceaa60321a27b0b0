package probe

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"time"

	"muckick/xmpp"
	"muckick/xmpp/wire"
)

// entryTimeout is how long a room has to let us in.
const entryTimeout = 15 * time.Second

// roomForm is a submitted room configuration (XEP-0045 §10.1.3).
type roomForm struct {
	XMLName xml.Name    `xml:"jabber:x:data x"`
	Type    string      `xml:"type,attr"`
	Fields  []formField `xml:"field"`
}

type formField struct {
	Var   string `xml:"var,attr"`
	Value string `xml:"value"`
}

// hiddenRoom configures a room that is not listed and ends when it is empty.
func hiddenRoom() ownerQuery {
	return ownerQuery{Form: &roomForm{Type: "submit", Fields: []formField{
		{"FORM_TYPE", "http://jabber.org/protocol/muc#roomconfig"},
		{"muc#roomconfig_publicroom", "0"},
		{"muc#roomconfig_persistentroom", "0"},
	}}}
}

// CreateHidden makes a room that is not listed and ends when it is empty, and
// enters it under the nick. Where the room is there already, or the server makes
// none, that is an error.
func (s *Session) CreateHidden(ctx context.Context, room xmpp.RoomJID, nick string) error {
	entered, err := s.enter(ctx, room.String(), nick)
	switch {
	case err != nil:
		return err
	case !entered.has(roomCreated):
		return errors.New("the server did not make a new one")
	}
	if err := s.stream.Ask(ctx, room.String(), "set", hiddenRoom(), nil); err != nil {
		return fmt.Errorf("configure it: %w", err)
	}
	return nil
}

// A roomPresence is what a room tells of an occupant (XEP-0045 §7).
type roomPresence struct {
	From   string `xml:"from,attr"`
	Status []struct {
		Code int `xml:"code,attr"`
	} `xml:"http://jabber.org/protocol/muc#user x>status"`
	refusal *wire.StanzaError // why the room did not let us in
}

func readRoomPresence(el *wire.Element) (p roomPresence, err error) {
	if header := wire.ReadHeader(el.Start); header.Type == "error" {
		p.From = header.From
		p.refusal, err = el.DecodeError()
		return p, err
	}
	return p, el.Decode(&p)
}

type joinPayload struct {
	XMLName xml.Name `xml:"http://jabber.org/protocol/muc x"`
}

// enter joins a room under a nick and waits until the room lets it in.
func (s *Session) enter(ctx context.Context, room, nick string) (roomPresence, error) {
	ctx, cancel := context.WithTimeout(ctx, entryTimeout)
	defer cancel()
	occupant := room + "/" + nick
	if err := s.stream.Send(wire.Presence{Header: wire.Header{To: occupant}, Payload: joinPayload{}}); err != nil {
		return roomPresence{}, err
	}
	for {
		select {
		case p := <-s.presences:
			switch {
			case p.From != occupant && p.From != room:
			case p.refusal != nil:
				return p, p.refusal
			case p.has(selfPresence):
				return p, nil
			}
		case <-s.stream.Alive().Done():
			return roomPresence{}, wire.ErrNoAnswer
		case <-ctx.Done():
			return roomPresence{}, ctx.Err()
		}
	}
}

// Status codes of XEP-0045 §15.6.2.
const (
	selfPresence = 110
	roomCreated  = 201
)

func (p roomPresence) has(code int) bool {
	for _, status := range p.Status {
		if status.Code == code {
			return true
		}
	}
	return false
}
