package oidc_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"muckick/web/oidc"
)

const (
	clientID     = "muckick"
	clientSecret = "a secret of sixty-four characters"
	publicURL    = "https://muckick.example.org"
)

// provider is one that lies as tests tell it to.
type provider struct {
	*httptest.Server
	key    crypto.Signer
	asked  atomic.Int64 // for metadata
	change func(*answers)
	nonce  string // of the flow, which goes into the ID token
}

// answers are what the provider says.
type answers struct {
	metadata map[string]any
	claims   map[string]any // of the ID token
	sign     func(claims map[string]any) string
	token    map[string]any // besides the ID token
	status   int            // of the token endpoint
	userinfo map[string]any // nil for none
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{key: key, change: func(*answers) {}}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		p.asked.Add(1)
		write(w, p.answers(t).metadata)
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		write(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "1", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		a := p.answers(t)
		if name, secret, _ := r.BasicAuth(); name != clientID || secret != url.QueryEscape(clientSecret) || r.FormValue("code_verifier") == "" {
			a.status, a.token = http.StatusUnauthorized, map[string]any{"error": "invalid_client"}
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(a.status)
		if _, there := a.token["id_token"]; !there && a.status == http.StatusOK {
			a.token["id_token"] = a.sign(a.claims)
		}
		write(w, a.token)
	})
	mux.HandleFunc("/userinfo", func(w http.ResponseWriter, r *http.Request) {
		a := p.answers(t)
		if a.userinfo == nil || r.Header.Get("Authorization") != "Bearer access" {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		write(w, a.userinfo)
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func write(w http.ResponseWriter, value any) {
	if err := json.NewEncoder(w).Encode(value); err != nil {
		panic(err)
	}
}

// answers are what an honest provider says, after the test's change.
func (p *provider) answers(t *testing.T) *answers {
	now := time.Now()
	a := &answers{
		metadata: map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/auth", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"userinfo_endpoint": p.URL + "/userinfo", "end_session_endpoint": p.URL + "/end?a=b",
			"id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"},
		},
		claims: map[string]any{
			"iss": p.URL, "aud": clientID, "sub": "4711", "nonce": p.nonce, "exp": now.Add(time.Minute).Unix(), "iat": now.Unix(),
			"preferred_username": "alice", "groups": []string{"mods"},
		},
		sign:   func(claims map[string]any) string { return sign(t, jose.RS256, p.key, claims) },
		token:  map[string]any{"access_token": "access", "token_type": "Bearer"},
		status: http.StatusOK,
	}
	p.change(a)
	return a
}

func sign(t *testing.T, algorithm jose.SignatureAlgorithm, key any, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: key, KeyID: "1"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func newClient(p *provider) *oidc.Provider {
	return oidc.New(oidc.Options{
		Issuer: p.URL, ClientID: clientID, ClientSecret: clientSecret, PublicURL: publicURL, Scopes: []string{"profile"}, Claim: "groups",
	})
}

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

// A provider that is away, or none at all, is told apart from a refusal, and is
// asked again.
func TestAway(t *testing.T) {
	tests := []struct {
		name   string
		change func(*provider, *answers)
	}{
		{"no provider", func(_ *provider, a *answers) { a.metadata = map[string]any{} }},
		{"another issuer", func(_ *provider, a *answers) { a.metadata["issuer"] = "https://evil.example" }},
		{"an endpoint in the clear", func(_ *provider, a *answers) { a.metadata["token_endpoint"] = "http://id.example.org/token" }},
		{"an endpoint that is none", func(_ *provider, a *answers) { a.metadata["authorization_endpoint"] = "javascript:alert(1)" }},
		{"no keys", func(_ *provider, a *answers) { delete(a.metadata, "jwks_uri") }},
		{"endless", func(_ *provider, a *answers) { a.metadata["more"] = strings.Repeat("x", 2<<20) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newProvider(t)
			p.change = func(a *answers) { tt.change(p, a) }
			now := time.Now()
			client := oidc.New(oidc.Options{Issuer: p.URL, ClientID: clientID, PublicURL: publicURL, Now: func() time.Time { return now }})
			if _, _, err := client.Begin(t.Context()); !errors.Is(err, oidc.ErrAway) {
				t.Errorf("got %v, want ErrAway", err)
			}
			if _, ok := client.SignOut(t.Context(), "", "/login"); ok {
				t.Error("it says where to sign out")
			}
			p.change = func(*answers) {}
			now = now.Add(10 * time.Second)
			if _, _, err := client.Begin(t.Context()); err != nil {
				t.Errorf("later: %v", err)
			}
			p.change = func(a *answers) { tt.change(p, a) }
			now = now.Add(2 * time.Hour)
			if _, _, err := client.Begin(t.Context()); err != nil {
				t.Errorf("away again: %v, want what it said before to do", err)
			}
		})
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

func TestSignOut(t *testing.T) {
	p := newProvider(t)
	got, ok := newClient(p).SignOut(t.Context(), "token", "/login")
	u, err := url.Parse(got)
	if err != nil || !ok {
		t.Fatalf("got %q, %v, error %v", got, ok, err)
	}
	want := url.Values{"a": {"b"}, "client_id": {clientID}, "id_token_hint": {"token"}, "post_logout_redirect_uri": {publicURL + "/login"}}
	if diff := cmp.Diff(want, u.Query()); diff != "" || u.Path != "/end" {
		t.Errorf("%s: query (-want +got):\n%s", got, diff)
	}
	p.change = func(a *answers) {
		maps.DeleteFunc(a.metadata, func(name string, _ any) bool { return name == "end_session_endpoint" })
	}
	if got, ok := newClient(p).SignOut(t.Context(), "token", "/login"); ok {
		t.Errorf("got %q of a provider that has none", got)
	}
}

func TestCheckURL(t *testing.T) {
	tests := []struct {
		url string
		ok  bool
	}{
		{"https://id.example.org", true},
		{"https://id.example.org:8443/realms/a?b=c", true},
		{"http://127.0.0.1:8080", true},
		{"http://[::1]", true},
		{"http://localhost", true},
		{"http://id.example.org", false},
		{"http://127.0.0.1.example.org", false},
		{"https://user:secret@id.example.org", false},
		{"https://id.example.org/#x", false},
		{"ftp://id.example.org", false},
		{"javascript:alert(1)", false},
		{"//id.example.org", false},
		{"id.example.org", false},
		{"", false},
	}
	for _, tt := range tests {
		if err := oidc.CheckURL(tt.url); (err == nil) != tt.ok {
			t.Errorf("%q: got %v, want it good: %v", tt.url, err, tt.ok)
		}
	}
}
