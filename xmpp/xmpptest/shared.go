package xmpptest

import (
	"fmt"
	"os"
	"sync"
	"testing"
)

// sharing holds the servers that live as long as the test binary does. It has
// to be global, since nothing else outlives a test.
var sharing struct {
	sync.Mutex
	open    bool // Main is running tests
	servers map[string]*Server
}

// Main runs the tests of a binary and then ends the servers that [Shared]
// started. A package whose tests use Shared calls it from TestMain:
//
//	func TestMain(m *testing.M) { xmpptest.Main(m) }
func Main(m *testing.M) {
	sharing.Lock()
	sharing.open = true
	sharing.servers = make(map[string]*Server)
	sharing.Unlock()

	m.Run()

	sharing.Lock()
	defer sharing.Unlock()
	sharing.open = false
	for _, s := range sharing.servers {
		if err := s.close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// Shared returns the server of that kind which all tests of the binary share,
// and starts it for the first of them. Tests on it use rooms of their own
// ([Server.NewRoom]) and may neither stop nor pause it. The test is skipped if
// that kind of server is not installed.
func Shared(t testing.TB, name string) *Server {
	t.Helper()
	requireInstalled(t, name)
	sharing.Lock()
	defer sharing.Unlock()
	if !sharing.open {
		t.Fatal("Shared needs func TestMain(m *testing.M) { xmpptest.Main(m) }")
	}
	s := sharing.servers[name]
	if s == nil {
		var err error
		if s, err = startServer(name, options{}); err != nil {
			t.Fatal(err)
		}
		s.shared = true
		sharing.servers[name] = s
	}
	t.Cleanup(func() { s.logIfFailed(t) })
	return s
}
