package xmpptest

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// A verdict is a testing.TB that records how a test ends instead of ending.
type verdict struct {
	testing.TB
	skipped, failed string
}

func (v *verdict) Helper() {}

func (v *verdict) Skipf(format string, args ...any) {
	v.skipped = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func (v *verdict) Fatalf(format string, args ...any) {
	v.failed = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func (v *verdict) Fatal(args ...any) { v.Fatalf("%s", fmt.Sprint(args...)) }

// verdictOf returns how a test ends that does what check does.
func verdictOf(t *testing.T, check func(*verdict)) *verdict {
	t.Helper()
	v := &verdict{TB: t}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		check(v)
	}()
	<-ended
	return v
}

func TestMissingServer(t *testing.T) {
	tests := []struct{ name, require, server string }{
		{name: "skips", server: Prosody},
		{name: "skips", server: Ejabberd},
		{name: "skips", server: Prosody13},
		{name: "skips", server: Ejabberd24},
		{name: "fails when required", require: "1", server: Prosody13},
		{name: "fails when required", require: "1", server: Ejabberd24},
		{name: "fails when required", require: "1", server: Prosody},
		{name: "fails when required", require: "1", server: Ejabberd},
	}
	for _, tt := range tests {
		t.Run(tt.server+" "+tt.name, func(t *testing.T) {
			t.Setenv("PATH", t.TempDir())
			t.Setenv(treeEnv, t.TempDir())
			t.Setenv(requireEnv, tt.require)
			v := verdictOf(t, func(v *verdict) { requireInstalled(v, tt.server) })
			said, silent := v.skipped, v.failed
			if tt.require != "" {
				said, silent = silent, said
			}
			if !strings.Contains(said, "MISSING: "+tt.server) || silent != "" {
				t.Errorf("got skip %q and failure %q", v.skipped, v.failed)
			}
		})
	}
}
