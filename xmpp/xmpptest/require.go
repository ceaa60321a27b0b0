package xmpptest

import (
	"os"
	"testing"
)

// requireEnv makes a missing server or client fail tests instead of skipping
// them.
const requireEnv = "MUCKICK_REQUIRE_SERVERS"

// requireInstalled skips the test if the server is not installed.
func requireInstalled(t testing.TB, name string) {
	t.Helper()
	if name == Mucserver {
		return
	}
	if !processesSupported {
		missing(t, name+" (tests start it on Linux only)")
	}
	root, err := rootOf(name)
	if err == nil {
		err = root.lack(softwareOf(name))
	}
	if err == nil {
		return
	}
	cure := "on Debian: apt-get install " + name
	if inTree(name) {
		cure = "as root: .ci/debian13 makes " + string(root)
	}
	missing(t, name+" ("+err.Error()+"; "+cure+")")
}

// missing skips or fails the test, which cannot run without what.
func missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv(requireEnv) != "" {
		t.Fatalf("MISSING: %s, and %s is set", what, requireEnv)
	}
	t.Skipf("MISSING: %s", what)
}
