// Package oidctest starts a real OpenID Connect provider for a test: npm's
// oidc-provider, by a script in .ci. Where Node.js or that package is missing, tests
// are skipped and say so; with the environment variable MUCKICK_REQUIRE_SERVERS set
// to anything, they fail.
package oidctest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// startTimeout is how long the provider may take for one line.
const startTimeout = 30 * time.Second

// What the provider knows muckick by.
const (
	ClientID     = "muckick"
	ClientSecret = "a secret that the provider gave"
)

// Accounts are those of a provider by name, with their claims.
type Accounts map[string]map[string]any

// A Provider is one that runs until the test ends.
type Provider struct {
	Issuer string

	lines  *bufio.Scanner
	input  *json.Encoder
	client any // until it is told
}

// Start starts a provider. It answers requests once [Provider.Serve] was called.
func Start(t *testing.T) *Provider {
	t.Helper()
	script := findScript(t)
	cmd := exec.Command("node", script)
	output := new(strings.Builder)
	cmd.Stderr = output
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	lines, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := input.Close(); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("the OpenID Connect provider ended: %v", err)
		}
		if t.Failed() {
			t.Logf("what the OpenID Connect provider said:\n%s", output)
		}
	})
	p := &Provider{lines: bufio.NewScanner(lines), input: json.NewEncoder(input)}
	p.Issuer = p.line(t, cmd)
	return p
}

// line reads one line, and ends a process that writes none.
func (p *Provider) line(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	if cmd != nil {
		late := time.AfterFunc(startTimeout, func() { _ = cmd.Process.Kill() }) // which ends the lines
		defer late.Stop()
	}
	if !p.lines.Scan() {
		t.Fatalf("the OpenID Connect provider ended before it was ready: %v", p.lines.Err())
	}
	return p.lines.Text()
}

// Serve registers muckick, as it is reached at a URL, with these accounts.
func (p *Provider) Serve(t *testing.T, publicURL string, accounts Accounts) {
	t.Helper()
	p.client = map[string]any{
		"client_id": ClientID, "client_secret": ClientSecret,
		"redirect_uris":             []string{publicURL + "/login/oidc/callback"},
		"post_logout_redirect_uris": []string{publicURL + "/login"},
		"scope":                     "openid profile groups",
	}
	p.Set(t, accounts)
}

// Set changes the accounts that there are.
func (p *Provider) Set(t *testing.T, accounts Accounts) {
	t.Helper()
	if err := p.input.Encode(map[string]any{"client": p.client, "accounts": accounts}); err != nil {
		t.Fatal(err)
	}
	p.line(t, nil)
}

// findScript returns the script's path, from the folder of whatever package is
// tested.
func findScript(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		missing(t, "Node.js")
	}
	folder, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for ; folder != filepath.Dir(folder); folder = filepath.Dir(folder) {
		script := filepath.Join(folder, ".ci", "oidc-provider.mjs")
		if _, err := os.Stat(script); err != nil {
			continue
		}
		if _, err := os.Stat(filepath.Join(folder, ".ci", "node_modules", "oidc-provider")); err != nil {
			missing(t, fmt.Sprintf("oidc-provider (npm ci --prefix .ci installs it; %v)", err))
		}
		return script
	}
	t.Fatal("there is no .ci/oidc-provider.mjs above this package")
	return ""
}

func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("MUCKICK_REQUIRE_SERVERS") != "" {
		t.Fatalf("MISSING: %s, and MUCKICK_REQUIRE_SERVERS is set", what)
	}
	t.Skipf("MISSING: %s", what)
}
