package faulttest

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"muckick/xmpp/xmpptest"
)

// A fault is something that breaks while kicks are under way.
type fault struct {
	name string

	tls       bool // muckick connects with StartTLS
	plain     bool // muckick's account has no rights but those that rooms give it
	quickPing bool // muckick notices silence soon
	offline   bool // the connection may be lost meanwhile
	refuses   bool // the chat server may refuse kicks meanwhile
	ousts     bool // muckick may be thrown out of a room again and again
	destroys  bool // rooms are gone meanwhile
	idle      bool // the server answers a kick with a result though nobody has the nick

	kickTimeout time.Duration // of the site; kickTimeout by default

	hold   time.Duration
	inject func(t testing.TB, r *rig)
	end    func(t testing.TB, r *rig) // returns when the cause has ended

	// shows tells from an answer that the fault had an effect. With nil, inject
	// makes sure of that itself.
	shows func(kick) bool

	// lingers is how many sockets the proxy keeps open for the old connection.
	lingers int

	// line names the one real server on which the fault is run by default, since
	// it concerns the line more than the server. The others are run on all.
	line string
}

// showsOffline reports whether the connection was gone.
func showsOffline(k kick) bool {
	return k.status == http.StatusServiceUnavailable || k.status == http.StatusGatewayTimeout
}

// showsRefusal reports whether the server did not let muckick do it.
func showsRefusal(k kick) bool {
	return k.status == http.StatusBadRequest && k.text != absentAnswer
}

func showsNoRoom(k kick) bool { return k.status == http.StatusNotFound }

// showsDelay reports whether the answer took long.
func showsDelay(d time.Duration) func(kick) bool {
	return func(k kick) bool { return k.took() >= d }
}

// faults is the table of all faults.
func faults() []fault {
	return []fault{
		{
			name: "killed", hold: 700 * time.Millisecond, offline: true, shows: showsOffline,
			inject: func(t testing.TB, r *rig) { r.ownerLeaves(); r.server.Kill(t) },
			end:    func(t testing.TB, r *rig) { r.server.Start(t) },
		},
		{
			name: "restarted", offline: true, shows: showsOffline,
			inject: func(t testing.TB, r *rig) { r.ownerLeaves(); r.server.Stop(t) },
			end:    func(t testing.TB, r *rig) { r.server.Start(t) },
		},
		{
			name: "hung", quickPing: true, hold: 2500 * time.Millisecond, offline: true, shows: showsOffline,
			inject: func(t testing.TB, r *rig) { r.server.Pause(t) },
			end:    func(t testing.TB, r *rig) { r.server.Resume(t) },
		},
		{
			name: "port closed", line: xmpptest.Prosody, hold: 700 * time.Millisecond, offline: true, shows: showsOffline,
			inject: func(_ testing.TB, r *rig) { r.proxy.cut() },
			end:    func(t testing.TB, r *rig) { r.proxy.restore(t) },
		},
		toxicFault("connection reset", fault{line: xmpptest.Ejabberd, hold: 700 * time.Millisecond, offline: true, shows: showsOffline},
			toxic{"reset_peer", "downstream", map[string]any{"timeout": 0}}),
		toxicFault("cut in a stanza to the server", fault{line: xmpptest.Prosody, hold: 700 * time.Millisecond, offline: true, shows: showsOffline},
			toxic{"limit_data", "upstream", map[string]any{"bytes": 777}}),
		toxicFault("cut in a stanza from the server", fault{hold: 700 * time.Millisecond, offline: true, shows: showsOffline},
			toxic{"limit_data", "downstream", map[string]any{"bytes": 7777}}),
		{
			// The cause ends with the old connection, which muckick has to give
			// up by itself.
			name: "half-open", quickPing: true, hold: quickPingInterval + quickPingTimeout, offline: true, shows: showsOffline, lingers: 2,
			inject: func(t testing.TB, r *rig) { r.proxy.forget(t) },
			end:    func(testing.TB, *rig) {},
		},
		toxicFault("black hole", fault{line: xmpptest.Ejabberd, quickPing: true, hold: 2500 * time.Millisecond, offline: true, shows: showsOffline},
			toxic{"timeout", "upstream", map[string]any{"timeout": 0}},
			toxic{"timeout", "downstream", map[string]any{"timeout": 0}}),
		toxicFault("latency of 2 s", fault{line: xmpptest.Prosody, hold: 3 * time.Second, shows: showsDelay(2 * time.Second)},
			toxic{"latency", "upstream", map[string]any{"latency": 1000}},
			toxic{"latency", "downstream", map[string]any{"latency": 1000}}),
		toxicFault("one byte at a time", fault{line: xmpptest.Ejabberd, hold: 2 * time.Second, shows: showsDelay(50 * time.Millisecond)},
			toxic{"slicer", "upstream", map[string]any{"average_size": 1, "size_variation": 0, "delay": 10}},
			toxic{"slicer", "downstream", map[string]any{"average_size": 1, "size_variation": 0, "delay": 10}}),
		certificateFault(),
		{
			name: "rights withdrawn", plain: true, refuses: true, hold: 700 * time.Millisecond, shows: showsRefusal,
			inject: func(t testing.TB, r *rig) { r.affiliateAll(t, "none") },
			end:    func(t testing.TB, r *rig) { r.affiliateAll(t, "admin") },
		},
		{
			name: "kicked", plain: true, ousts: true,
			inject: func(t testing.TB, r *rig) {
				for range 5 {
					r.kickMuckick(t)
				}
			},
			end: func(testing.TB, *rig) {},
		},
		{
			name: "banned", plain: true, refuses: true, hold: 700 * time.Millisecond, shows: showsRefusal,
			inject: func(t testing.TB, r *rig) {
				r.affiliateAll(t, "none") // ejabberd lets an admin whom it bans stay
				r.affiliateAll(t, "outcast")
			},
			end: func(t testing.TB, r *rig) { r.affiliateAll(t, "admin") },
		},
		{
			name: "room destroyed", destroys: true, hold: 700 * time.Millisecond, shows: showsNoRoom,
			inject: destroyRooms, end: recreateRooms,
		},
		fullFault(),
	}
}

// chosen are the faults to run on the server.
func chosen(server string, everything bool) []fault {
	return slices.DeleteFunc(faults(), func(f fault) bool {
		return !everything && server != xmpptest.Mucserver && f.line != "" && f.line != server
	})
}

// toxicFault is a fault of the line.
func toxicFault(name string, f fault, all ...toxic) fault {
	f.name = name
	f.inject = func(t testing.TB, r *rig) { r.proxy.add(t, all...) }
	f.end = func(t testing.TB, r *rig) { r.proxy.remove(t, all...) }
	return f
}
