package oidc_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"muckick/web/oidc"
)

// signIn goes through a flow, in which the answer may be changed.
func signIn(t *testing.T, p *provider, change func(*oidc.Answer)) (oidc.Identity, error) {
	t.Helper()
	client := newClient(p)
	address, flow, err := client.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	p.nonce = u.Query().Get("nonce")
	answer := oidc.Answer{State: u.Query().Get("state"), Code: "code"}
	if change != nil {
		change(&answer)
	}
	if err := client.Check(flow, answer); err != nil {
		return oidc.Identity{}, err
	}
	return client.Finish(t.Context(), flow, answer)
}

func TestBegin(t *testing.T) {
	p := newProvider(t)
	client := newClient(p)
	address, flow, err := client.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	if len(flow.State) < 26 || len(flow.Nonce) < 26 || len(flow.Verifier) < 43 || flow.State == flow.Nonce || query.Get("code_challenge") == flow.Verifier {
		t.Errorf("secrets are short, shared or shown: %+v in %s", flow, address)
	}
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		query.Del(name)
	}
	want := url.Values{
		"client_id": {clientID}, "redirect_uri": {publicURL + "/login/oidc/callback"}, "response_type": {"code"},
		"scope": {"openid profile"}, "code_challenge_method": {"S256"},
	}
	if diff := cmp.Diff(want, query); diff != "" || !strings.HasPrefix(address, p.URL+"/auth?") {
		t.Errorf("%s: query (-want +got):\n%s", address, diff)
	}
	if _, again, err := client.Begin(t.Context()); err != nil || again.State == flow.State || again.Nonce == flow.Nonce || again.Verifier == flow.Verifier {
		t.Errorf("the next is the same, or error %v", err)
	}
	if got := p.asked.Load(); got != 1 {
		t.Errorf("the metadata were asked for %d times, want once", got)
	}
}

func TestIdentity(t *testing.T) {
	tests := []struct {
		name   string
		change func(*answers)
		names  []string
		values []string
	}{
		{"plain", func(*answers) {}, []string{"alice", "4711"}, []string{"mods"}},
		{"one text", func(a *answers) { a.claims["groups"] = "mods" }, []string{"alice", "4711"}, []string{"mods"}},
		{"neither", func(a *answers) { a.claims["groups"] = []any{1, true, nil, map[string]any{}, "x"} }, []string{"alice", "4711"}, []string{"x"}},
		{"an object", func(a *answers) { a.claims["groups"] = map[string]any{"mods": true} }, []string{"alice", "4711"}, nil},
		{"verified address", func(a *answers) {
			a.claims["email"], a.claims["email_verified"] = "alice@example.org", true
		}, []string{"alice", "alice@example.org", "4711"}, []string{"mods"}},
		{"unverified address", func(a *answers) { a.claims["email"] = "root@example.org" }, []string{"alice", "4711"}, []string{"mods"}},
		{"for more than one", func(a *answers) {
			a.claims["aud"], a.claims["azp"] = []string{clientID, "other"}, clientID
		}, []string{"alice", "4711"}, []string{"mods"}},
		{"all in the user's information", func(a *answers) {
			delete(a.claims, "groups")
			delete(a.claims, "preferred_username")
			a.userinfo = map[string]any{"sub": "4711", "groups": []string{"admins"}, "preferred_username": "bob"}
		}, []string{"bob", "4711"}, []string{"admins"}},
		{"the ID token is before the user's information", func(a *answers) {
			delete(a.claims, "preferred_username")
			a.userinfo = map[string]any{"sub": "4711", "groups": []string{"admins"}, "preferred_username": "bob"}
		}, []string{"bob", "4711"}, []string{"mods"}},
		{"no name anywhere", func(a *answers) { delete(a.claims, "preferred_username") }, []string{"4711"}, []string{"mods"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newProvider(t)
			p.change = tt.change
			got, err := signIn(t, p, nil)
			if err != nil {
				t.Fatal(err)
			}
			var names []string // empty ones are no names
			for _, name := range got.Names {
				if name != "" {
					names = append(names, name)
				}
			}
			if diff := cmp.Diff([]any{"4711", tt.names, tt.values}, []any{got.Subject, names, got.Values}); diff != "" {
				t.Errorf("identity (-want +got):\n%s", diff)
			}
		})
	}
}

// Nobody signs in by an answer or a token that is not what was asked for.
func TestRefused(t *testing.T) {
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	claim := func(name string, value any) func(*answers) {
		return func(a *answers) { a.claims[name] = value }
	}
	honest := func(*answers) {}
	tests := []struct {
		name   string
		change func(*answers)
		answer func(*oidc.Answer)
		want   string
	}{
		{"issuer", claim("iss", "https://evil.example"), nil, "issued by a different provider"},
		{"issuer with a slash", func(a *answers) { a.claims["iss"] = a.claims["iss"].(string) + "/" }, nil, "issued by a different provider"},
		{"audience", claim("aud", "other"), nil, "audience"},
		{"no audience", claim("aud", []string{}), nil, "audience"},
		{"more audiences, and no party", claim("aud", []string{clientID, "other"}), nil, "it was made for"},
		{"another party", claim("azp", "other"), nil, `it was made for "other"`},
		{"nonce", claim("nonce", "another"), nil, "its nonce is another"},
		{"no nonce", func(a *answers) { delete(a.claims, "nonce") }, nil, "its nonce is another"},
		{"expired", claim("exp", time.Now().Add(-time.Minute).Unix()), nil, "expired"},
		{"no subject", claim("sub", ""), nil, "it names nobody"},
		{"endless subject", claim("sub", strings.Repeat("x", 256)), nil, "it names nobody"},
		{"another access token", claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"), nil, "another access token"},
		{"another key", func(a *answers) {
			a.sign = func(c map[string]any) string { return sign(t, jose.RS256, other, c) }
		}, nil, "failed to verify signature"},
		{"signed with the client's secret", func(a *answers) {
			a.sign = func(c map[string]any) string { return sign(t, jose.HS256, []byte(clientSecret), c) }
		}, nil, "unexpected signature algorithm"},
		{"an algorithm that the provider does not name", func(a *answers) {
			a.sign = func(c map[string]any) string { return sign(t, jose.ES256, curve, c) }
		}, nil, "unexpected signature algorithm"},
		{"not signed", func(a *answers) {
			a.sign = func(c map[string]any) string {
				parts := strings.Split(sign(t, jose.RS256, other, c), ".")
				return "eyJhbGciOiJub25lIn0." + parts[1] + "."
			}
		}, nil, "refused"},
		{"no ID token", func(a *answers) { a.token["id_token"] = "" }, nil, "no ID token"},
		{"rubbish", func(a *answers) { a.token["id_token"] = "a.b.c" }, nil, "refused"},
		{"somebody else's information", func(a *answers) {
			delete(a.claims, "groups")
			a.userinfo = map[string]any{"sub": "4712", "groups": []string{"admins"}}
		}, nil, "somebody else"},
		{"used code", func(a *answers) { a.status, a.token = 400, map[string]any{"error": "invalid_grant"} }, nil, "invalid_grant"},
		{"state", honest, func(a *oidc.Answer) { a.State = "another" }, "its state is another"},
		{"no state", honest, func(a *oidc.Answer) { a.State = "" }, "its state is another"},
		{"no code", honest, func(a *oidc.Answer) { a.Code = "" }, "no code"},
		{"an error", honest, func(a *oidc.Answer) { a.Error = "access_denied" }, "access_denied"},
		{"answer of another issuer", honest, func(a *oidc.Answer) { a.Issuer = "https://evil.example" }, "not the provider's"},
		{"answer of no issuer", func(a *answers) { a.metadata["authorization_response_iss_parameter_supported"] = true }, nil, "not the provider's"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newProvider(t)
			p.change = tt.change
			got, err := signIn(t, p, tt.answer)
			var refused *oidc.RefusedError
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), tt.want) || got.Subject != "" {
				t.Errorf("got %+v, error %v, want it refused for %q", got, err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), clientSecret) {
				t.Errorf("%v shows the secret", err)
			}
		})
	}
}

func TestFlowEnds(t *testing.T) {
	p := newProvider(t)
	now := time.Now()
	client := oidc.New(oidc.Options{Issuer: p.URL, ClientID: clientID, PublicURL: publicURL, Now: func() time.Time { return now }})
	_, flow, err := client.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	answer := oidc.Answer{State: flow.State, Code: "code"}
	now = now.Add(oidc.FlowLifetime() - time.Second)
	if err := client.Check(flow, answer); err != nil {
		t.Errorf("in time: %v", err)
	}
	now = now.Add(time.Second)
	if err := client.Check(flow, answer); err == nil {
		t.Error("too late: no error")
	}
	if err := client.Check(oidc.Flow{Until: now.Add(time.Hour)}, oidc.Answer{}); err == nil {
		t.Error("without a flow: no error")
	}
}

// It may also go away while somebody signs in.
func TestAwayInBetween(t *testing.T) {
	const nowhere = "http://127.0.0.1:1/"
	tests := []struct {
		name   string
		change func(*answers)
	}{
		{"token endpoint", func(a *answers) { a.metadata["token_endpoint"] = nowhere }},
		{"error of the token endpoint", func(a *answers) { a.status, a.token = 500, map[string]any{} }},
		{"keys", func(a *answers) { a.metadata["jwks_uri"] = nowhere }},
		{"user's information", func(a *answers) {
			delete(a.claims, "groups")
			a.metadata["userinfo_endpoint"] = nowhere
		}},
		{"error of the user's information", func(a *answers) { delete(a.claims, "groups") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newProvider(t)
			p.change = tt.change
			if got, err := signIn(t, p, nil); !errors.Is(err, oidc.ErrAway) || got.Subject != "" {
				t.Errorf("got %+v, error %v, want ErrAway", got, err)
			}
		})
	}
}
