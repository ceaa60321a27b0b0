package config

import (
	"os"
	"strings"
	"testing"
)

func TestSecretFiles(t *testing.T) {
	tests := []struct {
		name, content, want string
	}{
		{"no line break", "s3cret", "s3cret"},
		{"line break", "s3cret\n", "s3cret"},
		{"DOS line break", "s3cret\r\n", "s3cret"},
		{"two line breaks", "s3cret\n\n", "s3cret\n"},
		{"spaces stay", " s3cret ", " s3cret "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := writeFile(t, "password", tt.content)
			cfg, err := load(t, []string{"--xmpp.password_file", path, "--xmpp.jid", "a@b"}, nil, XMPP)
			if err != nil {
				t.Fatal(err)
			}
			if got := cfg.XMPP.Password; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	t.Run("empty", func(t *testing.T) {
		path := writeFile(t, "password", "\n")
		_, err := load(t, []string{"--xmpp.password_file", path, "--xmpp.jid", "a@b"}, nil, XMPP)
		if want := "xmpp.password (" + path + "): is required"; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	})
	t.Run("missing", func(t *testing.T) {
		_, err := load(t, []string{"--xmpp.password_file", "/nonexistent/secret", "--xmpp.jid", "a@b"}, nil, XMPP)
		if want := "xmpp.password_file (flag --xmpp.password_file): open /nonexistent/secret"; err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "required") {
			t.Errorf("got %v, want only %q", err, want)
		}
	})
	t.Run("both forms", func(t *testing.T) {
		file := writeFile(t, "muckick.toml", "xmpp.password = 'hunter2'")
		_, err := load(t, []string{"--config", file, "--xmpp.jid", "a@b"}, []string{"MUCKICK_XMPP_PASSWORD_FILE=" + file}, XMPP)
		want := "xmpp.password_file (environment MUCKICK_XMPP_PASSWORD_FILE): is set, and so is xmpp.password (" + file + ")"
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	})
}

func TestWarnsOfReadableSecrets(t *testing.T) {
	tests := []struct {
		name    string
		content string
		mode    os.FileMode
		want    int
	}{
		{"private", "authorization_header = 'a'\nxmpp.password = 'b'", 0o640, 0},
		{"world-readable", "authorization_header = 'a'\nxmpp.password = 'b'", 0o644, 1},
		{"world-readable without secrets", "listen = '127.0.0.1:0'", 0o644, 0},
		{"world-readable with a database password", "store = 'postgres://u:p@h/d'", 0o644, 1},
		{"world-readable with a database without password", "store = 'postgres://u@h/d'", 0o644, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := writeFile(t, "muckick.toml", tt.content)
			if err := os.Chmod(file, tt.mode); err != nil {
				t.Fatal(err)
			}
			env := required
			if strings.Contains(tt.content, "password") {
				env = []string{"MUCKICK_XMPP_JID=a@b"}
			}
			cfg, err := load(t, []string{"--config", file}, env, allSections...)
			if err != nil {
				t.Fatal(err)
			}
			if len(cfg.Warnings) != tt.want {
				t.Errorf("got %q, want %d warnings", cfg.Warnings, tt.want)
			}
		})
	}
	t.Run("file of a secret", func(t *testing.T) {
		path := writeFile(t, "password", "b")
		if err := os.Chmod(path, 0o604); err != nil {
			t.Fatal(err)
		}
		cfg, err := load(t, []string{"--xmpp.password_file", path, "--xmpp.jid", "a@b"}, nil, XMPP)
		if err != nil {
			t.Fatal(err)
		}
		if len(cfg.Warnings) != 1 || !strings.Contains(cfg.Warnings[0], path) {
			t.Errorf("got %q, want one warning that names %s", cfg.Warnings, path)
		}
	})
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
