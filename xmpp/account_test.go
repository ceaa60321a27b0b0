package xmpp_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"muckick/xmpp"
)

func TestParseAccount(t *testing.T) {
	tests := []struct{ address, want string }{
		{"bob@example.org", "bob@example.org"},
		{"BOB@Example.ORG./phone@home/2", "bob@example.org"},
		{"Straße@bücher.example", "strasse@bücher.example"},
		{"bob@xn--bcher-kva.example", "bob@xn--bcher-kva.example"}, // another domain, as servers compare
		{`d\27artagnan@example.org`, `d\27artagnan@example.org`},
		{"example.org", ""},
		{"@example.org", ""},
		{"bob@", ""},
		{"bob@a@b", ""},
		{"bob@a b", ""},
		{"b ob@a", ""},
		{"bob@[::1]", ""},
		{"/bob@example.org", ""},
		{"", ""},
	}
	for _, tt := range tests {
		got, err := xmpp.ParseAccount(tt.address)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%q: got %q, %v; want %q", tt.address, got, err, tt.want)
		}
	}
	var domain *xmpp.DomainError
	if _, err := xmpp.ParseAccount("Spam.Example/x"); !errors.As(err, &domain) || domain.Domain != "spam.example" {
		t.Errorf("got %v, want the domain", err)
	}
}

// Whatever is taken for an account names one, and the same one ever after.
func FuzzParseAccount(f *testing.F) {
	for _, seed := range []string{"bob@example.org/x", "a@b@c", "Straße@xn--ls8h", "\u0345\u0399@x", "x@[::1]", "\xff@x", "@", "x@y.", strings.Repeat("x", 1024) + "@y"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		account, err := xmpp.ParseAccount(address)
		if err != nil {
			if account != "" {
				t.Errorf("got %q with %v", account, err)
			}
			return
		}
		local, domain, _ := strings.Cut(account, "@")
		if local == "" || domain == "" || !utf8.ValidString(account) || strings.ContainsAny(account, "/ \t\n<>&'\"") || strings.Count(account, "@") != 1 {
			t.Errorf("%q became %q", address, account)
		}
		if again, err := xmpp.ParseAccount(account); err != nil || again != account {
			t.Errorf("%q became %q, and that %q (%v)", address, account, again, err)
		}
	})
}
