package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/spf13/pflag"
)

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
