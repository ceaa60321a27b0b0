// Package oidc lets people sign in at an OpenID Connect provider: the
// authorization code flow of OpenID Connect Core 1.0 §3.1 with PKCE (RFC 7636), a
// state, a nonce, and the check of the issuer in the answer (RFC 9207).
//
//	Begin     where the browser goes, and what it has to bring back
//	Finish    the code becomes an ID token, and that an identity
//	SignOut   where the browser ends the provider's own session
//
// It knows neither HTTP servers nor operators: package web keeps a [Flow] in the
// browser between the two, and decides what an [Identity] may do.
//
// The provider is asked for its metadata when somebody first wants to sign in, and
// not at start: that it is away stops nothing else.
package oidc
