package xmpptest

import "muckick/xmpp/mucserver"

// An Option changes how a server is set up.
type Option func(*options)

type options struct {
	accounts    []Account
	plainKicker bool
	noTLS       bool
	tlsRequired bool
	rateLimit   int
	maxRooms    int
	maxPresence int
	nagle       bool
	core        *int

	adminsOwnNoRoom bool

	dialect mucserver.Dialect
}

// An Account is a user of a server's domain.
type Account struct {
	User     string
	Password string
}

// WithAccount registers one more account before the test runs.
func WithAccount(user, password string) Option {
	return func(o *options) { o.accounts = append(o.accounts, Account{User: user, Password: password}) }
}

// WithPlainKicker makes the kicker an ordinary account instead of an admin of
// the server.
func WithPlainKicker() Option { return func(o *options) { o.plainKicker = true } }

// WithoutTLS makes the server offer neither StartTLS nor direct TLS.
func WithoutTLS() Option { return func(o *options) { o.noTLS = true } }

// WithTLSRequired makes the server refuse to log clients in before they use
// TLS. [Peers] use StartTLS then, unless told otherwise.
func WithTLSRequired() Option { return func(o *options) { o.tlsRequired = true } }

// WithRateLimit limits what a client may send, in kilobytes per second. A
// kicker who is an admin is exempt. The mucserver has no such limit, so there
// the test is skipped.
func WithRateLimit(kilobytesPerSecond int) Option {
	return func(o *options) { o.rateLimit = kilobytesPerSecond }
}

// WithMaxRooms limits how many rooms an account that is no admin can be in.
// Only ejabberd has such a limit; on other servers the test is skipped.
func WithMaxRooms(n int) Option { return func(o *options) { o.maxRooms = n } }

// WithMaxPresence makes rooms hide the presence of occupants from those who
// join when more than n are in. Only ejabberd does so; on other servers the
// test is skipped.
func WithMaxPresence(n int) Option { return func(o *options) { o.maxPresence = n } }

// WithNagle leaves Nagle's algorithm on where it is on by default: on Prosody.
// It delays some answers by up to 40 ms.
func WithNagle() Option { return func(o *options) { o.nagle = true } }

// WithMachine keeps the server as far apart as one machine allows: on one core,
// counted from 0, and with its files in memory, so that neither waits for the
// other's disk. The mucserver, which is part of the process, cannot be kept so.
func WithMachine(core int) Option { return func(o *options) { o.core = &core } }

// WithAdminsOwningNoRoom leaves the kicker, though an admin of the server,
// without any rights in rooms, as is Prosody 13's default. On other software
// the test is skipped.
func WithAdminsOwningNoRoom() Option { return func(o *options) { o.adminsOwnNoRoom = true } }

// WithDialect makes the mucserver do as some other server does. On real servers
// the test is skipped.
func WithDialect(d mucserver.Dialect) Option { return func(o *options) { o.dialect = d } }

func newOptions(opts []Option) options {
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// unsupported names the first option that the kind of server does not have;
// it returns "" if there is none.
func (o options) unsupported(name string) string {
	software := softwareOf(name)
	switch {
	case o.rateLimit > 0 && software == Mucserver:
		return "rate limit"
	case o.maxRooms > 0 && software != Ejabberd:
		return "limit of rooms per account"
	case o.maxPresence > 0 && software != Ejabberd:
		return "limit of shown presence"
	case o.core != nil && software == Mucserver:
		return "process of its own"
	case o.core != nil && inTree(name):
		return "folder in memory"
	case o.adminsOwnNoRoom && software != Prosody:
		return "admins who own no room"
	case o.dialect != (mucserver.Dialect{}) && software != Mucserver:
		return "other dialect than its own"
	}
	return ""
}
