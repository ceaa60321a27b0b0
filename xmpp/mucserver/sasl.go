package mucserver

import (
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"hash"
	"sync"

	"mellium.im/sasl"
	mellium "mellium.im/xmpp"
)

// scramIterations is the least that RFC 7677 §4 allows.
const scramIterations = 4096

// accounts are the accounts of a server by user name.
type accounts struct {
	guest *account // for all names that have no account; may be nil

	mu     sync.RWMutex
	byName map[string]*account
}

// account is a password, and what SCRAM derives from it.
type account struct {
	password string
	salt     []byte

	mu     sync.Mutex
	salted map[string][]byte // by mechanism
}

func newAccounts(guestPassword string) *accounts {
	a := &accounts{byName: make(map[string]*account)}
	if guestPassword != "" {
		a.guest = newAccount(guestPassword)
	}
	return a
}

func newAccount(password string) *account {
	return &account{password: password, salt: []byte(rand.Text()), salted: make(map[string][]byte)}
}

func (a *accounts) set(name, password string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.byName[name] = newAccount(password)
}

// find returns the account that a client may claim and its normalised name, or
// nil.
func (a *accounts) find(username []byte) (*account, string) {
	name, ok := normalizeUser(string(username))
	if !ok {
		return nil, ""
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	if acc := a.byName[name]; acc != nil {
		return acc, name
	}
	return a.guest, name
}

func (a *account) saltedPassword(mechanism string, h func() hash.Hash) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	salted, ok := a.salted[mechanism]
	if !ok {
		salted = sasl.SCRAMSaltPassword(h, []byte(a.password), a.salt, scramIterations)
		a.salted[mechanism] = salted
	}
	return salted
}

// login is the state of one client's authentication.
type login struct {
	accounts *accounts
	domain   string
	user     string // set once the client has proved who it is
}

// feature is the SASL stream feature (RFC 6120 §6). Channel binding is not
// offered.
func (l *login) feature() mellium.StreamFeature {
	return mellium.SASLServer(l.checkPlain,
		l.scram(sasl.ScramSha256, sha256.New),
		l.scram(sasl.ScramSha1, sha1.New),
		plain(),
	)
}

// plain is the PLAIN mechanism, except that a client is told of any failure.
func plain() sasl.Mechanism {
	m := sasl.Plain
	next := m.Next
	m.Next = func(n *sasl.Negotiator, challenge []byte, data any) (bool, []byte, any, error) {
		more, resp, cache, err := next(n, challenge, data)
		if err != nil {
			err = sasl.ErrAuthn
		}
		return more, resp, cache, err
	}
	return m
}

// checkPlain decides on the credentials of the PLAIN mechanism (RFC 4616).
func (l *login) checkPlain(n *sasl.Negotiator) bool {
	username, password, identity := n.Credentials()
	acc, name := l.accounts.find(username)
	if acc == nil || !l.mayAct(name, identity) {
		return false
	}
	if subtle.ConstantTimeCompare(password, []byte(acc.password)) == 0 {
		return false
	}
	l.user = name
	return true
}

// mayAct reports whether a user may act as the identity it asks for: nobody may
// act as somebody else.
func (l *login) mayAct(name string, identity []byte) bool {
	return len(identity) == 0 || string(identity) == name+"@"+l.domain
}

// scram makes a mechanism of the sasl package usable on a server (RFC 5802):
// the stream feature hands it neither salted passwords nor a failure that the
// client would be told about.
func (l *login) scram(m sasl.Mechanism, h func() hash.Hash) sasl.Mechanism {
	type exchange struct {
		server *sasl.Negotiator
		user   string
	}
	begin := func() *exchange {
		x := &exchange{}
		x.server = sasl.NewServer(m, nil, sasl.SaltedCredentials(
			func(username, identity []byte, _ string) ([]byte, []byte, int64, error) {
				acc, name := l.accounts.find(username)
				if acc == nil || !l.mayAct(name, identity) {
					return nil, nil, 0, sasl.ErrAuthn
				}
				x.user = name
				return acc.salt, acc.saltedPassword(m.Name, h), scramIterations, nil
			}))
		return x
	}
	return sasl.Mechanism{
		Name: m.Name,
		Next: func(_ *sasl.Negotiator, challenge []byte, data any) (bool, []byte, any, error) {
			x, ok := data.(*exchange)
			if !ok {
				x = begin()
			}
			more, resp, err := x.server.Step(challenge)
			if err != nil {
				return false, nil, nil, sasl.ErrAuthn
			}
			if !more {
				l.user = x.user
			}
			return more, resp, x, nil
		},
	}
}

// exists reports whether somebody can log in under a normalised name.
func (a *accounts) exists(name string) bool {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.guest != nil || a.byName[name] != nil
}
