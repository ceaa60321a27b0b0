package xmpp

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"mellium.im/xmpp/jid"

	"muckick/xmpp/prep"
)

// maxPart is how many bytes a part of a JID may have (RFC 7622 §3.1).
const maxPart = 1023

// A RoomJID is the bare address of a room, in the form in which servers
// compare it. [ParseRoom] makes one; the zero RoomJID names no room.
type RoomJID struct{ local, domain string }

// Local returns the part before the @, the room's own name.
func (r RoomJID) Local() string { return r.local }

// Domain returns the MUC service that the room is on.
func (r RoomJID) Domain() string { return r.domain }

// String returns the address as local@domain.
func (r RoomJID) String() string { return r.local + "@" + r.domain }

// MarshalText writes the address; that of no room is empty.
func (r RoomJID) MarshalText() ([]byte, error) {
	if r == (RoomJID{}) {
		return nil, nil
	}
	return []byte(r.String()), nil
}

// UnmarshalText reads what MarshalText wrote.
func (r *RoomJID) UnmarshalText(text []byte) (err error) {
	*r = RoomJID{}
	if len(text) > 0 {
		*r, err = ParseRoom(string(text))
	}
	return err
}

// occupant returns the occupant JID of nick in the room.
func (r RoomJID) occupant(nick string) string { return r.String() + "/" + nick }

// ParseRoom reads the address of a room. An address that cannot be one gives
// an [AddressError]; a full JID names an occupant and no room, so it gives a
// [NoRoomError].
//
// The local part is prepared as servers do it (nodeprep, RFC 6122 appendix A),
// see package prep.
func ParseRoom(address string) (RoomJID, error) {
	if !utf8.ValidString(address) {
		return RoomJID{}, &AddressError{Address: strings.ToValidUTF8(address, "\uFFFD"), Reason: "it is not valid UTF-8"}
	}
	bare, _, full := strings.Cut(address, "/")
	local, domain, found := strings.Cut(bare, "@")
	if !found {
		return RoomJID{}, &AddressError{Address: address, Reason: "a room has the form name@service"}
	}
	local, fault := prepareLocal(local)
	if fault != "" {
		return RoomJID{}, &AddressError{Address: address, Reason: fault}
	}
	domain, ok := prepareDomain(domain)
	if !ok {
		return RoomJID{}, &AddressError{Address: address, Reason: "the part after the @ is no domain name"}
	}
	room := RoomJID{local: local, domain: domain}
	if full {
		return RoomJID{}, &NoRoomError{Room: room}
	}
	return room, nil
}

// ParseService reads the domain of a MUC service. What can be none gives an
// [AddressError].
func ParseService(domain string) (string, error) {
	prepared, ok := prepareDomain(domain)
	if !ok {
		return "", &AddressError{Address: strings.ToValidUTF8(domain, "\uFFFD"), Reason: "it is no domain name"}
	}
	return prepared, nil
}

// prepareDomain returns the domain in the form in which servers compare it, and
// whether it can be one.
func prepareDomain(domain string) (string, bool) {
	host, err := jid.New("", domain, "")
	if err != nil || strings.ContainsFunc(host.Domainpart(), notInDomain) || hasEmptyLabel(host.Domainpart()) {
		return "", false
	}
	return strings.ToLower(host.Domainpart()), true
}

// hasEmptyLabel reports whether two dots of a domain have nothing in between.
// The one dot that may end a domain is gone by now.
func hasEmptyLabel(domain string) bool {
	return strings.HasPrefix(domain, ".") || strings.HasSuffix(domain, ".") || strings.Contains(domain, "..")
}

// notInDomain finds what mellium's lenient IDNA profile lets through although
// no host is called so.
func notInDomain(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(`"&'/:<>@\`, r)
}

// prepareLocal maps a local part to the form in which servers compare it, or
// says what is wrong with it.
func prepareLocal(local string) (prepared, fault string) {
	prepared = prep.Local(local)
	switch {
	case prepared == "":
		return "", "the part before the @ is empty"
	case len(prepared) > maxPart:
		return "", fmt.Sprintf("the part before the @ has more than %d bytes", maxPart)
	case strings.ContainsAny(prepared, `"&'/:<>@`) || strings.ContainsFunc(prepared, notInJID):
		return "", "the part before the @ has a character that no room name can have"
	}
	return prepared, ""
}

// PrepareNick returns the nick in the form in which servers compare it
// (resourceprep, RFC 6122 appendix B). A nick that no server can hold gives a
// [NickError].
func PrepareNick(nick string) (string, error) {
	if !utf8.ValidString(nick) {
		return "", &NickError{Reason: "it is not valid UTF-8"}
	}
	prepared := prep.Resource(nick)
	switch {
	case strings.ContainsFunc(prepared, notInNick):
		return "", &NickError{Reason: "it has a control character"}
	case len(prepared) > maxPart:
		return "", &NickError{Reason: fmt.Sprintf("it has more than %d bytes", maxPart)}
	}
	return prepared, nil
}

func notInJID(r rune) bool { return unicode.IsSpace(r) || notInNick(r) }

func notInNick(r rune) bool { return unicode.IsControl(r) || !isXMLChar(r) }

// isXMLChar reports whether r may stand in an XML document (XML 1.0 §2.2). A
// stanza that holds another character ends the stream.
func isXMLChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' ||
		r >= 0x20 && r <= 0xD7FF ||
		r >= 0xE000 && r <= 0xFFFD ||
		r >= 0x10000 && r <= 0x10FFFF
}

// BareJID returns a JID, as it is written, without its resource if it has one
// (RFC 7622 §3.1).
func BareJID(jid string) string {
	bare, _, _ := strings.Cut(jid, "/")
	return bare
}
