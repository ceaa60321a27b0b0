package xmpptest

import (
	"os"
	"os/exec"
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
	var err error
	switch name {
	case Prosody:
		_, err = exec.LookPath("prosody")
	case Ejabberd:
		if _, err = exec.LookPath("erl"); err == nil {
			_, err = ejabberdLibrary()
		}
	}
	if err != nil {
		missing(t, name+" ("+err.Error()+"; on Debian: apt-get install "+name+")")
	}
}

// missing skips or fails the test, which cannot run without what.
func missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv(requireEnv) != "" {
		t.Fatalf("MISSING: %s, and %s is set", what, requireEnv)
	}
	t.Skipf("MISSING: %s", what)
}
