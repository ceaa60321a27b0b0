package xmpp

import (
	"strings"
	"unicode/utf8"
)

// ParseAccount returns the bare JID of an account in the form in which servers
// compare it, of a full or a bare JID. A domain alone gives a [DomainError], and
// what is neither an [AccountError].
func ParseAccount(address string) (string, error) {
	if !utf8.ValidString(address) {
		return "", &AccountError{Address: strings.ToValidUTF8(address, "\uFFFD"), Reason: "it is not valid UTF-8"}
	}
	local, domain, found := strings.Cut(BareJID(address), "@")
	if !found {
		if domain, ok := prepareDomain(local); ok {
			return "", &DomainError{Domain: domain}
		}
		return "", &AccountError{Address: address, Reason: "an account has the form name@domain"}
	}
	local, fault := prepareLocal(local)
	if fault != "" {
		return "", &AccountError{Address: address, Reason: fault}
	}
	prepared, ok := prepareDomain(domain)
	if !ok {
		return "", &AccountError{Address: address, Reason: "the part after the @ is no domain name"}
	}
	if lower := strings.ToLower(strings.TrimSuffix(domain, ".")); isPrepared(lower) {
		prepared = lower // servers do not take an A-label for the U-label that it stands for
	}
	return local + "@" + prepared, nil
}

// account is [ParseAccount] for somebody in a room. The address of a room or an
// occupant gives an [AccountError]: ejabberd takes it, and bans the room itself.
func (r *room) account(address string) (string, error) {
	account, err := ParseAccount(address)
	if err != nil {
		return "", err
	}
	_, domain, _ := strings.Cut(account, "@")
	domain, _ = prepareDomain(domain)
	host, _, _ := r.stream.services.known(domain)
	if domain == r.jid.Domain() || host.service != nil {
		return "", &AccountError{Address: address, Reason: "it is the address of a room, or of somebody in it"}
	}
	return account, nil
}

// isOwnAccount reports whether the account is ours.
func (s *stream) isOwnAccount(account string) bool {
	own, err := ParseAccount(s.wire.Bound())
	return account == own || err != nil && s.isOurs(account)
}

// sameAccount reports whether an address that a server wrote is that of the
// account. Servers write them prepared, so nearly always the texts decide.
func sameAccount(account, written string) bool {
	if written = BareJID(written); account == written || written == "" {
		return account == written
	}
	if isPrepared(written) {
		return false
	}
	other, err := ParseAccount(written)
	return err == nil && account == other
}

// isPrepared reports whether preparing a text can change nothing.
func isPrepared(text string) bool {
	for i := range len(text) {
		if c := text[i]; c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			return false
		}
	}
	return true
}
