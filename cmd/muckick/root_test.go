package main

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"muckick/cmd/muckick/internal/config"
)

func TestRootIsFriendly(t *testing.T) {
	for _, args := range [][]string{nil, {"help"}, {"--help"}, {"-h"}} {
		got := command(t, args...)
		if got.status != exitOK || got.stderr != "" {
			t.Errorf("%q: status %d, %q", args, got.status, got.stderr)
		}
		for _, want := range []string{"demo", "serve", "check", "operator", "token", "exempt", "config", "completion", "man", "version"} {
			if !strings.Contains(got.stdout, "\n  "+want+" ") {
				t.Errorf("%q: no %s in\n%s", args, want, got.stdout)
			}
		}
	}
}

func TestUsageErrors(t *testing.T) {
	tests := []struct {
		args string
		want string
	}{
		{"sreve", "muckick: there is no command \"sreve\"; did you mean serve?\nSee \"muckick --help\".\n"},
		{"help foo", "muckick: there is no command \"foo\"\nSee \"muckick --help\".\n"},
		{"help operator foo", "muckick: there is no command \"operator foo\"\nSee \"muckick operator --help\".\n"},
		{"man", "muckick: the FOLDER is missing\nSee \"muckick man --help\".\n"},
		{"serve now", "muckick: unexpected argument \"now\"\nSee \"muckick serve --help\".\n"},
		{"serve --lisen :1", "muckick: unknown flag: --lisen\nSee \"muckick serve --help\".\n"},
		{"serve --listen", "muckick: flag needs an argument: --listen\nSee \"muckick serve --help\".\n"},
		{"operator add --listen :1 x", "muckick: unknown flag: --listen\nSee \"muckick operator add --help\".\n"},
		{"token make x", "muckick: there is no command \"token make\"\nSee \"muckick token --help\".\n"},
		{"completion klingon", "muckick: there is no command \"completion klingon\"\nSee \"muckick completion --help\".\n"},
		{"completion bash zsh", "muckick: unexpected argument \"zsh\"\nSee \"muckick completion bash --help\".\n"},
		{"demo --crowd x", "muckick: --crowd: \"x\" is no whole number\nSee \"muckick demo --help\".\n"},
		{"operator list --json=x", "muckick: --json: \"x\" is neither true nor false\nSee \"muckick operator list --help\".\n"},
		{"backup EMPTY", "muckick: the FILE is empty\nSee \"muckick backup --help\".\n"},
		{"operator add EMPTY", "muckick: the NAME is empty\nSee \"muckick operator add --help\".\n"},
		{"version 1", "muckick: unexpected argument \"1\"\nSee \"muckick version --help\".\n"},
	}
	for _, tt := range tests {
		args := strings.Fields(tt.args)
		for i := range args {
			args[i] = strings.TrimPrefix(args[i], "EMPTY")
		}
		got := command(t, args...)
		if diff := cmp.Diff(outcome{"", tt.want, exitUsage}, got, cmp.AllowUnexported(outcome{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.args, diff)
		}
	}
}

// TestFlagSpelling gives flags with dashes where the keys have underscores.
func TestFlagSpelling(t *testing.T) {
	for _, flag := range []string{"--tls_cert", "--tls-cert"} {
		got := command(t, "serve", flag, "/nonexistent/cert.pem")
		if got.status != exitFailed || strings.Contains(got.stderr, "unknown flag") || !strings.Contains(got.stderr, "tls_cert") {
			t.Errorf("%s: %+v", flag, got)
		}
	}
	for _, flag := range []string{"--xmpp-listen", "--xmpp_listen"} {
		got := command(t, "demo", flag, "192.0.2.1:1")
		if got.status != exitFailed || strings.Contains(got.stderr, "unknown flag") || !strings.Contains(got.stderr, "192.0.2.1") {
			t.Errorf("%s: %+v", flag, got)
		}
	}
}

// TestManualPages wants a page for every command that can be typed.
func TestManualPages(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "man1")
	if got := command(t, "man", folder); got.status != exitOK {
		t.Fatalf("%+v", got)
	}
	for _, name := range []string{"muckick", "muckick-serve", "muckick-operator-add", "muckick-man"} {
		page, err := os.ReadFile(filepath.Join(folder, name+".1"))
		if err != nil || !strings.Contains(string(page), ".SH NAME") {
			t.Errorf("%s: %q, %v", name, page, err)
		}
	}
}

// TestHelpTellsAll reads the help of every command.
func TestHelpTellsAll(t *testing.T) {
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		got := command(t, append(strings.Fields(c.CommandPath())[1:], "--help")...)
		if got.status != exitOK || got.stderr != "" || !strings.Contains(got.stdout, c.CommandPath()) {
			t.Errorf("%s: status %d, %q, %q", c.CommandPath(), got.status, got.stderr, got.stdout)
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Name != "help" && !strings.Contains(got.stdout, "\n  --"+f.Name) {
				t.Errorf("%s: the help lacks --%s", c.CommandPath(), f.Name)
			}
		})
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(newRootCommand(nil))

	serve := command(t, "serve", "--help").stdout
	newServeCommand(nil).Flags().VisitAll(func(f *pflag.Flag) {
		entry := serve[strings.Index(serve, "\n  --"+f.Name+" ")+1:]
		entry = strings.Join(strings.SplitAfter(entry, "\n")[:3], "")
		for _, want := range []string{"environment " + f.Annotations[config.EnvironmentNote][0], strings.Trim(f.DefValue, "[]")} {
			if !strings.Contains(entry, want) {
				t.Errorf("no %q in\n%s", want, entry)
			}
		}
	})
}

func TestVersion(t *testing.T) {
	tests := []struct {
		name     string
		settings []debug.BuildSetting
		want     string
	}{
		{"no repository", nil, "revision unknown\n"},
		{
			"clean", []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.time", Value: "2026-01-02T03:04:05Z"}, {Key: "vcs.modified", Value: "false"}},
			"revision abc of 2026-01-02T03:04:05Z\n",
		},
		{
			"changed", []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.modified", Value: "true"}},
			"revision abc with uncommitted changes\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			info := &debug.BuildInfo{GoVersion: "go1.26", Main: debug.Module{Version: "v1.2.3"}, Settings: tt.settings}
			if got := describeBuild(info); !strings.HasPrefix(got, "muckick v1.2.3\ngo1.26 ") || !strings.HasSuffix(got, tt.want) {
				t.Errorf("got %q, want it to end with %q", got, tt.want)
			}
		})
	}
	for _, args := range []string{"version", "--version"} {
		if got := command(t, args); got.status != exitOK || got.stdout != version() || !strings.HasPrefix(got.stdout, "muckick ") {
			t.Errorf("%s: got %+v", args, got)
		}
	}
}
