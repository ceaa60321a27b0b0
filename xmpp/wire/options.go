package wire

import (
	"crypto/x509"
	"time"

	"mellium.im/xmpp/jid"
)

// Security says how the connection to the chat server is protected.
type Security string

// The kinds of protection.
const (
	StartTLS  Security = "starttls" // RFC 6120 §5; a server without it is refused
	DirectTLS Security = "direct"   // XEP-0368
	Plaintext Security = "none"     // only to a loopback address
)

// Options say whom to connect as, where, and how the stream behaves. All are
// needed, but for those with a default.
type Options struct {
	Account  jid.JID // bare
	Password string
	Resource string

	Server   string         // host:port; default: SRV records of the account's domain (RFC 6120 §3.2, XEP-0368)
	Security Security       // how to protect the connection; with SRV records StartTLS allows for DirectTLS too
	RootCAs  *x509.CertPool // who may sign the server's certificate; default: the system's

	Resolver         Resolver      // finds the server; default: the system's
	NegotiateTimeout time.Duration // how long a server may take until we are logged in; default 15 s

	AnswerTimeout time.Duration // how long a request waits for its answer
	PingInterval  time.Duration // how often a quiet server is pinged (XEP-0199)
	PingTimeout   time.Duration // when an unanswered ping ends the connection
	MaxWaiting    int           // requests that may wait at once

	// SameEntity reports whether the JID that answers is the one that was asked,
	// when their texts differ: a server may prepare addresses in its own way.
	// Default: they are different.
	SameEntity func(asked, answered string) bool
}
