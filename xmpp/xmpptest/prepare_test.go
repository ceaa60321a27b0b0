package xmpptest

import (
	"testing"

	"muckick/xmpp/mucserver"
)

func TestKeys(t *testing.T) {
	tests := []struct {
		name, written, prepared string
		same                    bool
	}{
		{name: "Hangul compatibility jamo", written: "room@x/ㅋ", prepared: "room@x/\u110F", same: true},
		{name: "variation selector", written: "room@x/❤\uFE0F", prepared: "room@x/❤", same: true},
		{name: "case of a room", written: "ROOM@x/Bob", prepared: "room@x/Bob", same: true},
		{name: "case of a nick", written: "room@x/Bob", prepared: "room@x/bob"},
		{name: "slash in a nick", written: "room@x/a/b", prepared: "room@x/a"},
		{name: "another room", written: "room@x/Bob", prepared: "room2@x/Bob"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			room1, nick1 := splitOccupant(tt.written)
			room2, nick2 := splitOccupant(tt.prepared)
			if got := room1 == room2 && nick1 == nick2; got != tt.same {
				t.Errorf("%+q and %+q: got same %t, want %t", tt.written, tt.prepared, got, tt.same)
			}
		})
	}
}

func TestUnsupported(t *testing.T) {
	tests := []struct {
		name, server string
		opt          Option
		want         bool
	}{
		{name: "rate limit", server: Mucserver, opt: WithRateLimit(1), want: true},
		{name: "rate limit", server: Prosody, opt: WithRateLimit(1)},
		{name: "rooms", server: Prosody, opt: WithMaxRooms(1), want: true},
		{name: "rooms", server: Ejabberd, opt: WithMaxRooms(1)},
		{name: "presence", server: Mucserver, opt: WithMaxPresence(1), want: true},
		{name: "presence", server: Ejabberd, opt: WithMaxPresence(1)},
		{name: "dialect", server: Mucserver, opt: WithDialect(mucserver.Dialect{ResultFirst: true})},
		{name: "dialect", server: Prosody, opt: WithDialect(mucserver.Dialect{ResultFirst: true}), want: true},
		{name: "rooms", server: Ejabberd24, opt: WithMaxRooms(1)},
		{name: "admins without rooms", server: Ejabberd24, opt: WithAdminsOwningNoRoom(), want: true},
		{name: "admins without rooms", server: Prosody13, opt: WithAdminsOwningNoRoom()},
		{name: "plain kicker", server: Mucserver, opt: WithPlainKicker()},
	}
	for _, tt := range tests {
		t.Run(tt.server+" "+tt.name, func(t *testing.T) {
			if got := newOptions([]Option{tt.opt}).unsupported(tt.server); (got != "") != tt.want {
				t.Errorf("got %q, want a lack: %t", got, tt.want)
			}
		})
	}
}
