package xmpptest

import (
	"strings"
	"testing"
)

func TestRefusedActions(t *testing.T) {
	tests := []struct {
		name   string
		server *Server
		do     func(*Server, testing.TB)
		want   string
	}{
		{name: "stop shared", server: &Server{shared: true}, do: (*Server).Stop, want: "other tests use it"},
		{name: "pause shared", server: &Server{shared: true}, do: (*Server).Pause, want: "other tests use it"},
		{name: "stop paused", server: &Server{paused: true}, do: (*Server).Stop, want: "resume or kill it"},
		{name: "kill what is down", server: &Server{}, do: (*Server).Kill, want: "not running"},
		{name: "resume what is down", server: &Server{}, do: (*Server).Resume, want: "not running"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.server.backend = &prosody{}
			v := verdictOf(t, func(v *verdict) { tt.do(tt.server, v) })
			if !strings.Contains(v.failed, tt.want) {
				t.Errorf("got failure %q, want one with %q", v.failed, tt.want)
			}
		})
	}
}
