package config

import (
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"mellium.im/xmpp/jid"

	"muckick/web/oidc"
	"muckick/xmpp"
)

// scalar returns a key's set for a field that holds one value.
func scalar[T any](field func(*Config) *T, parse func(string) (T, error)) func(*Config, []string) error {
	return func(c *Config, values []string) error {
		value, err := parse(strings.Join(values, ""))
		if err == nil {
			*field(c) = value
		}
		return err
	}
}

// each returns a key's set for a field that holds a list.
func each[T any](field func(*Config) *[]T, parse func(string) (T, error)) func(*Config, []string) error {
	return func(c *Config, values []string) error {
		var parsed []T
		var faults []error
		for _, value := range values {
			one, err := parse(value)
			parsed, faults = append(parsed, one), append(faults, err)
		}
		*field(c) = parsed
		return errors.Join(faults...)
	}
}

// optional lets parse see only what is not empty; else the value is zero.
func optional[T any](parse func(string) (T, error)) func(string) (T, error) {
	return func(value string) (zero T, _ error) {
		if value == "" {
			return zero, nil
		}
		return parse(value)
	}
}

// oneOf takes only the given values.
func oneOf(allowed ...string) func(string) (string, error) {
	return func(value string) (string, error) {
		if !slices.Contains(allowed, value) {
			return "", fmt.Errorf("%q is not one of %s", value, strings.Join(allowed, ", "))
		}
		return value, nil
	}
}

func parseText(value string) (string, error) { return value, nil }

// parseListen takes an address to listen on; without a host that is all of the
// machine's.
func parseListen(value string) (string, error) {
	_, port, err := net.SplitHostPort(value)
	if err != nil {
		return "", fmt.Errorf("%q is not of the form host:port", value)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", fmt.Errorf("%q has no port from 0 to 65535", value)
	}
	return value, nil
}

func parseServer(value string) (string, error) {
	if _, err := parseListen(value); err != nil {
		return "", err
	}
	host, port, _ := net.SplitHostPort(value)
	if host == "" || strings.Trim(port, "0") == "" {
		return "", fmt.Errorf("%q names no host and port to connect to", value)
	}
	return value, nil
}

// parseHeader takes what a client can send as the value of a header (RFC 9110
// §5.5). Its errors do not show the value.
func parseHeader(value string) (string, error) {
	if strings.TrimSpace(value) != value {
		return "", errors.New("begins or ends with white space, which never arrives in a header")
	}
	if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7F }) {
		return "", errors.New("has a control character, which no header can have")
	}
	return value, nil
}

// parsePrefix takes a network, or an address that stands for itself only.
func parsePrefix(value string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(value); err == nil {
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	network, err := netip.ParsePrefix(value)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is no IP address or network such as 10.0.0.0/8", value)
	}
	return network.Masked(), nil
}

// parseStore looks at the scheme only. Its errors do not show the value, which
// may hold a password.
func parseStore(value string) (string, error) {
	for _, scheme := range []string{"sqlite:", "postgres://", "postgresql://"} {
		if rest, ok := strings.CutPrefix(value, scheme); ok && rest != "" {
			return value, nil
		}
	}
	return "", errors.New("has to be sqlite:PATH or postgres://…")
}

// parseIssuer takes the identifier of a provider (OpenID Connect Discovery 1.0
// §4.3), and changes nothing, since it is compared as it is.
func parseIssuer(value string) (string, error) {
	u, err := parseURL(value)
	if err == nil && u.RawQuery != "" {
		err = fmt.Errorf("%q has a query, which no issuer has", value)
	}
	return value, err
}

// parsePublicURL takes an address at whose root the panel is.
func parsePublicURL(value string) (string, error) {
	u, err := parseURL(value)
	if err == nil && (strings.Trim(u.Path, "/") != "" || u.RawQuery != "") {
		err = fmt.Errorf("%q has a path, and the panel is at the root of its host", value)
	}
	return strings.TrimRight(value, "/"), err
}

func parseURL(value string) (*url.URL, error) {
	u, err := url.Parse(value)
	if err == nil {
		err = oidc.CheckURL(value)
	}
	if err != nil {
		return nil, fmt.Errorf("%q %w", value, err)
	}
	return u, nil
}

func parseAccount(value string) (string, error) {
	account, err := jid.Parse(value)
	if err != nil || account.Localpart() == "" || account.Resourcepart() != "" {
		return "", fmt.Errorf("%q is no account: it has the form user@domain", value)
	}
	return value, nil
}

func parseSecurity(value string) (xmpp.Security, error) {
	name, err := oneOf(string(xmpp.StartTLS), string(xmpp.DirectTLS), string(xmpp.Plaintext))(value)
	return xmpp.Security(name), err
}

func parseWatch(value string) (xmpp.WatchScope, error) {
	scope, err := oneOf(string(xmpp.WatchUsed), string(xmpp.WatchAll))(value)
	return xmpp.WatchScope(scope), err
}

func parseAuthorities(path string) (*x509.CertPool, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("%s holds no certificate in PEM form", path)
	}
	return pool, nil
}

func parseService(value string) (string, error) {
	probe, err := xmpp.ParseRoom("room@" + value)
	if err != nil {
		return "", fmt.Errorf("%q is no domain name", value)
	}
	return probe.Domain(), nil
}

func parseNick(value string) (string, error) {
	nick, err := xmpp.PrepareNick(value)
	if err == nil && strings.TrimSpace(nick) == "" {
		err = errors.New("a nick is not empty")
	}
	return nick, err
}

// longestReason is how many characters the panel's form takes.
const longestReason = 500

func parseReason(value string) (string, error) {
	switch {
	case strings.ContainsFunc(value, unicode.IsControl) || !utf8.ValidString(value):
		return "", fmt.Errorf("%q has a control character, which no chat server takes", value)
	case utf8.RuneCountInString(value) > longestReason:
		return "", fmt.Errorf("a reason has %d characters at most", longestReason)
	}
	return value, nil
}

// parseDuration takes what Go does, and whole days.
func parseDuration(value string) (time.Duration, error) {
	d, err := time.ParseDuration(value)
	if days, ok := strings.CutSuffix(value, "d"); ok {
		var n uint64
		n, err = strconv.ParseUint(days, 10, 16)
		d = time.Duration(n) * 24 * time.Hour
	}
	if err != nil || d < time.Second {
		return 0, fmt.Errorf("%q is no time of at least a second, such as 90s, 10m or 30d", value)
	}
	return d, nil
}

func parseLevel(value string) (slog.Level, error) {
	name, err := oneOf("debug", "info", "warn", "error")(value)
	if err != nil {
		return 0, err
	}
	var level slog.Level
	return level, level.UnmarshalText([]byte(name))
}
