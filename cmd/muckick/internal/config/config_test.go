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
	"github.com/pelletier/go-toml/v2"
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

func TestPrecedence(t *testing.T) {
	file := writeFile(t, "muckick.toml", "listen = '127.0.0.1:1'\n[xmpp]\nnick = 'file'\nservices = ['a.example', 'b.example']\n")
	tests := []struct {
		name     string
		args     []string
		env      []string
		listen   string
		nick     string
		services []string
	}{
		{
			name:   "default",
			listen: "127.0.0.1:8080", nick: "muckick",
		},
		{
			name: "file over default", args: []string{"--config", file},
			listen: "127.0.0.1:1", nick: "file", services: []string{"a.example", "b.example"},
		},
		{
			name: "file named by a variable", env: []string{"MUCKICK_CONFIG=" + file},
			listen: "127.0.0.1:1", nick: "file", services: []string{"a.example", "b.example"},
		},
		{
			name: "variable over file", args: []string{"--config", file},
			env:    []string{"MUCKICK_LISTEN=127.0.0.1:2", "MUCKICK_XMPP_SERVICES=c.example, d.example"},
			listen: "127.0.0.1:2", nick: "file", services: []string{"c.example", "d.example"},
		},
		{
			name: "flag over variable over file", args: []string{"--config", file, "--listen", "127.0.0.1:3", "--xmpp.services", "e.example"},
			env:    []string{"MUCKICK_LISTEN=127.0.0.1:2", "MUCKICK_XMPP_NICK=variable", "MUCKICK_XMPP_SERVICES=c.example"},
			listen: "127.0.0.1:3", nick: "variable", services: []string{"e.example"},
		},
		{
			name: "flag that says the default again", args: []string{"--config", file, "--xmpp.nick", "muckick"},
			listen: "127.0.0.1:1", nick: "muckick", services: []string{"a.example", "b.example"},
		},
		{
			name: "flag --config over variable", args: []string{"--config", file}, env: []string{"MUCKICK_CONFIG=/nonexistent"},
			listen: "127.0.0.1:1", nick: "file", services: []string{"a.example", "b.example"},
		},
		{
			name: "last of equal variables", env: []string{"MUCKICK_XMPP_NICK=first", "MUCKICK_XMPP_NICK=second"},
			listen: "127.0.0.1:8080", nick: "second",
		},
		{
			name: "empty list over file", args: []string{"--config", file}, env: []string{"MUCKICK_XMPP_SERVICES="},
			listen: "127.0.0.1:1", nick: "file",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := load(t, tt.args, append(tt.env, required...), allSections...)
			if err != nil {
				t.Fatal(err)
			}
			if got.Listen != tt.listen || got.XMPP.Nick != tt.nick || !cmp.Equal(got.XMPP.Services, tt.services, cmpopts.EquateEmpty()) {
				t.Errorf("got %s, %s, %q, want %s, %s, %q", got.Listen, got.XMPP.Nick, got.XMPP.Services, tt.listen, tt.nick, tt.services)
			}
		})
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

// Of a file that cannot be read nothing is known, so nothing is missing in it.
func TestFileUnread(t *testing.T) {
	tests := []struct {
		name, content string
		want          string // of the fault, which is the only one
	}{
		{"missing", "", "no such file or directory"},
		{"syntax", "listen = 'x'\nxmpp.password = hunter2\n", "it is not TOML in line 2, column 17 (texts need quotes)"},
		{"key twice", "listen = 'x'\nlisten = 'y'\n", "key listen is already defined (a key"},
		{"table after dotted key", "xmpp.jid = 'a@b'\n[xmpp]\npassword = 'hunter2'\n", "table xmpp already exists (a key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := "/nonexistent/muckick.toml"
			if tt.content != "" {
				file = writeFile(t, "muckick.toml", tt.content)
			}
			_, err := load(t, []string{"--config", file}, nil, allSections...)
			want := "the configuration cannot be used:\n  configuration file " + file + ": " + tt.want
			if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Count(err.Error(), "\n") > 1 {
				t.Errorf("got %v, want %s", err, want)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%v shows a secret", err)
			}
		})
	}
}

// TestExample reads the example as a configuration.
func TestExample(t *testing.T) {
	var written strings.Builder
	if err := WriteExample(&written); err != nil {
		t.Fatal(err)
	}
	got := written.String()
	var lines []string
	for line := range strings.Lines(got) {
		if text, ok := strings.CutPrefix(line, "#"); ok && !strings.HasPrefix(text, " ") {
			lines = append(lines, text)
		}
	}
	var tree map[string]any
	if err := toml.Unmarshal([]byte(strings.Join(lines, "")), &tree); err != nil {
		t.Fatalf("%v in\n%s", err, strings.Join(lines, ""))
	}
	flat := flatten("", tree)
	for _, k := range keys {
		value, ok := flat[k.name]
		if !ok {
			t.Errorf("%s is missing", k.name)
			continue
		}
		if _, err := k.texts(value); err != nil {
			t.Errorf("%s = %v: %v", k.name, value, err)
		}
		for _, text := range []string{k.environment(), "--" + k.name + "."} {
			if !strings.Contains(got, text) {
				t.Errorf("%s: %q is not explained", k.name, text)
			}
		}
	}
	if len(flat) != len(keys) {
		t.Errorf("got %d keys, want %d", len(flat), len(keys))
	}
	file := writeFile(t, "muckick.toml", got)
	cfg, err := load(t, []string{"--config", file}, required, allSections...)
	if err != nil || cfg.Listen != "127.0.0.1:8080" {
		t.Errorf("the file as it is has to change nothing, but: %+v, %v", cfg, err)
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

func TestKeysAreUnique(t *testing.T) {
	var variables []string
	for _, k := range keys {
		if slices.Contains(variables, k.environment()) || k.environment() == configEnv {
			t.Errorf("%s is not unique", k.environment())
		}
		variables = append(variables, k.environment())
	}
}

// TestUnknownVariables has what Kubernetes sets for a service called muckick.
func TestUnknownVariables(t *testing.T) {
	env := []string{
		"MUCKICK_SERVICE_HOST=10.0.0.1", "MUCKICK_SERVICE_PORT=8080", "MUCKICK_PORT=tcp://10.0.0.1:8080",
		"MUCKICK_PORT_8080_TCP_ADDR=10.0.0.1", "MUCKICK_XMPP_NIKC=x",
	}
	cfg, err := load(t, nil, append(env, required...), allSections...)
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.Warnings) != len(env) {
		t.Errorf("got %d warnings, want %d: %q", len(cfg.Warnings), len(env), cfg.Warnings)
	}
	all := strings.Join(cfg.Warnings, "\n")
	if !strings.Contains(all, "MUCKICK_XMPP_NIKC sets nothing: there is no such key; did you mean MUCKICK_XMPP_NICK?") || strings.Contains(all, "10.0.0.1") {
		t.Errorf("got\n%s", all)
	}
	if got := strings.Count(all, "did you mean"); got != 1 {
		t.Errorf("got %d guesses, want one, as nothing is near the others:\n%s", got, all)
	}
	_, err = load(t, nil, []string{"MUCKICK_XMPP_JDI=a@b", "MUCKICK_XMPP_PASSWORD=c"}, XMPP)
	if err == nil || !strings.Contains(err.Error(), "did you mean MUCKICK_XMPP_JID?") {
		t.Errorf("got %v, want what is required and why it is missing", err)
	}
}

func TestSecretFlags(t *testing.T) {
	args := []string{"--xmpp.password", "hunter2", "--authorization_header", "Basic hunter2", "--store", "postgres://u:hunter2@h/d"}
	cfg, err := load(t, args, required, allSections...)
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(cfg.Warnings, "\n")
	if len(cfg.Warnings) != 3 || !strings.Contains(all, "MUCKICK_XMPP_PASSWORD") || strings.Contains(all, "hunter2") {
		t.Errorf("got\n%s", all)
	}
}

// TestDefaultFile looks for the file where nobody names one.
func TestDefaultFile(t *testing.T) {
	home, xdg := t.TempDir(), t.TempDir()
	write := func(folder, nick string) string {
		path := filepath.Join(folder, "muckick", "muckick.toml")
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("xmpp.nick = '"+nick+"'"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	inHome, inXDG := write(filepath.Join(home, ".config"), "home"), write(xdg, "xdg")
	named := writeFile(t, "muckick.toml", "xmpp.nick = 'named'")
	tests := []struct {
		name       string
		env        []string
		file, nick string
	}{
		{"home", []string{"HOME=" + home}, inHome, "home"},
		{"XDG", []string{"HOME=" + home, "XDG_CONFIG_HOME=" + xdg}, inXDG, "xdg"},
		{"named", []string{"HOME=" + home, "MUCKICK_CONFIG=" + named}, named, "named"},
		{"none", []string{"HOME=" + home, "MUCKICK_CONFIG="}, "", "muckick"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
			AddFlags(flags, XMPP)
			cfg, err := Load(flags, append(tt.env, required...), XMPP)
			if err != nil {
				t.Fatal(err)
			}
			if cfg.File != tt.file || cfg.XMPP.Nick != tt.nick {
				t.Errorf("got %s, %s, want %s, %s", cfg.File, cfg.XMPP.Nick, tt.file, tt.nick)
			}
		})
	}
}

// TestExampleHeader wants a header that no other file has.
func TestExampleHeader(t *testing.T) {
	var first, second strings.Builder
	if err := errors.Join(WriteExample(&first), WriteExample(&second)); err != nil {
		t.Fatal(err)
	}
	if first.String() == second.String() {
		t.Error("two examples have the same header")
	}
	if known := "dXNlcm5hbWU6cGFzc3dvcmQ="; strings.Contains(first.String(), known) {
		t.Errorf("the example shows the published %s", known)
	}
}

// It takes all of it to sign in at a provider.
func TestProvider(t *testing.T) {
	whole := []string{
		"OIDC_ISSUER=https://id.example.org/realms/main", "OIDC_CLIENT_ID=muckick", "OIDC_CLIENT_SECRET=hunter3",
		"OIDC_GRANTS=admins = administrator, cn=mods = moderator in snuggery@chat.example.org", "PUBLIC_URL=https://muckick.example.org/",
	}
	without := func(name string) []string {
		return slices.DeleteFunc(slices.Clone(whole), func(entry string) bool { return strings.HasPrefix(entry, name+"=") })
	}
	with := func(entries ...string) []string { return append(slices.Clone(whole), entries...) }
	tests := []struct {
		name string
		env  []string
		want string // in the fault; empty for none
	}{
		{"nothing", nil, ""},
		{"all", whole, ""},
		{"public client", without("OIDC_CLIENT_SECRET"), ""},
		{"without passwords", with("PASSWORDS=off"), ""},
		{"on this machine", with("OIDC_ISSUER=http://127.0.0.1:8081", "PUBLIC_URL=http://localhost:8080"), ""},
		{"no client", without("OIDC_CLIENT_ID"), "oidc.client_id: is required with oidc.issuer"},
		{"no grants", without("OIDC_GRANTS"), "oidc.grants: is required with oidc.issuer"},
		{"nowhere to lead back to", without("PUBLIC_URL"), "public_url: is required with oidc.issuer"},
		{"no issuer", without("OIDC_ISSUER"), "oidc.client_secret (environment MUCKICK_OIDC_CLIENT_SECRET): is set, and oidc.issuer is not"},
		{"no claim", with("OIDC_CLAIM="), "oidc.claim (environment MUCKICK_OIDC_CLAIM): must not be empty"},
		{"issuer in the clear", with("OIDC_ISSUER=http://id.example.org"), "has to begin with https://"},
		{"issuer with a query", with("OIDC_ISSUER=https://id.example.org?a=b"), "has a query"},
		{"issuer that is none", with("OIDC_ISSUER=id.example.org"), "is no address"},
		{"public address with a path", with("PUBLIC_URL=https://example.org/muckick"), "has a path"},
		{"grant of nothing", with("OIDC_GRANTS=admins = king"), `grants "king"`},
		{"grant of too much", with("OIDC_GRANTS=admins = administrator in chat.example.org"), "only everything"},
		{"neither on nor off", []string{"PASSWORDS=maybe"}, "not one of on, off"},
		{"nobody could sign in", []string{"PASSWORDS=off"}, "nobody could sign in"},
		{"too often", with("OIDC_RECHECK=0s"), "at least a second"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			env := slices.Clone(required)
			for _, entry := range tt.env {
				env = append(env, "MUCKICK_"+entry)
			}
			cfg, err := load(t, nil, env, allSections...)
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hunter3") {
					t.Errorf("got %v, want a fault with %q", err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if tt.env != nil && (len(cfg.OIDC.Grants) != 2 || cfg.OIDC.Name == "" || strings.HasSuffix(cfg.PublicURL, "/")) {
				t.Errorf("got %+v at %s", cfg.OIDC, cfg.PublicURL)
			}
		})
	}
	if _, err := load(t, nil, []string{"MUCKICK_OIDC_CLIENT_ID=muckick"}, Store); err != nil {
		t.Errorf("the store's section needs nothing of the others, but: %v", err)
	}
}
