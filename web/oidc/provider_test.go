package oidc_test

import (
	"crypto"
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
