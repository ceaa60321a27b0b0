package xmpp

import (
	"crypto/x509"
	"log/slog"
	"time"
)

// Security says how the connection to the chat server is protected.
type Security string

// The kinds of protection.
const (
	StartTLS  Security = "starttls" // RFC 6120 §5; a server without it is refused
	DirectTLS Security = "direct"   // XEP-0368
	Plaintext Security = "none"     // only to a loopback address
)

// Options configure a [Client]. Zero values take the defaults named here.
type Options struct {
	JID      string // the account, as user@domain
	Password string

	Server   string         // host:port; default: SRV records of the account's domain (RFC 6120 §3.2)
	Security Security       // default StartTLS
	RootCAs  *x509.CertPool // who may sign the server's certificate; default: the system's

	Services []string // MUC services to serve; default: found by disco on the account's domain
	Nick     string   // in rooms; default "muckick"; gets a suffix where it is taken

	Resource  string        // default: unguessable, so unique per process
	IdleLeave time.Duration // when rooms that nobody needs are left; default 10 min

	AnswerTimeout time.Duration // how long a sent request waits for its answer; default 15 s
	PingInterval  time.Duration // how often a quiet server is pinged (XEP-0199); default 20 s
	PingTimeout   time.Duration // when an unanswered ping ends the connection; default 10 s
	MaxWaiting    int           // requests that may wait at once; default 10,000

	Logger *slog.Logger     // default: discard
	Now    func() time.Time // default: time.Now
}

func (o Options) withDefaults() Options {
	setDefault(&o.Security, StartTLS)
	setDefault(&o.Nick, "muckick")
	setDefault(&o.Resource, "muckick-"+newID()[:12])
	setDefault(&o.IdleLeave, 10*time.Minute)
	setDefault(&o.AnswerTimeout, 15*time.Second)
	setDefault(&o.PingInterval, 20*time.Second)
	setDefault(&o.PingTimeout, 10*time.Second)
	setDefault(&o.MaxWaiting, 10_000)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
