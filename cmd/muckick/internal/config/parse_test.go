package config

import (
	"errors"
	"strings"
	"testing"
	"time"

	"muckick/xmpp"
)

func TestValues(t *testing.T) {
	tests := []struct {
		env  string
		want string // in the fault; empty for none
	}{
		{"LISTEN=:8080", ""},
		{"LISTEN=[::1]:0", ""},
		{"LISTEN=", "host:port"},
		{"LISTEN=localhost", "host:port"},
		{"LISTEN=localhost:http", "no port"},
		{"LISTEN=localhost:65536", "no port"},
		{"REASONS=", ""},
		{"REASONS=Spam, <b>Flood</b> \u202e", ""},
		{"REASONS=Spam, a\x01b", "control character"},
		{"REASONS=" + strings.Repeat("é", 500), ""},
		{"REASONS=" + strings.Repeat("é", 501), "500 characters"},
		{"METRICS_LISTEN=", ""},
		{"METRICS_LISTEN=127.0.0.1:9090", ""},
		{"METRICS_LISTEN=9090", "host:port"},
		{"AUTHORIZATION_HEADER= Basic x", "white space"},
		{"AUTHORIZATION_HEADER=Basic x\ny", "control character"},
		{"AUTHORIZATION_HEADER=", "required"},
		{"TRUSTED_PROXIES=::1, 10.1.2.3/8", ""},
		{"STORE=sqlite:", "sqlite:PATH"},
		{"STORE=postgres://u:p@h/d", ""},
		{"XMPP_JID=example.org", "user@domain"},
		{"XMPP_JID=a@b/c", "user@domain"},
		{"XMPP_SERVER=", ""},
		{"XMPP_SERVER=:5222", "no host and port"},
		{"XMPP_SERVER=a.example:0", "no host and port"},
		{"XMPP_TLS=", "not one of"},
		{"XMPP_SERVICES=a@b", "no domain"},
		{"XMPP_NICK=", "not empty"},
		{"XMPP_NICK=a\x00b", "control character"},
		{"XMPP_WATCH=all", ""},
		{"XMPP_WATCH=some", "not one of used, all"},
		{"XMPP_IDLE_LEAVE=0s", "at least a second"},
		{"OIDC_RECHECK=", "at least a second"},
		{"LOG_FORMAT=xml", "not one of text, json"},
		{"LOG_LEVEL=debug+1", "not one of"},
	}
	for _, tt := range tests {
		t.Run(tt.env, func(t *testing.T) {
			_, err := load(t, nil, append(required[:len(required):len(required)], "MUCKICK_"+tt.env), allSections...)
			if tt.want == "" {
				if err != nil {
					t.Errorf("got %v, want no fault", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want a fault with %q", err, tt.want)
			}
		})
	}
}

func TestPlaintextElsewhere(t *testing.T) {
	for _, server := range []string{"192.0.2.1:5222", "[2001:db8::1]:5222"} {
		_, err := load(t, []string{"--xmpp.tls", "none", "--xmpp.server", server}, required, XMPP)
		if !errors.Is(err, xmpp.ErrPlaintext) {
			t.Errorf("%s: got %v, want %v", server, err, xmpp.ErrPlaintext)
		}
	}
	if _, err := load(t, []string{"--xmpp.tls", "none", "--xmpp.server", "127.0.0.1:5222"}, required, XMPP); err != nil {
		t.Error(err)
	}
}

func TestAuditKeep(t *testing.T) {
	tests := []struct {
		value string
		want  time.Duration
		ok    bool
	}{
		{"", 0, true},
		{"90d", 90 * 24 * time.Hour, true},
		{"36h30m", 36*time.Hour + 30*time.Minute, true},
		{"0d", 0, false},
		{"-1d", 0, false},
		{"1.5d", 0, false},
		{"99999999d", 0, false},
		{"d", 0, false},
		{"500ms", 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.value, func(t *testing.T) {
			got, err := load(t, nil, append([]string{"MUCKICK_AUDIT_KEEP=" + tt.value}, required...), allSections...)
			if (err == nil) != tt.ok {
				t.Fatalf("got %v, want a value: %v", err, tt.ok)
			}
			if tt.ok && got.AuditKeep != tt.want {
				t.Errorf("got %v, want %v", got.AuditKeep, tt.want)
			}
		})
	}
}
