package mucserver

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"

	"muckick/xmpp/prep"
)

// maxPart is the length of a localpart or resourcepart in bytes (RFC 7622 §3).
const maxPart = 1023

// address is a JID. It stays made of strings because the profiles of RFC 7622
// refuse nicknames that are in use on real services.
type address struct {
	local, domain, resource string
}

func (a address) bare() string {
	if a.local == "" {
		return a.domain
	}
	return a.local + "@" + a.domain
}

func (a address) String() string {
	if a.resource == "" {
		return a.bare()
	}
	return a.bare() + "/" + a.resource
}

// splitAddress takes a JID apart without changing or judging its parts
// (RFC 7622 §3.2).
func splitAddress(s string) address {
	var a address
	s, a.resource, _ = strings.Cut(s, "/")
	if local, domain, found := strings.Cut(s, "@"); found {
		a.local, a.domain = local, domain
	} else {
		a.domain = s
	}
	return a
}

// parseAddress takes a JID apart and normalises its parts: those of accounts
// when the domain is the server's own, those of rooms otherwise. It reports
// false for what is no JID.
func (s *Server) parseAddress(text string) (address, bool) {
	a := splitAddress(text)
	var ok bool
	if a.domain, ok = normalizeDomain(a.domain); !ok {
		return a, false
	}
	if a.local != "" {
		if a.domain == s.opts.Domain {
			a.local, ok = normalizeUser(a.local)
		} else {
			a.local, ok = normalizeRoom(a.local)
		}
		if !ok {
			return a, false
		}
	}
	if a.resource != "" {
		if a.resource, ok = normalizeNick(a.resource); !ok {
			return a, false
		}
	}
	return a, true
}

// normalizeUser returns the account name as it is stored (RFC 7622 §3.3).
func normalizeUser(name string) (string, bool) {
	name, err := precis.UsernameCaseMapped.String(name)
	return name, err == nil && name != "" && len(name) <= maxPart && !strings.ContainsAny(name, `"&'/:<>@`)
}

// normalizeRoom returns the localpart of a room as a service that follows
// RFC 6122 stores it: compatibility-composed, without regard to case.
func normalizeRoom(name string) (string, bool) {
	name = prep.Local(name)
	if name == "" || len(name) > maxPart || strings.ContainsAny(name, `"&'/:<>@ `) || strings.ContainsFunc(name, isProhibited) {
		return "", false
	}
	return name, utf8.ValidString(name)
}

// normalizeNick returns a nickname as a service that follows RFC 6122 (the
// Resourceprep profile) stores it, and false for one that it refuses. It accepts
// more than PRECIS does, since such nicknames are in use.
func normalizeNick(nick string) (string, bool) {
	nick = prep.Resource(nick)
	if strings.TrimSpace(nick) == "" || len(nick) > maxPart || strings.ContainsFunc(nick, isProhibited) {
		return "", false
	}
	return nick, utf8.ValidString(nick)
}

// isProhibited reports whether a rune is in one of the RFC 3454 tables C.2 to
// C.8, which no localpart and no resourcepart may contain.
func isProhibited(r rune) bool {
	switch {
	case unicode.IsControl(r), unicode.In(r, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp):
		return true
	case r >= 0xFDD0 && r <= 0xFDEF, r&0xFFFE == 0xFFFE:
		return true
	case r >= 0xFFF9 && r <= 0xFFFD:
		return true
	case r == 0x200E, r == 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x206A && r <= 0x206F:
		return true
	}
	return false
}

// normalizeBare returns the bare form of the JID of an account, here or
// elsewhere, with its parts normalised.
func normalizeBare(text string) (string, error) {
	a := splitAddress(strings.TrimSpace(text))
	var okLocal, okDomain bool
	a.local, okLocal = normalizeUser(a.local)
	a.domain, okDomain = normalizeDomain(a.domain)
	if !okLocal || !okDomain {
		return "", jidMalformed("not the address of an account")
	}
	return a.bare(), nil
}
