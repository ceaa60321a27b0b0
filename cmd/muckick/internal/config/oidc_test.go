package config

import (
	"slices"
	"strings"
	"testing"
)

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
