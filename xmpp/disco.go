package xmpp

import (
	"context"
	"encoding/xml"
	"errors"
	"slices"
	"strconv"
)

// discoQuery asks for either kind of disco (XEP-0030).
type discoQuery struct {
	XMLName xml.Name
	Node    string  `xml:"node,attr,omitempty"`
	Set     *rsmSet `xml:"http://jabber.org/protocol/rsm set"`
}

func infoQuery() discoQuery { return discoQuery{XMLName: xml.Name{Space: nsDiscoInfo, Local: "query"}} }

func itemsQuery(set *rsmSet) discoQuery {
	return discoQuery{XMLName: xml.Name{Space: nsDiscoItems, Local: "query"}, Set: set}
}

type identity struct {
	Category string `xml:"category,attr"`
	Type     string `xml:"type,attr"`
	Name     string `xml:"name,attr,omitempty"`
}

type feature struct {
	Var string `xml:"var,attr"`
}

// discoInfo is what an entity says of itself (XEP-0030 §3).
type discoInfo struct {
	XMLName    xml.Name   `xml:"http://jabber.org/protocol/disco#info query"`
	Identities []identity `xml:"identity"`
	Features   []feature  `xml:"feature"`
	Form       *dataForm  `xml:"jabber:x:data x"`
}

// isMUC reports whether the entity is a MUC service or a room (XEP-0045 §6.2).
func (d *discoInfo) isMUC() bool {
	return d.has(nsMUC) && slices.ContainsFunc(d.Identities, func(id identity) bool { return id.Category == "conference" })
}

func (d *discoInfo) has(name string) bool { return slices.Contains(d.Features, feature{name}) }

func (d *discoInfo) name() string {
	for _, id := range d.Identities {
		if id.Name != "" {
			return id.Name
		}
	}
	return ""
}

// dataForm is an extended info form (XEP-0128).
type dataForm struct {
	Fields []struct {
		Var    string   `xml:"var,attr"`
		Values []string `xml:"value"`
	} `xml:"field"`
}

func (f *dataForm) value(name string) string {
	if f == nil {
		return ""
	}
	for _, field := range f.Fields {
		if field.Var == name && len(field.Values) > 0 {
			return field.Values[0]
		}
	}
	return ""
}

type discoItem struct {
	JID  string `xml:"jid,attr"`
	Name string `xml:"name,attr"`
}

// info asks an entity what it is.
func (s *stream) info(ctx context.Context, entity string) (*discoInfo, error) {
	var answer struct {
		Query discoInfo `xml:"http://jabber.org/protocol/disco#info query"`
	}
	if err := s.ask(ctx, entity, "get", infoQuery(), &answer); err != nil {
		return nil, err
	}
	return &answer.Query, nil
}

// roomInfo asks a room what it is (XEP-0045 §6.4). A room that does not exist,
// or not any more, gives a [NoRoomError]: to join it would create it.
func (s *stream) roomInfo(ctx context.Context, room RoomJID) (RoomInfo, error) {
	info, err := s.info(ctx, room.String())
	var refused *StanzaError
	switch {
	case errors.As(err, &refused) && (refused.Has("item-not-found") || refused.Has("gone")):
		return RoomInfo{}, &NoRoomError{Room: room}
	case err != nil:
		return RoomInfo{}, err
	case !info.isMUC():
		return RoomInfo{}, &NoRoomError{Room: room}
	}
	occupants, err := strconv.Atoi(info.Form.value("muc#roominfo_occupants"))
	if err != nil || occupants < 0 {
		occupants = -1
	}
	return RoomInfo{
		JID:               room,
		Name:              info.name(),
		Description:       info.Form.value("muc#roominfo_description"),
		Subject:           info.Form.value("muc#roominfo_subject"),
		Occupants:         occupants,
		Hidden:            info.has("muc_hidden"),
		MembersOnly:       info.has("muc_membersonly"),
		Moderated:         info.has("muc_moderated"),
		PasswordProtected: info.has("muc_passwordprotected"),
		Persistent:        info.has("muc_persistent"),
		NonAnonymous:      info.has("muc_nonanonymous"),
		OccupantIDs:       info.has(nsOccupantID),
	}, nil
}
