package xmpp

import (
	"context"
	"errors"
	"strconv"
)

// A Service is a MUC service that muckick serves.
type Service struct {
	Domain string // e.g. chat.example.org
	Name   string // as the service calls itself; may be empty
}

// A Room is a room as its service lists it.
type Room struct {
	JID  RoomJID
	Name string // may be empty
}

// RoomInfo is what a room says of itself by disco#info (XEP-0045 §6.4).
type RoomInfo struct {
	JID               RoomJID
	Name              string
	Description       string
	Subject           string
	Occupants         int // -1 if the room does not say
	Hidden            bool
	MembersOnly       bool
	Moderated         bool
	PasswordProtected bool
	Persistent        bool
	NonAnonymous      bool // everybody sees real JIDs
	OccupantIDs       bool // the room vouches for occupant ids (XEP-0421)

	// PrivateMessages is who may write to single occupants, in the words of the
	// room's server (XEP-0045 §15.5.3); empty if it does not say.
	PrivateMessages string
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
		PrivateMessages:   info.Form.value("muc#roomconfig_allowpm"),
	}, nil
}
