package main

import (
	"strings"
	"testing"
)

// TestConfigHidesSecrets lets everything be wrong that has to do with a secret.
func TestConfigHidesSecrets(t *testing.T) {
	const secret = "tr0ub4dor"
	files := map[string]string{
		"not in quotes":     "xmpp.password = " + secret,
		"number":            "xmpp.password = 123" + secret,
		"float":             "xmpp.password = 1e" + secret,
		"date":              "xmpp.password = 2020-01-01T" + secret,
		"unterminated":      "authorization_header = \"" + secret,
		"list":              "authorization_header = ['" + secret + "']",
		"table":             "[xmpp.password]\nvalue = '" + secret + "'",
		"control character": "authorization_header = \"" + secret + "\\n\"",
		"spaces":            "authorization_header = ' " + secret + "'",
		"store":             "store = 'mysql://root:" + secret + "@localhost/'",
		"postgres":          "store = 'postgres://root:" + secret + "@localhost:port/'",
		"both":              "xmpp.password = '" + secret + "'\nxmpp.password_file = '/nonexistent'",
	}
	for name, content := range files {
		t.Run(name, func(t *testing.T) {
			env := []string{"MUCKICK_LISTEN=127.0.0.1:0"}
			if strings.HasPrefix(content, "store") {
				env = append(env, "MUCKICK_AUTHORIZATION_HEADER="+testHeader, // so that it comes to opening it
					"MUCKICK_XMPP_JID=kicker@example.org", "MUCKICK_XMPP_PASSWORD=hunter2")
			}
			got := commandWith(t, strings.NewReader(""), env, "serve", "--config", writeFile(t, "muckick.toml", content))
			if got.status != exitFailed || got.stderr == "" {
				t.Errorf("status %d with %q, want a fault", got.status, got.stderr)
			}
			if strings.Contains(got.stdout+got.stderr, secret) {
				t.Errorf("the secret shows:\n%s%s", got.stdout, got.stderr)
			}
		})
	}
}
