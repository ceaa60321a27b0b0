package xmpp

import (
	"crypto/x509"
	"fmt"
	"log/slog"
	"time"

	"mellium.im/xmpp/jid"

	"muckick/xmpp/wire"
)

// Security says how the connection to the chat server is protected.
type Security = wire.Security

// The kinds of protection.
const (
	StartTLS  = wire.StartTLS
	DirectTLS = wire.DirectTLS
	Plaintext = wire.Plaintext
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

	Watch       WatchScope    // which rooms to be in; default WatchUsed
	RelistEvery time.Duration // how often rooms are listed to be watched; default 5 min
	Settle      time.Duration // how long after a session began arrivals count as [Arrival.Settling]; default 2 min

	Resource  string        // default: unguessable, so unique per process
	IdleLeave time.Duration // when rooms that nobody needs are left; default 10 min

	ReconcileEvery time.Duration // how often a watched room is asked whether we are in it and who else is; default 1 min

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
	setDefault(&o.Resource, "muckick-"+wire.NewID()[:12])
	setDefault(&o.Watch, WatchUsed)
	setDefault(&o.RelistEvery, 5*time.Minute)
	setDefault(&o.Settle, settleTime)
	setDefault(&o.IdleLeave, 10*time.Minute)
	setDefault(&o.ReconcileEvery, time.Minute)
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

// Connection returns what a connection of the account needs of the options, for
// whoever needs a session without a [Client]. An error names what is wrong with
// the account.
func (o Options) Connection() (wire.Options, error) {
	account, err := parseAccount(o.JID)
	if err != nil {
		return wire.Options{}, err
	}
	return o.withDefaults().wire(account), nil
}

// parseAccount returns the bare JID of an account.
func parseAccount(text string) (jid.JID, error) {
	account, err := jid.Parse(text)
	if err != nil || account.Localpart() == "" {
		return jid.JID{}, fmt.Errorf("%q is no account: it has the form user@domain", text)
	}
	return account.Bare(), nil
}

// wire returns what the connection needs of the options.
func (o Options) wire(account jid.JID) wire.Options {
	return wire.Options{
		Account: account, Password: o.Password, Resource: o.Resource,
		Server: o.Server, Security: o.Security, RootCAs: o.RootCAs,
		AnswerTimeout: o.AnswerTimeout, PingInterval: o.PingInterval, PingTimeout: o.PingTimeout,
		MaxWaiting: o.MaxWaiting, SameEntity: sameEntity,
	}
}

// sameEntity reports whether two JIDs address the same entity, however the
// server prepares addresses.
func sameEntity(asked, answered string) bool {
	a, errA := ParseRoom(asked)
	b, errB := ParseRoom(answered)
	return errA == nil && errB == nil && a == b
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
