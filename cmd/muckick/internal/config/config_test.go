package config

import (
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/spf13/pflag"

	"muckick/xmpp"
)

var allSections = []Section{Web, Store, XMPP, Log}

// required is an environment with all that has no default.
var required = []string{
	"MUCKICK_AUTHORIZATION_HEADER=Basic Zm9vOmJhcg==",
	"MUCKICK_XMPP_JID=kicker@example.org",
	"MUCKICK_XMPP_PASSWORD=hunter2",
}

// load loads the given sections as a command with these arguments would.
func load(t *testing.T, args, env []string, sections ...Section) (*Config, error) {
	t.Helper()
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	AddFlags(flags, sections...)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	return Load(flags, append([]string{"MUCKICK_CONFIG="}, env...), sections...) // none of this machine
}

// writeFile writes a file that only its owner can read and returns its path.
func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDefaults(t *testing.T) {
	got, err := load(t, nil, required, allSections...)
	if err != nil {
		t.Fatal(err)
	}
	want := &Config{
		Listen:              "127.0.0.1:8080",
		AuthorizationHeader: "Basic Zm9vOmJhcg==",
		Reasons:             []string{"Spam", "Flooding", "Harassment", "Off-topic", "Please read the room's rules"},
		Durations:           []time.Duration{time.Hour, 24 * time.Hour, 7 * 24 * time.Hour},
		Passwords:           "on",
		OIDC:                OIDC{Scopes: []string{"profile", "email"}, Claim: "groups", Recheck: time.Hour},
		Store:               "sqlite:muckick.db",
		XMPP: xmpp.Options{
			JID: "kicker@example.org", Password: "hunter2",
			Security: xmpp.StartTLS, Nick: "muckick", Watch: xmpp.WatchUsed, IdleLeave: 10 * time.Minute,
		},
		LogLevel:  slog.LevelInfo,
		LogFormat: "text",
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
}

func TestFaultsTogether(t *testing.T) {
	file := writeFile(t, "muckick.toml", `
listen = 8080
colour = "red"
log_level = "loud"
tls_cert = "cert.pem"
[xmpp]
tls = "maybe"
colour = "blue"
nick = ["a", "b"]
`)
	env := []string{
		"MUCKICK_CONFIG=" + file, "MUCKICK_XMPP_IDLE_LEAVE=soon", "MUCKICK_TRUSTED_PROXIES=10.0.0.0/8,here,there",
		"MUCKICK_COLOR=red", "MUCKICK_STORE=mysql://root:hunter2@localhost", "HOME=/root",
	}
	_, err := load(t, []string{"--xmpp.server", "localhost", "--xmpp.ca_file", "/nonexistent/ca.pem"}, env, allSections...)
	var faults *Error
	if !errors.As(err, &faults) {
		t.Fatalf("got %v, want a Error", err)
	}
	var got []string
	for _, f := range faults.faults {
		got = append(got, strings.ReplaceAll(f.Error(), file, "FILE"))
	}
	want := []string{
		`authorization_header: is required: without it anybody could kick`,
		`colour (FILE): there is no such key ("muckick config" lists all)`,
		`listen (FILE): has to be text, in quotes`,
		`log_level (FILE): "loud" is not one of debug, info, warn, error`,
		`store (environment MUCKICK_STORE): has to be sqlite:PATH or postgres://…`,
		`tls_cert, tls_key: HTTPS needs both, and only one is set`,
		`trusted_proxies (environment MUCKICK_TRUSTED_PROXIES): "here" is no IP address or network such as 10.0.0.0/8`,
		`trusted_proxies (environment MUCKICK_TRUSTED_PROXIES): "there" is no IP address or network such as 10.0.0.0/8`,
		`xmpp.ca_file (flag --xmpp.ca_file): open /nonexistent/ca.pem: no such file or directory`,
		`xmpp.colour (FILE): there is no such key ("muckick config" lists all)`,
		`xmpp.idle_leave (environment MUCKICK_XMPP_IDLE_LEAVE): "soon" is no time of at least a second, such as 90s, 10m or 30d`,
		`xmpp.jid: is required: muckick kicks as this account`,
		`xmpp.nick (FILE): has to be one text, not a list`,
		`xmpp.password: is required: the account logs in with it`,
		`xmpp.server (flag --xmpp.server): "localhost" is not of the form host:port`,
		`xmpp.tls (FILE): "maybe" is not one of starttls, direct, none`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

func TestSectionsApart(t *testing.T) {
	env := []string{"MUCKICK_XMPP_PASSWORD_FILE=/nonexistent/secret", "MUCKICK_XMPP_TLS=maybe"}
	if _, err := load(t, nil, env, Store); err != nil {
		t.Errorf("the store's section needs nothing of the others, but: %v", err)
	}
	file := writeFile(t, "muckick.toml", "xmpp.tsl = 'none'")
	_, err := load(t, []string{"--config", file}, nil, Store)
	if !errors.Is(err, errUnknownKey) || !strings.Contains(err.Error(), "did you mean xmpp.tls?") {
		t.Errorf("got %v, want an unknown key to be a fault in every section", err)
	}
}

func TestKeysAreUnique(t *testing.T) {
	var variables []string
	for _, k := range keys {
		if slices.Contains(variables, k.environment()) || k.environment() == configEnv {
			t.Errorf("%s is not unique", k.environment())
		}
		variables = append(variables, k.environment())
	}
}
