package xmpptest

import "fmt"

// The kinds of servers. Prosody and Ejabberd are those that the system has
// installed; Prosody13 and Ejabberd24 are Debian 13's (13.0.1 and 24.12), in a
// folder of their own that .ci/debian13 makes.
const (
	Mucserver  = "mucserver"
	Prosody    = "prosody"
	Ejabberd   = "ejabberd"
	Prosody13  = "prosody13"
	Ejabberd24 = "ejabberd24"
)

// Kinds returns the mucserver and the installed servers, on which most tests
// run.
func Kinds() []string { return []string{Mucserver, Prosody, Ejabberd} }

// Releases returns all kinds. Tests of what differs from one release of a server
// to the next run on them.
func Releases() []string { return append(Kinds(), Prosody13, Ejabberd24) }

// softwareOf returns which software a kind of server is: Mucserver, Prosody or
// Ejabberd.
func softwareOf(name string) string {
	switch name {
	case Prosody13:
		return Prosody
	case Ejabberd24:
		return Ejabberd
	}
	return name
}

// inTree reports whether a kind of server runs from the tree of Debian 13.
func inTree(name string) bool { return name == Prosody13 || name == Ejabberd24 }

func newBackend(name string, s setup) (backend, error) {
	switch softwareOf(name) {
	case Mucserver:
		return newEmbedded(s)
	case Prosody:
		return newProsody(s)
	case Ejabberd:
		return newEjabberd(s)
	}
	return nil, fmt.Errorf("no server is called %q", name)
}
