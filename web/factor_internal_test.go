package web

import (
	"testing"

	"github.com/pquerna/otp"
)

func TestFactorURL(t *testing.T) {
	tests := []struct{ name, host, issuer string }{
		{"alice", "muckick.example.org", "muckick muckick.example.org"},
		{"alice@example.org", "127.0.0.1:8080", "muckick 127.0.0.1"},
		{"ナース", "[::1]:8080", "muckick --1"},
		{"a/b?c#d%", "", "muckick"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			key, err := otp.NewKeyFromURL(factorURL("ABCDEFGH", tt.name, tt.host))
			if err != nil {
				t.Fatal(err)
			}
			if key.Secret() != "ABCDEFGH" || key.AccountName() != tt.name || key.Issuer() != tt.issuer || key.Type() != "totp" {
				t.Errorf("got secret %q of %q at %q (%s) in %s", key.Secret(), key.AccountName(), key.Issuer(), key.Type(), key)
			}
		})
	}
}
