package check

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	"muckick/xmpp"
)

// explainConnection says why there is no connection, and what helps.
func explainConnection(err error, o xmpp.Options) (text string, advice []string) {
	_, domain, _ := strings.Cut(o.JID, "@")
	var (
		dns      *net.DNSError
		unsigned x509.UnknownAuthorityError
		misnamed x509.HostnameError
		invalid  x509.CertificateInvalidError
		noTLS    tls.RecordHeaderError
		login    *xmpp.LoginError
		timeout  net.Error
	)
	text = "no connection: " + err.Error()
	switch {
	case strings.Contains(err.Error(), "host-unknown"): // RFC 6120 §4.9.3.6
		advice = []string{fmt.Sprintf("This server does not serve %s: is the domain in xmpp.jid right, and does xmpp.server lead to its server?", domain)}
	case errors.Is(err, xmpp.ErrNoLogin):
		advice = []string{adviceProtection(o.Security, domain)}
	case errors.As(err, &login):
		advice = []string{
			"Is xmpp.password right, and does the account exist? To make it:",
			"  Prosody:   prosodyctl adduser " + o.JID,
			"  ejabberd:  ejabberdctl register " + strings.Replace(o.JID, "@", " ", 1) + " PASSWORD",
		}
	case errors.As(err, &dns):
		advice = []string{"Set xmpp.server to host:port if the name of the account's domain does not lead to its chat server."}
	case errors.Is(err, syscall.ECONNREFUSED):
		advice = []string{
			"Nothing listens there. Clients usually connect to port 5222, with xmpp.tls = \"starttls\",",
			"or to port 5223, with xmpp.tls = \"direct\". xmpp.server sets host and port.",
		}
	case errors.As(err, &unsigned):
		advice = []string{"Nobody whom this machine trusts signed the server's certificate. If it is your own authority, name its certificate in xmpp.ca_file."}
	case errors.As(err, &misnamed):
		advice = []string{fmt.Sprintf("The server's certificate has to be for %s, the domain of the account.", domain)}
	case errors.As(err, &invalid):
		advice = []string{"The server's certificate has to be renewed, or the clock of this machine is wrong."}
	case errors.As(err, &noTLS):
		advice = []string{"The server does not begin with TLS on this port: try xmpp.tls = \"starttls\"."}
	case errors.Is(err, xmpp.ErrPlaintext):
		advice = []string{"Set xmpp.tls to \"starttls\" or \"direct\"."}
	case errors.As(err, &timeout) && timeout.Timeout():
		advice = []string{"The server does not answer. Is there a firewall in between, and is xmpp.server right?"}
	default:
		advice = []string{adviceProtection(o.Security, domain)}
	}
	return text, advice
}

// adviceProtection says what may be wrong where the server and the kind of
// protection do not fit: servers have no common words for it.
func adviceProtection(security xmpp.Security, domain string) string {
	switch security {
	case xmpp.Plaintext:
		return "The server may insist on TLS: try xmpp.tls = \"starttls\"."
	case xmpp.DirectTLS:
		return fmt.Sprintf("The server may not know the domain %s, or not begin with TLS on this port: then try xmpp.tls = \"starttls\".", domain)
	default:
		return "The server may offer no StartTLS on this port: try xmpp.tls = \"direct\" where it begins with TLS, usually on port 5223."
	}
}

func adviceNoService(o xmpp.Options) []string {
	_, domain, _ := strings.Cut(o.JID, "@")
	return []string{
		"xmpp.services can name services that the account's server does not list. To have one:",
		fmt.Sprintf("  Prosody:   Component \"conference.%s\" \"muc\"", domain),
		"  ejabberd:  modules:",
		"               mod_muc: {}",
	}
}

// adviceRights says how the account gets the right to kick on a service.
func adviceRights(account, service string) []string {
	return []string{
		"Make the account an admin of the service:",
		fmt.Sprintf("  Prosody:   Component %q \"muc\"", service),
		fmt.Sprintf("                 admins = { %q }    -- then restart Prosody: a reload is not enough", account),
		"                 " + adminsOwnRooms + "    -- from Prosody 13 on",
		"  ejabberd:  acl:",
		"               muckick:",
		fmt.Sprintf("                 user: %q", account),
		"             modules:",
		"               mod_muc:",
		"                 access_admin:",
		"                   allow: muckick",
		"or an owner or admin of the rooms, where it is to kick in a few rooms only.",
	}
}

// adminsOwnRooms is the setting of Prosody's MUC services without which from
// version 13 on their admins have no rights in rooms.
const adminsOwnRooms = "component_admins_as_room_owners = true"

// adviceOwnership says how an admin of a Prosody's service gets rights in rooms.
func adviceOwnership(service string) []string {
	return []string{
		"The account is an admin of the service, but from Prosody 13 on that makes it owner of no room. To change that:",
		fmt.Sprintf("             Component %q \"muc\"", service),
		"                 " + adminsOwnRooms + "    -- then restart Prosody: a reload is not enough",
		"or make it an owner or admin of the rooms, where it is to kick in a few rooms only.",
	}
}

// adviceHidden says why a service may list no rooms although it has some.
func adviceHidden(service string) []string {
	return []string{
		"Rooms may be hidden, as all are on Prosody 13 unless their owners list them. For new rooms this changes it:",
		fmt.Sprintf("             Component %q \"muc\"", service),
		"                 muc_room_default_public = true",
	}
}

// adviceSpeed says how the account gets rid of a limit on what it sends.
func adviceSpeed(account string) []string {
	return []string{
		"Where many have to be kicked at once, exempt the account from the server's limits:",
		fmt.Sprintf("  Prosody:   unlimited_jids = { %q }", account),
		"  ejabberd:  shaper_rules:",
		"               c2s_shaper:",
		"                 - none: muckick    # an acl with the account; before the other rules",
	}
}
