package oidc

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// flowLifetime is how long somebody may take at the provider.
const flowLifetime = 15 * time.Minute

// A Flow is a sign-in that has begun. Whoever began it keeps it, and nobody else
// may see it.
type Flow struct {
	State    string    `json:"state"`
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"` // of PKCE
	Until    time.Time `json:"until"`
}

// An Answer is what the browser brought back from the provider (RFC 6749 §4.1.2).
type Answer struct {
	State, Code string
	Issuer      string // RFC 9207; may be empty
	Error       string // a code, such as access_denied; empty if there is none
}

// An Identity is who signed in.
type Identity struct {
	Subject string   // at the provider, where nobody else ever has it
	Names   []string // by which to call them, the best first
	Values  []string // of the claim that decides what they may do
	IDToken string   // as the provider gave it
}

// Begin returns where the browser goes to sign in. The error matches ErrAway.
func (p *Provider) Begin(ctx context.Context) (address string, _ Flow, err error) {
	known, err := p.metadata(ctx)
	if err != nil {
		return "", Flow{}, err
	}
	flow := Flow{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Until: p.options.Now().Add(flowLifetime)}
	return known.oauth.AuthCodeURL(flow.State, oidc.Nonce(flow.Nonce), oauth2.S256ChallengeOption(flow.Verifier)), flow, nil
}

// FlowLifetime is how long a Flow is good.
func FlowLifetime() time.Duration { return flowLifetime }

// Check returns a *RefusedError unless an answer belongs to the flow. Whether it
// did before is for the caller to know.
func (p *Provider) Check(flow Flow, answer Answer) error {
	switch {
	case flow.State == "" || subtle.ConstantTimeCompare([]byte(flow.State), []byte(answer.State)) != 1:
		return &RefusedError{Problem: "the answer belongs to another sign-in: its state is another"}
	case !p.options.Now().Before(flow.Until):
		return &RefusedError{Problem: "the sign-in began too long ago"}
	}
	return nil
}

// Finish returns who signed in, by an answer that Check let pass. The error is a
// *RefusedError or matches ErrAway.
func (p *Provider) Finish(ctx context.Context, flow Flow, answer Answer) (Identity, error) {
	known, err := p.metadata(ctx)
	switch {
	case err != nil:
		return Identity{}, err
	case answer.Issuer != "" && answer.Issuer != p.options.Issuer, answer.Issuer == "" && known.namesItself:
		return Identity{}, &RefusedError{Problem: fmt.Sprintf("the answer is not the provider's: its issuer is %q", answer.Issuer)}
	case answer.Error != "":
		return Identity{}, &RefusedError{Problem: "the provider says " + answer.Error, Denied: answer.Error == "access_denied"}
	case answer.Code == "":
		return Identity{}, &RefusedError{Problem: "the answer has no code"}
	}
	ctx = oidc.ClientContext(ctx, p.client)
	token, err := known.oauth.Exchange(ctx, answer.Code, oauth2.VerifierOption(flow.Verifier))
	if err != nil {
		return Identity{}, exchangeError(err)
	}
	raw, _ := token.Extra("id_token").(string)
	if raw == "" {
		return Identity{}, &RefusedError{Problem: "the provider gave no ID token"}
	}
	return p.identify(ctx, known, flow, token, raw)
}

// identify checks an ID token (OpenID Connect Core 1.0 §3.1.3.7).
func (p *Provider) identify(ctx context.Context, known *metadata, flow Flow, token *oauth2.Token, raw string) (Identity, error) {
	var unreached error
	idToken, err := known.verifier.Verify(context.WithValue(ctx, unreachedKey{}, &unreached), raw)
	switch {
	case unreached != nil:
		return Identity{}, away(unreached)
	case err != nil:
		return Identity{}, &RefusedError{Problem: "the ID token is refused: " + strings.TrimPrefix(err.Error(), "oidc: ")}
	case subtle.ConstantTimeCompare([]byte(idToken.Nonce), []byte(flow.Nonce)) != 1:
		return Identity{}, &RefusedError{Problem: "the ID token is refused: its nonce is another"}
	case idToken.Subject == "" || len(idToken.Subject) > maxSubject:
		return Identity{}, &RefusedError{Problem: "the ID token is refused: it names nobody"}
	}
	if idToken.AccessTokenHash != "" {
		if err := idToken.VerifyAccessToken(token.AccessToken); err != nil {
			return Identity{}, &RefusedError{Problem: "the ID token is refused: it belongs to another access token"}
		}
	}
	var all claims
	if err := idToken.Claims(&all); err != nil {
		return Identity{}, &RefusedError{Problem: "the ID token is refused: it cannot be read"}
	}
	if party := all.text("azp"); party != "" && party != p.options.ClientID || party == "" && len(idToken.Audience) > 1 {
		return Identity{}, &RefusedError{Problem: fmt.Sprintf("the ID token is refused: it was made for %q", party)}
	}
	if err := p.complete(ctx, known, token, idToken.Subject, all); err != nil {
		return Identity{}, err
	}
	return Identity{Subject: idToken.Subject, Names: all.names(), Values: all.values(p.options.Claim), IDToken: raw}, nil
}

// maxSubject is how many characters the name of a subject has (OpenID Connect
// Core 1.0 §2).
const maxSubject = 255

// complete adds the claims of the UserInfo endpoint, where the ID token lacks
// what is asked of it (OpenID Connect Core 1.0 §5.3).
func (p *Provider) complete(ctx context.Context, known *metadata, token *oauth2.Token, subject string, all claims) error {
	undecided := all.find(p.options.Claim) == nil
	if known.provider.UserInfoEndpoint() == "" || !undecided && all.find("preferred_username") != nil {
		return nil
	}
	info, err := known.provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	switch {
	case err != nil && !undecided:
		return nil // a better name is not worth a refusal
	case err != nil:
		return away(err)
	case info.Subject != subject: // as §5.3.2 wants
		return &RefusedError{Problem: "the provider tells of somebody else than it signed in"}
	}
	var more claims
	if err := info.Claims(&more); err != nil {
		return away(err)
	}
	for name, value := range more {
		if _, there := all[name]; !there {
			all[name] = value
		}
	}
	return nil
}
