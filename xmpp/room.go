package xmpp

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
}
