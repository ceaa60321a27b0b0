// Package config reads and checks the configuration. The way of a setting goes
//
//	keys.go      the one table of settings: names, defaults, meanings
//	sources.go   what flags, environment and file say, and where they said it
//	config.go    the checked configuration, or all its faults together
package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"muckick/web/moderation"
	"muckick/xmpp"
)

// A Config holds the checked settings of the sections that were asked for.
type Config struct {
	Listen              string
	AuthorizationHeader string
	TLSCert, TLSKey     string
	TrustedProxies      []netip.Prefix
	MetricsListen       string
	Reasons             []string        // offered for a kick in the panel
	Durations           []time.Duration // offered for a ban or a mute
	PublicURL           string          // without a slash at its end
	Passwords           string          // "on" or "off"
	OIDC                OIDC
	Store               string
	AuditKeep           time.Duration // zero: for ever
	XMPP                xmpp.Options
	LogLevel            slog.Level
	LogFormat           string

	// File is the path of the file that was read, if one was.
	File string

	// Warnings say what works and should nevertheless be changed.
	Warnings []string
}

// OIDC says where operators sign in besides or instead of with passwords.
type OIDC struct {
	Issuer                 string // empty for nowhere
	ClientID, ClientSecret string
	Name                   string // of the provider, for people
	Scopes                 []string
	Claim                  string
	Grants                 []moderation.Rule
	Recheck                time.Duration
}

// A Error has all faults of a configuration.
type Error struct {
	faults   []error
	warnings []string // which may say how the faults came about
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("the configuration cannot be used:")
	for _, f := range e.faults {
		b.WriteString("\n  " + strings.ReplaceAll(f.Error(), "\n", "\n  "))
	}
	for _, warning := range e.warnings {
		b.WriteString("\nwarning: " + warning)
	}
	return b.String()
}

// Unwrap returns the faults.
func (e *Error) Unwrap() []error { return e.faults }

// Load reads and checks the sections of the configuration: from the flags, which
// [AddFlags] has made, env, the file and the defaults, in this order of
// precedence. Env has the form of [os.Environ]. The error is an [*Error] with
// all faults at once. Unknown keys in the file are faults, of whatever section;
// unknown variables are warnings.
func Load(flags *pflag.FlagSet, env []string, sections ...Section) (*Config, error) {
	given := readSettings(flags, env)
	if unread := new(fileError); errors.As(errors.Join(given.faults...), &unread) {
		return nil, &Error{given.faults, given.warnings} // what else is missing may be in the file
	}
	r := &resolver{given: given.merged, file: given.file, faults: given.faults,
		config: &Config{File: given.file, Warnings: given.warnings}}
	for _, k := range keys {
		if slices.Contains(sections, k.section) {
			r.resolve(k)
		}
	}
	r.checkTogether()
	if len(r.faults) > 0 {
		slices.SortFunc(r.faults, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
		return nil, &Error{r.faults, r.config.Warnings}
	}
	return r.config, nil
}

// A resolver makes the configuration from the settings, key by key, and collects
// what is wrong.
type resolver struct {
	given  settings
	file   string // the configuration file's path, if there is one
	config *Config
	faults []error
}

// resolve sets the key's field of the configuration.
func (r *resolver) resolve(k key) {
	if k.fileOf != "" {
		return // read for the secret that it holds
	}
	s, given := r.given[k.name]
	if k.secret {
		var err error
		if s, given, err = r.secret(k); err != nil {
			r.faults = append(r.faults, err)
			return
		}
	}
	if !given {
		s.values = k.split(k.fallback)
	}
	switch empty := strings.Join(s.values, "") == ""; {
	case empty && k.required != "":
		r.fail(k.name, s.origin, errors.New("is required: "+k.required))
	case given || !empty:
		r.fail(k.name, s.origin, k.set(r.config, s.values))
	}
}

// secret returns a secret, which may be in a file of its own.
func (r *resolver) secret(k key) (s setting, given bool, err error) {
	direct, isDirect := r.given[k.name]
	named, isNamed := r.given[k.name+fileSuffix]
	if !isNamed {
		if isDirect && direct.origin == r.file {
			r.warnReadable(r.file)
		}
		r.warnFlag(k.name, direct)
		return direct, isDirect, nil
	}
	fails := func(err error) (setting, bool, error) {
		return setting{}, false, &fault{key: k.name + fileSuffix, origin: named.origin, err: err}
	}
	if isDirect {
		return fails(fmt.Errorf("is set, and so is %s (%s): only one of them can be", k.name, direct.origin))
	}
	path := strings.Join(named.values, "")
	data, err := os.ReadFile(path)
	if err != nil {
		return fails(err)
	}
	r.warnReadable(path)
	text := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	return setting{values: []string{text}, origin: path}, true, nil
}

// warnFlag warns of a secret in a flag.
func (r *resolver) warnFlag(name string, s setting) {
	if strings.HasPrefix(s.origin, flagOrigin) {
		r.config.Warnings = append(r.config.Warnings, fmt.Sprintf(
			"every user of this machine can see the secret in --%s among its processes; the file or %s keep it", name, envName(name)))
	}
}

// warnReadable warns of a file with secrets that everybody can read.
func (r *resolver) warnReadable(path string) {
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o004 == 0 {
		return
	}
	warning := fmt.Sprintf("every user of this machine can read the secrets in %s; chmod 640 or 600 helps", path)
	if !slices.Contains(r.config.Warnings, warning) {
		r.config.Warnings = append(r.config.Warnings, warning)
	}
}

// checkTogether checks what depends on several keys.
func (r *resolver) checkTogether() {
	c := r.config
	if (c.TLSCert == "") != (c.TLSKey == "") {
		r.fail("tls_cert, tls_key", "", errors.New("HTTPS needs both, and only one is set"))
	}
	r.checkProvider()
	if host, _, err := net.SplitHostPort(c.XMPP.Server); err == nil && c.XMPP.Security == xmpp.Plaintext {
		if address, err := netip.ParseAddr(host); err == nil && !address.IsLoopback() {
			r.fail("xmpp.tls", r.given["xmpp.tls"].origin, fmt.Errorf("is none, and xmpp.server is elsewhere: %w", xmpp.ErrPlaintext))
		}
	}
	if database, err := url.Parse(c.Store); err == nil {
		_, hasPassword := database.User.Password()
		switch stored := r.given["store"]; {
		case !hasPassword:
		case r.file != "" && stored.origin == r.file:
			r.warnReadable(r.file)
		default:
			r.warnFlag("store", stored)
		}
	}
}

// checkProvider checks that there is all or nothing that it takes to sign in at a
// provider.
func (r *resolver) checkProvider() {
	c := r.config
	given := func(name string) bool { return strings.Join(r.given[name].values, "") != "" }
	switch {
	case c.Passwords == "": // the section was not asked for, or this is a fault already
		return
	case c.OIDC.Issuer == "" && given("oidc.issuer"): // likewise
		return
	case c.OIDC.Issuer == "":
		for _, name := range []string{"oidc.client_id", "oidc.client_secret", "oidc.client_secret" + fileSuffix, "oidc.grants"} {
			if given(name) {
				r.fail(name, r.given[name].origin, errors.New("is set, and oidc.issuer is not: nobody could sign in there"))
			}
		}
		if c.Passwords == "off" {
			r.fail("passwords", r.given["passwords"].origin, errors.New("is off, and oidc.issuer is not set: nobody could sign in"))
		}
		return
	}
	for name, missing := range map[string]bool{
		"oidc.client_id": c.OIDC.ClientID == "", "oidc.grants": len(c.OIDC.Grants) == 0, "public_url": c.PublicURL == "",
	} {
		if missing {
			r.fail(name, r.given[name].origin, errors.New("is required with oidc.issuer"))
		}
	}
	if c.OIDC.Claim == "" {
		r.fail("oidc.claim", r.given["oidc.claim"].origin, errors.New("must not be empty"))
	}
	if u, err := url.Parse(c.OIDC.Issuer); err == nil && c.OIDC.Name == "" {
		c.OIDC.Name = u.Hostname()
	}
}

// fail notes what is wrong with a key; each of several errors on its own.
func (r *resolver) fail(name, origin string, err error) {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range several.Unwrap() {
			r.fail(name, origin, one)
		}
		return
	}
	if err != nil {
		r.faults = append(r.faults, &fault{key: name, origin: origin, err: err})
	}
}
