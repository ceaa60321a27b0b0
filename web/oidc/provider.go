package oidc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

const (
	// requestTimeout is how long the provider may take for one answer.
	requestTimeout = 10 * time.Second

	// maxAnswer is how many bytes of an answer are read.
	maxAnswer = 1 << 20

	// metadataFresh is how long the provider's metadata are used, and
	// awayFresh how long it counts as away after it was.
	metadataFresh = time.Hour
	awayFresh     = 3 * time.Second
)

// CallbackPath is where the provider sends the browser back to, below the public
// URL.
const CallbackPath = "/login/oidc/callback"

// Options are what a [Provider] works with. Issuer, ClientID and PublicURL are
// required.
type Options struct {
	// Issuer is the provider's identifier, exactly as it gives it.
	Issuer string

	// ClientID and ClientSecret are what the provider knows muckick by. Without a
	// secret, muckick is a public client.
	ClientID, ClientSecret string

	// PublicURL is where browsers reach muckick, without a slash at its end.
	PublicURL string

	// Scopes are asked for besides openid.
	Scopes []string

	// Claim is the name of the claim whose values [Identity.Values] has. Dots in it
	// lead into objects, as in realm_access.roles.
	Claim string

	Now func() time.Time // default: time.Now
}

// A Provider is where people sign in.
type Provider struct {
	options Options
	client  *http.Client

	turn chan struct{} // has room for one who asks for the metadata

	mu     sync.Mutex
	found  *metadata
	failed time.Time // when the provider was away last
	reason error     // of that
}

// metadata are what the provider says of itself.
type metadata struct {
	at         time.Time
	provider   *oidc.Provider
	verifier   *oidc.IDTokenVerifier
	keys       *keys
	oauth      oauth2.Config
	endSession string // empty if it has no such endpoint

	// namesItself says that its answers have the parameter iss (RFC 9207 §3).
	namesItself bool
}

// New returns a provider, of which nothing is asked yet.
func New(o Options) *Provider {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Provider{
		options: o,
		turn:    make(chan struct{}, 1),
		client: &http.Client{
			Timeout:   requestTimeout,
			Transport: bounded{http.DefaultTransport},
			// Nothing that is asked of a provider leads elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Issuer returns the provider's identifier.
func (p *Provider) Issuer() string { return p.options.Issuer }

// metadata returns what the provider says of itself, lately or now. The error
// matches ErrAway.
func (p *Provider) metadata(ctx context.Context) (*metadata, error) {
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return nil, away(ctx.Err())
	}
	p.mu.Lock()
	found, failed, reason := p.found, p.failed, p.reason
	p.mu.Unlock()
	now := p.options.Now()
	switch {
	case found != nil && now.Sub(found.at) < metadataFresh:
		return found, nil
	case reason != nil && now.Sub(failed) < awayFresh && found == nil:
		return nil, reason // whoever waited behind somebody who found it away
	}
	fresh, err := p.discover(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		p.found, p.reason = fresh, nil
		return fresh, nil
	}
	p.failed, p.reason = now, away(err)
	if found != nil { // what it said an hour ago is most likely still so
		return found, nil
	}
	return nil, p.reason
}

// discover asks for the metadata (OpenID Connect Discovery 1.0 §4).
func (p *Provider) discover(ctx context.Context) (*metadata, error) {
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.options.Issuer)
	if err != nil {
		return nil, err
	}
	var more struct {
		JWKS        string   `json:"jwks_uri"`
		EndSession  string   `json:"end_session_endpoint"`
		NamesItself bool     `json:"authorization_response_iss_parameter_supported"`
		Algorithms  []string `json:"id_token_signing_alg_values_supported"`
		Methods     []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := provider.Claims(&more); err != nil {
		return nil, err
	}
	endpoint := provider.Endpoint()
	for _, address := range []string{endpoint.AuthURL, endpoint.TokenURL, more.JWKS, more.EndSession, provider.UserInfoEndpoint()} {
		if err := CheckURL(address); address != "" && err != nil {
			return nil, fmt.Errorf("the provider names %q: %w", address, err)
		}
	}
	if endpoint.AuthURL == "" || endpoint.TokenURL == "" || more.JWKS == "" {
		return nil, errors.New("the provider does not say where to sign in, or where its keys are")
	}
	endpoint.AuthStyle = p.style(more.Methods)
	set := &keys{set: oidc.NewRemoteKeySet(oidc.ClientContext(context.WithoutCancel(ctx), p.client), more.JWKS)}
	return &metadata{
		at: p.options.Now(), provider: provider, keys: set, endSession: more.EndSession, namesItself: more.NamesItself,
		verifier: oidc.NewVerifier(p.options.Issuer, set, &oidc.Config{
			ClientID: p.options.ClientID, Now: p.options.Now, SupportedSigningAlgs: asymmetric(more.Algorithms),
		}),
		oauth: oauth2.Config{
			ClientID: p.options.ClientID, ClientSecret: p.options.ClientSecret, Endpoint: endpoint,
			RedirectURL: p.options.PublicURL + CallbackPath, Scopes: append([]string{oidc.ScopeOpenID}, p.options.Scopes...),
		},
	}, nil
}

// style is how muckick proves who it is, given what the provider knows (OpenID
// Connect Discovery 1.0 §3, where client_secret_basic is the default).
func (p *Provider) style(methods []string) oauth2.AuthStyle {
	basic := len(methods) == 0 || slices.Contains(methods, "client_secret_basic")
	if p.options.ClientSecret == "" || !basic {
		return oauth2.AuthStyleInParams
	}
	return oauth2.AuthStyleInHeader
}

// asymmetric returns those of the algorithms by which nobody but the provider
// signs: with the others, whoever knows the client's secret could, or everybody.
func asymmetric(algorithms []string) []string {
	var safe []string
	for _, algorithm := range algorithms {
		switch algorithm {
		case oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA:
			safe = append(safe, algorithm)
		}
	}
	if len(safe) == 0 {
		return []string{oidc.RS256} // which every provider has to know
	}
	return safe
}

// SignOut returns where a browser goes to end its session at the provider (OpenID
// Connect RP-Initiated Logout 1.0 §2), and whether there is such a place. From
// there, the provider may send it to a page of ours. The ID token says whose
// session it is.
func (p *Provider) SignOut(ctx context.Context, idToken, back string) (address string, ok bool) {
	known, err := p.metadata(ctx)
	if err != nil || known.endSession == "" {
		return "", false
	}
	u, err := url.Parse(known.endSession)
	if err != nil {
		return "", false
	}
	query := u.Query()
	query.Set("client_id", p.options.ClientID)
	query.Set("post_logout_redirect_uri", p.options.PublicURL+back)
	if idToken != "" {
		query.Set("id_token_hint", idToken)
	}
	u.RawQuery = query.Encode()
	return u.String(), true
}

// CheckURL returns what is wrong with an address that secrets go to: it has to
// have https, or be on this machine.
func CheckURL(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return errors.New("is no address such as https://id.example.org")
	case u.User != nil || u.Fragment != "":
		return errors.New("must not have a user or a fragment")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return errors.New("has to begin with https://")
	}
	return nil
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback() || host == "localhost"
}

// bounded reads no more than maxAnswer of an answer.
type bounded struct{ http.RoundTripper }

// RoundTrip implements [http.RoundTripper].
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		response.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(response.Body, maxAnswer), response.Body}
	}
	return response, err
}

// keys are the provider's keys, and tell when they could not be had.
type keys struct{ set oidc.KeySet }

// VerifySignature implements [oidc.KeySet].
func (k *keys) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	payload, err := k.set.VerifySignature(ctx, token)
	var unreached net.Error
	if errors.As(err, &unreached) {
		if seen, ok := ctx.Value(unreachedKey{}).(*error); ok {
			*seen = err
		}
	}
	return payload, err
}

// unreachedKey is where VerifySignature leaves that the keys could not be had,
// since the verifier makes a text of its error.
type unreachedKey struct{}
