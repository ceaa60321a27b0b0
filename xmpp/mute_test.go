package xmpp_test

import (
	"errors"
	"fmt"
	"testing"

	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

// canSay reports whether the room passes a peer's words on. No words come twice
// in a test.
func canSay(t *testing.T, peer *xmpptest.Peer, address, words string) bool {
	t.Helper()
	id := peer.User + " " + words
	peer.Send(t, fmt.Sprintf("<message type='groupchat' id='%s' to='%s'><body>%s</body></message>", id, address, words))
	return peer.WaitMessage(t, address, func(m xmpptest.Message) bool { return m.ID == id }).Err == nil
}

// canWhisper reports whether the room passes on what a peer writes to one
// occupant: that, or an error, comes before the answer to a later request.
func canWhisper(t *testing.T, peer *xmpptest.Peer, address, nick string, to *xmpptest.Peer, words string) bool {
	t.Helper()
	peer.Send(t, fmt.Sprintf("<message type='chat' to='%s/%s'><body>%s</body></message>", address, nick, words))
	peer.Ping(t, address)
	to.Send(t, fmt.Sprintf("<message type='groupchat' to='%s'><body>over</body></message>", address))
	return to.WaitMessage(t, address, func(m xmpptest.Message) bool { return m.Body == words || m.Body == "over" }).Body == words
}

func answerOf(yes bool) xmpp.Answer {
	if yes {
		return xmpp.Yes
	}
	return xmpp.No
}

// A mute does what is said before of what it does.
func TestMute(t *testing.T) {
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		for _, moderated := range []bool{false, true} {
			t.Run(fmt.Sprintf("moderated %t", moderated), func(t *testing.T) {
				peers := xmpptest.NewPeers(t, s)
				address := s.NewRoom()
				alice := peers.Connect(t, "alice", "pw")
				alice.CreateRoom(t, address, "Alice", map[string]string{"moderatedroom": map[bool]string{false: "0", true: "1"}[moderated]})
				bob, mia := peers.Connect(t, "bob", "pw"), peers.Connect(t, "mia", "pw")
				alice.SetAffiliation(t, address, mia.BareJID(), "member", "")
				bob.Join(t, address, "Bob")
				mia.Join(t, address, "Mia")
				if moderated {
					alice.SetRole(t, address, "Bob", "participant", "")
				}
				c := newClient(t, s)
				online(t, c)
				room := parseRoom(t, address)
				info, err := c.RoomInfo(testContext(t), room)
				if err != nil {
					t.Fatal(err)
				}
				effect, err := c.MuteEffect(testContext(t), info)
				if err != nil {
					t.Fatal(err)
				}
				if effect.Moderated != moderated || effect.Software.Name == "" {
					t.Errorf("got %+v, want moderated: %v", effect, moderated)
				}
				const reason = "<quiet>"
				for nick, peer := range map[string]*xmpptest.Peer{"Bob": bob, "Mia": mia} {
					if !canSay(t, peer, address, "before") {
						t.Fatalf("%s has no voice", nick)
					}
					mute := xmpp.Action{Kind: xmpp.ActionMute, Room: room, Target: xmpp.Target{Nick: nick}, Reason: reason}
					if got := do(t, c, mute); got.Already || got.Occupant.Nick != nick || got.Occupant.Role != xmpp.RoleVisitor {
						t.Errorf("got %+v, want %s as a visitor", got, nick)
					}
					heard := peer.WaitPresence(t, address, nick, func(p xmpptest.Presence) bool { return p.Role == "visitor" && p.Reason != "" })
					if heard.Reason != reason {
						t.Errorf("%s heard %+v, want the reason", nick, heard)
					}
					if got := answerOf(!canSay(t, peer, address, "muted")); got != effect.Silences {
						t.Errorf("%s is silent: %s; foretold was %s", nick, got, effect.Silences)
					}
					if got := do(t, c, mute); !got.Already {
						t.Errorf("the second time: got %+v", got)
					}
				}
				if got := answerOf(canWhisper(t, bob, address, "Alice", alice, "psst")); got != effect.Private {
					t.Errorf("Bob can whisper: %s; foretold was %s", got, effect.Private)
				}
				for _, back := range []struct {
					peer *xmpptest.Peer
					nick string
					want xmpp.Answer
				}{{bob, "Bob", effect.Rejoin}, {mia, "Mia", effect.RejoinMember}} {
					back.peer.Leave(t, address)
					back.peer.Join(t, address, back.nick)
					if got := answerOf(!canSay(t, back.peer, address, "back")); got != back.want {
						t.Errorf("%s is silent after a rejoin: %s; foretold was %s", back.nick, got, back.want)
					}
				}
				// Whatever they are now, they have voice in the end.
				for nick, peer := range map[string]*xmpptest.Peer{"Bob": bob, "Mia": mia} {
					unmute := xmpp.Action{Kind: xmpp.ActionUnmute, Room: room, Target: xmpp.Target{Nick: nick}}
					if got := do(t, c, unmute); got.Occupant.Role != xmpp.RoleParticipant {
						t.Errorf("got %+v, want %s as a participant", got, nick)
					}
					if !canSay(t, peer, address, "after") {
						t.Errorf("%s is still silent", nick)
					}
					if got := do(t, c, unmute); !got.Already {
						t.Errorf("unmuted twice: got %+v", got)
					}
				}
			})
		}
	})
}

// Nobody is muted who is not meant, and nobody loses anything by getting a voice.
func TestMuteOfOthers(t *testing.T) {
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		address := s.NewRoom()
		alice := peers.Connect(t, "alice", "pw")
		alice.CreateRoom(t, address, "Alice", nil)
		c := newClient(t, s)
		online(t, c)
		ctx, room := testContext(t), parseRoom(t, address)
		enter(t, c, room)
		bob, bystander := peers.Connect(t, "bob", "pw"), peers.Connect(t, "bystander", "pw")
		bob.Join(t, address, "Bob")
		target := targetOf(occupant(t, c, room, "Bob"))
		bob.Leave(t, address)
		bystander.Join(t, address, "Bob")
		eventually(t, "the bystander", func() bool {
			return xmpp.Target{RealJID: bystander.JID()}.Means(occupant(t, c, room, "Bob"))
		})
		for _, kind := range []xmpp.ActionKind{xmpp.ActionMute, xmpp.ActionUnmute} {
			t.Run(string(kind), func(t *testing.T) {
				if _, err := c.Do(ctx, xmpp.Action{Kind: kind, Room: room, Target: target}); !errors.As(err, new(*xmpp.TakenError)) {
					t.Errorf("somebody else: got %v", err)
				}
				if _, err := c.Do(ctx, xmpp.Action{Kind: kind, Room: room, Target: xmpp.Target{Nick: "muckick"}}); !errors.Is(err, xmpp.ErrOwnOccupant) {
					t.Errorf("our own nick: got %v", err)
				}
				if _, err := c.Do(ctx, xmpp.Action{Kind: kind, Room: room, Target: xmpp.Target{Nick: "Zed"}}); !errors.Is(err, xmpp.ErrNoOccupant) {
					t.Errorf("nobody: got %v", err)
				}
				if _, err := c.Do(ctx, xmpp.Action{Kind: kind, Room: parseRoom(t, s.Room("nosuch")), Target: xmpp.Target{Nick: "Zed"}}); !errors.As(err, new(*xmpp.NoRoomError)) {
					t.Errorf("no room: got %v", err)
				}
			})
		}
		if got := do(t, c, xmpp.Action{Kind: xmpp.ActionUnmute, Room: room, Target: xmpp.Target{Nick: "Alice"}}); !got.Already || got.Occupant.Role != xmpp.RoleModerator {
			t.Errorf("voice for a moderator: got %+v", got)
		}
		// The room is still ours to moderate.
		if _, err := c.Kick(ctx, room, xmpp.Target{Nick: "Bob"}, ""); err != nil {
			t.Error(err)
		}
		bystander.WaitGone(t, address)
	})
}

// Who is hidden from us is muted by the role lists' word.
func TestMuteOfTheHidden(t *testing.T) {
	xmpptest.EachReleaseShared(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		address := s.NewRoom()
		peers.Connect(t, "owner", "pw").CreateRoom(t, address, "Owner", map[string]string{"presencebroadcast": "moderator"})
		bob := peers.Connect(t, "bob", "pw")
		bob.Join(t, address, "Bob")
		c := newClient(t, s)
		online(t, c)
		room := parseRoom(t, address)
		for _, action := range []struct {
			kind xmpp.ActionKind
			want xmpp.Role
		}{{xmpp.ActionMute, xmpp.RoleVisitor}, {xmpp.ActionUnmute, xmpp.RoleParticipant}} {
			got := do(t, c, xmpp.Action{Kind: action.kind, Room: room, Target: xmpp.Target{Nick: "Bob"}})
			if got.Already || got.Occupant.Role != action.want {
				t.Errorf("%s: got %+v", action.kind, got)
			}
			bob.WaitPresence(t, address, "Bob", func(p xmpptest.Presence) bool { return p.Role == string(action.want) })
		}
	})
}

// An account without rights is refused, and says why.
func TestMuteWithoutRights(t *testing.T) {
	xmpptest.EachRelease(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		address := s.NewRoom()
		peers.Connect(t, "alice", "pw").CreateRoom(t, address, "Alice", nil)
		bob := peers.Connect(t, "bob", "pw")
		bob.Join(t, address, "Bob")
		c := newClient(t, s)
		online(t, c)
		room := parseRoom(t, address)
		for _, tt := range []struct {
			action xmpp.Action
			want   xmpp.Obstacle
		}{
			{xmpp.Action{Kind: xmpp.ActionMute, Target: xmpp.Target{Nick: "Bob"}}, xmpp.ObstacleNotModerator},
			{xmpp.Action{Kind: xmpp.ActionBan, Target: xmpp.Target{RealJID: bob.JID()}}, xmpp.ObstacleNotAdmin},
			{xmpp.Action{Kind: xmpp.ActionUnban, Target: xmpp.Target{RealJID: bob.JID()}}, xmpp.ObstacleNotAdmin},
		} {
			tt.action.Room = room
			_, err := c.Do(testContext(t), tt.action)
			var refused *xmpp.RefusedError
			if !errors.As(err, &refused) || refused.Obstacle != tt.want {
				t.Errorf("%s: got %v (%+v), want a refusal: %s", tt.action.Kind, err, refused, tt.want)
			}
		}
		// By the nick, whose account is not shown to us.
		if _, err := c.Do(testContext(t), xmpp.Action{Kind: xmpp.ActionBan, Room: room, Target: xmpp.Target{Nick: "Bob"}}); !errors.Is(err, xmpp.ErrHiddenAccount) {
			t.Errorf("got %v, want %v", err, xmpp.ErrHiddenAccount)
		}
		if !bob.Ping(t, address) {
			t.Error("Bob is gone")
		}
	}, xmpptest.WithPlainKicker())
}
