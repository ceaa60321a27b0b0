package xmpp

import (
	"context"
	"strings"
)

// An Answer to a question can be that it is not known.
type Answer string

// The answers.
const (
	Yes      Answer = "yes"
	No       Answer = "no"
	NotKnown Answer = "not known"
)

// A MuteEffect says what a mute is good for in a room, as it is set up now.
type MuteEffect struct {
	Software  Software // whose behaviour it is
	Moderated bool     // the room is: without voice nobody may write to it

	// Silences says whether somebody who is muted cannot write to the room.
	Silences Answer

	// Rejoin says whether somebody without affiliation is still without voice when
	// they leave and come back, and RejoinMember the same of members.
	Rejoin, RejoinMember Answer

	// Private says whether somebody who is muted can still write to single
	// occupants.
	Private Answer
}

// MuteEffect returns what a mute in a room is good for, of which [Client.RoomInfo]
// told. It differs from server to server (XEP-0045 §8.4 leaves it open). Where the
// server's software is not known, most of it is not known.
func (c *Client) MuteEffect(ctx context.Context, info RoomInfo) (MuteEffect, error) {
	s := c.current()
	if s == nil {
		return MuteEffect{}, ErrOffline
	}
	software, err := s.softwareOf(ctx, info.JID.Domain())
	if err != nil {
		return MuteEffect{}, err
	}
	return muteEffect(software, info), nil
}

// muteEffect knows what was seen of Prosody 0.12 and 13, of ejabberd 23.01 and
// 24.12, and of package mucserver.
func muteEffect(software Software, info RoomInfo) MuteEffect {
	e := MuteEffect{
		Software: software, Moderated: info.Moderated,
		Silences: NotKnown, Rejoin: NotKnown, RejoinMember: NotKnown, Private: NotKnown,
	}
	if info.Moderated {
		e.Silences = Yes
	}
	switch strings.ToLower(software.Name) {
	case "prosody", "mucserver":
		// Roles are forgotten: whoever comes back is treated as a newcomer.
		e.Silences, e.Rejoin, e.RejoinMember, e.Private = Yes, answer(info.Moderated), No, Yes
	case "ejabberd":
		// It keeps the roles that differ from a moderated room's default.
		e.Silences, e.Rejoin, e.RejoinMember, e.Private = answer(info.Moderated), answer(info.Moderated), answer(info.Moderated), Yes
	}
	switch info.PrivateMessages {
	case "participants", "participant", "moderators", "moderator", "none":
		e.Private = No
	}
	return e
}

func answer(yes bool) Answer {
	if yes {
		return Yes
	}
	return No
}
