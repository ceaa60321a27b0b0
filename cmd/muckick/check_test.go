package main

import (
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"muckick/cmd/muckick/internal/check"
	"muckick/xmpp/mucserver"
	"muckick/xmpp/xmpptest"
)

// checkServer checks a test's server as its kicker.
func checkServer(t *testing.T, s *xmpptest.Server, more ...string) outcome {
	t.Helper()
	return command(t, append([]string{
		"check", "--xmpp.jid", s.JID(s.Kicker.User), "--xmpp.password", s.Kicker.Password,
		"--xmpp.server", s.Addr, "--xmpp.tls", "none",
	}, more...)...)
}

// wantReport wants a report with all these texts, and status 0 only if there is
// no problem.
func wantReport(t *testing.T, got outcome, status int, texts ...string) {
	t.Helper()
	if got.status != status {
		t.Errorf("status %d, want %d", got.status, status)
	}
	for _, text := range texts {
		if !strings.Contains(got.stdout, text) {
			t.Errorf("no %q", text)
		}
	}
	if t.Failed() {
		t.Logf("%s%s", got.stdout, got.stderr)
	}
}

// newRoom makes a room that belongs to alice and is listed.
func newRoom(t *testing.T, peers *xmpptest.Peers, s *xmpptest.Server) (room string, alice *xmpptest.Peer) {
	t.Helper()
	room, alice = s.NewRoom(), peers.Connect(t, "alice", "secret")
	alice.CreateRoom(t, room, "Alice", map[string]string{"publicroom": "1"})
	return room, alice
}

func TestCheckAsAdmin(t *testing.T) {
	xmpptest.EachRelease(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		hidden := checkServer(t, s)
		wantReport(t, hidden, exitOK, "unknown  whether the account may kick cannot be seen where no room is listed", "--probe",
			"Nothing is wrong so far, but whether a kick would work was not seen.")
		if strings.Contains(hidden.stdout, "PROBLEM") {
			t.Errorf("a right set-up is called a problem:\n%s", hidden.stdout)
		}

		room, alice := newRoom(t, peers, s)
		wantReport(t, checkServer(t, s), exitOK, "1 group chat service: "+s.Service, "it lists 1 room\n",
			"asked 1 room: the account is an owner of each", "A kick would work.")
		if occupants := alice.Occupants(room); len(occupants) != 1 {
			t.Errorf("alice noticed the check: %+v", occupants)
		}

		tried := "a second session of the account was kicked, and the room confirmed it"
		if s.Software == xmpptest.Ejabberd {
			tried = "protects owners from each other"
		}
		wantReport(t, checkServer(t, s, "--probe"), exitOK, "the account owns even a room that it gave away", tried)
		wantReport(t, checkServer(t, s, "--room", room), exitOK, room+"\n", "found nobody, as it should",
			"the account is a moderator with the affiliation owner: it can kick")
		wantReport(t, checkServer(t, s, "--room", s.Room("nowhere")), exitFailed, "no such room")
	})
}

// An admin of a service who owns no rooms, as on Prosody 13, is told the line
// that changes it, and nothing that is done already.
func TestCheckAsAdminWithoutRooms(t *testing.T) {
	xmpptest.On(t, []string{xmpptest.Prosody, xmpptest.Prosody13}, func(t *testing.T, s *xmpptest.Server) {
		wantReport(t, checkServer(t, s), exitOK, "no room is listed", "muc_room_default_public = true")
		room, _ := newRoom(t, xmpptest.NewPeers(t, s), s)
		for _, more := range [][]string{nil, {"--probe"}, {"--room", room}} {
			got := checkServer(t, s, more...)
			wantReport(t, got, exitFailed, fmt.Sprintf("Component %q \"muc\"", s.Service),
				"component_admins_as_room_owners = true", "admin of the service, but")
			if strings.Contains(got.stdout, "admins = {") {
				t.Errorf("check %v says what is done already:\n%s", more, got.stdout)
			}
		}
	}, xmpptest.WithAdminsOwningNoRoom())
}

func TestCheckAsNobody(t *testing.T) {
	xmpptest.EachRelease(t, func(t *testing.T, s *xmpptest.Server) {
		peers := xmpptest.NewPeers(t, s)
		room, alice := newRoom(t, peers, s)
		advice := []string{fmt.Sprintf("admins = { %q }", s.JID(s.Kicker.User)), "access_admin:"}
		wantReport(t, checkServer(t, s), exitFailed, append(advice,
			"PROBLEM  asked 1 room: the account is neither owner nor admin of 1, such as "+room)...)
		wantReport(t, checkServer(t, s, "--probe"), exitFailed, "probe: in a room that it gave away, the account has no rights", "The same helps as above.")
		wantReport(t, checkServer(t, s, "--room", room), exitFailed, append(advice, "and not a moderator")...)

		alice.SetAffiliation(t, room, s.JID(s.Kicker.User), "admin", "")
		wantReport(t, checkServer(t, s), exitOK, "an owner of 0 and an admin of 1, so it can kick there, except who ranks above it")
		wantReport(t, checkServer(t, s, "--room", room), exitOK, "a moderator with the affiliation admin: it can kick", "out of its reach are Alice")

		closed := s.NewRoom()
		alice.CreateRoom(t, closed, "Alice", nil)
		alice.SetAffiliation(t, closed, s.JID(s.Kicker.User), "outcast", "")
		wantReport(t, checkServer(t, s, "--room", closed), exitFailed, "cannot join "+closed)
	}, xmpptest.WithPlainKicker())
}

func TestCheckRateLimit(t *testing.T) {
	for _, name := range []string{xmpptest.Prosody, xmpptest.Ejabberd} { // the embedded server has no limit
		t.Run(name, func(t *testing.T) {
			s := xmpptest.Start(t, name, xmpptest.WithPlainKicker(), xmpptest.WithRateLimit(10))
			wantReport(t, checkServer(t, s), exitOK, "note ", "unlimited_jids", "c2s_shaper")
		})
	}
}

func TestCheckServices(t *testing.T) {
	xmpptest.Each(t, func(t *testing.T, s *xmpptest.Server) {
		wantReport(t, checkServer(t, s, "--probe", "--xmpp.services", strings.Join([]string{s.Domain, s.Service, "rooms.elsewhere.example"}, ",")), exitFailed,
			"1 group chat service: "+s.Service,
			"xmpp.services names "+s.Domain+", which is no group chat service here: "+s.Domain+" is not a MUC service",
			"xmpp.services names rooms.elsewhere.example, which is no group chat service here: ",
			"owns even a room that it gave away")
	})
}

// loggedIn is what a check says that got into the chat server.
const loggedIn = "ok       logged in as kicker@localhost/"

// TestCheckConnection gets every setting of the connection wrong.
func TestCheckConnection(t *testing.T) {
	withTLS := []connectionCase{
		{"all well", func(*connection, *xmpptest.Server) {}, loggedIn},
		{"direct", func(c *connection, s *xmpptest.Server) { c.server, c.tls = s.TLSAddr, "direct" }, loggedIn},
		{"wrong password", func(c *connection, _ *xmpptest.Server) { c.password = "tr0ub4dor" }, "prosodyctl adduser kicker@localhost"},
		{"no such account", func(c *connection, _ *xmpptest.Server) { c.jid = "nobody@localhost" }, "ejabberdctl register nobody localhost PASSWORD"},
		{"unknown authority", func(c *connection, _ *xmpptest.Server) { c.ca = "" }, "name its certificate in xmpp.ca_file"},
		{"TLS required", func(c *connection, _ *xmpptest.Server) { c.tls = "none" }, `try xmpp.tls = "starttls"`},
		{"begins without TLS", func(c *connection, _ *xmpptest.Server) { c.tls = "direct" }, `try xmpp.tls = "starttls"`},
		{"begins with TLS", func(c *connection, s *xmpptest.Server) { c.server = s.TLSAddr }, `try xmpp.tls = "direct"`},
		{"other domain", func(c *connection, s *xmpptest.Server) {
			c.server, c.tls, c.jid = s.TLSAddr, "direct", "kicker@elsewhere.example"
		}, "elsewhere.example"},
		{"nothing listens", func(c *connection, _ *xmpptest.Server) { c.server = "127.0.0.1:1" }, "Nothing listens there"},
		{"no such host", func(c *connection, _ *xmpptest.Server) { c.server = "no.such.host.invalid:5222" }, "Set xmpp.server to host:port"},
	}
	withoutTLS := []connectionCase{
		{"wrong password", func(c *connection, _ *xmpptest.Server) { c.tls, c.password = "none", "tr0ub4dor" }, "prosodyctl adduser kicker@localhost"},
		{"no StartTLS", func(*connection, *xmpptest.Server) {}, "The server may offer no StartTLS"},
	}
	xmpptest.Each(t, func(t *testing.T, s *xmpptest.Server) { checkConnections(t, s, withTLS) }, xmpptest.WithTLSRequired())
	xmpptest.Each(t, func(t *testing.T, s *xmpptest.Server) { checkConnections(t, s, withoutTLS) }, xmpptest.WithoutTLS())
}

// connection is how a check connects.
type connection struct{ server, tls, ca, jid, password string }

// A connectionCase is a change to a connection that works, and what check says.
type connectionCase struct {
	name   string
	change func(*connection, *xmpptest.Server)
	want   string
}

func checkConnections(t *testing.T, s *xmpptest.Server, tests []connectionCase) {
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := connection{s.Addr, "starttls", s.CAFile, s.JID(s.Kicker.User), s.Kicker.Password}
			tt.change(&c, s)
			got := command(t, "check", "--xmpp.jid", c.jid, "--xmpp.password", c.password,
				"--xmpp.server", c.server, "--xmpp.tls", c.tls, "--xmpp.ca_file", c.ca)
			status := exitFailed
			if tt.want == loggedIn {
				status = exitOK // although there are no rooms to see rights in
			}
			wantReport(t, got, status, tt.want)
			if strings.Contains(got.stdout+got.stderr, c.password) {
				t.Errorf("the password shows in\n%s%s", got.stdout, got.stderr)
			}
		})
	}
}

// TestCheckLeavesNothing looks at the chat server during and after a check.
func TestCheckLeavesNothing(t *testing.T) {
	wantNoLeak(t)
	var mu sync.Mutex
	joins := make(map[string]int) // by room
	chat := startChat(t, func(s mucserver.Stanza) bool {
		mu.Lock()
		defer mu.Unlock()
		if room, _, found := strings.Cut(s.To, "/"); s.Kind == "presence" && found {
			joins[room]++
		}
		return false
	})
	bob := chat.populate(t, "snuggery@conference.localhost")
	args := []string{"check", "--xmpp.jid", "kicker@localhost", "--xmpp.password", "secret", "--xmpp.server", chat.address, "--xmpp.tls", "none"}

	wantReport(t, command(t, args...), exitOK)
	if len(joins) != 0 {
		t.Errorf("rooms were entered: %v", joins)
	}
	wantReport(t, command(t, append(args, "--probe")...), exitOK)
	if joins["snuggery@conference.localhost"] != 0 || len(joins) != 1 {
		t.Errorf("rooms other than that of the probe were entered: %v", joins)
	}
	wantReport(t, command(t, append(args, "--room", "snuggery@conference.localhost")...), exitOK)

	if rooms := chat.Rooms(); len(rooms) != 1 {
		t.Errorf("%d rooms are left, want 1", len(rooms))
	}
	if sessions := chat.Sessions(); len(sessions) != 0 {
		t.Errorf("sessions are left: %q", sessions)
	}
	if occupants := chat.Room("snuggery@conference.localhost").Occupants(); len(occupants) != 1 || occupants[0].Nick != bob.Nick() {
		t.Errorf("occupants afterwards: %+v", occupants)
	}
}

func TestCheckSilentServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() // it never accepts
	r := start(t, nil, "check", "--xmpp.jid", "a@localhost", "--xmpp.password", "secret", "--xmpp.server", l.Addr().String(), "--xmpp.tls", "none")
	r.stdout.waitFor(t, "a@localhost")
	if status := r.end(t); status != exitFailed || !strings.Contains(r.stdout.String(), "the check was not finished") {
		t.Errorf("status %d\n%s", status, r.stdout)
	}
}

// TestCheckJSON wants the same verdicts for programs, and nothing beside them.
func TestCheckJSON(t *testing.T) {
	chat := startChat(t, func(mucserver.Stanza) bool { return false })
	args := []string{"check", "--json", "--xmpp.jid", "kicker@localhost", "--xmpp.password", "secret", "--xmpp.server", chat.address, "--xmpp.tls", "none"}
	read := func(args ...string) (result check.Result, status int) {
		got := command(t, args...)
		if err := json.Unmarshal([]byte(got.stdout), &result); err != nil {
			t.Fatalf("%v in\n%s", err, got.stdout)
		}
		return result, got.status
	}
	last := func(r check.Result) check.Finding { return r.Findings[len(r.Findings)-1] }

	works := func(r check.Result, want bool) bool { return r.KickWorks != nil && *r.KickWorks == want }

	result, status := read(args...)
	if f := last(result); status != exitOK || result.KickWorks != nil || f.Verdict != "unknown" || f.Subject != "conference.localhost" || len(f.Advice) == 0 {
		t.Errorf("no room listed: status %d, %+v", status, result)
	}
	chat.populate(t, "snuggery@conference.localhost")
	if result, status = read(args...); status != exitOK || !works(result, true) || last(result).Verdict != "ok" {
		t.Errorf("all well: status %d, %+v", status, result)
	}
	if result, status = read(append(args, "--xmpp.password", "tr0ub4dor")...); status != exitFailed || !works(result, false) || last(result).Verdict != "problem" {
		t.Errorf("wrong password: status %d, %+v", status, result)
	}
}

func TestCheckArguments(t *testing.T) {
	env := []string{"MUCKICK_XMPP_JID=a@localhost", "MUCKICK_XMPP_PASSWORD=secret"}
	got := commandWith(t, strings.NewReader(""), env, "check", "--room", "nowhere")
	if got.status != exitUsage || !strings.Contains(got.stderr, "--room nowhere: invalid room address") {
		t.Errorf("status %d, %q", got.status, got.stderr)
	}
	got = command(t, "check")
	if got.status != exitFailed || !strings.Contains(got.stderr, "xmpp.jid: is required") {
		t.Errorf("status %d, %q", got.status, got.stderr)
	}
}
