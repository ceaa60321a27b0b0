package config

import (
	"crypto/x509"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"muckick/web/moderation"
	"muckick/xmpp"
)

// A Section is a part of the configuration. A command reads only the sections
// that it needs, so that it works for somebody who may not read the secrets of
// another.
type Section string

// The sections.
const (
	Web   Section = "web"
	Store Section = "store"
	XMPP  Section = "xmpp"
	Log   Section = "log"
)

// A key is one setting. Its name in the file is also that of its flag, and makes
// that of its environment variable.
type key struct {
	name     string
	section  Section
	fallback string // the value when nothing sets it, as one would write it
	meaning  string // without a full stop; flags, documentation and example show it
	example  string // for the written configuration, where the fallback shows too little
	list     bool
	secret   bool   // never shown; may be in a file of its own
	required string // why it cannot be empty
	fileOf   string // the secret that the named file holds

	// set stores the value, which has one element unless the key is a list. Its
	// error shows nothing of a secret.
	set func(*Config, []string) error
}

// fileSuffix makes the name of the key that names a file with a secret.
const fileSuffix = "_file"

// keys are all settings, in the order in which they are explained.
var keys = withSecretFiles([]key{
	{
		name: "listen", section: Web, fallback: "127.0.0.1:8080",
		meaning: "`address` of the panel and of POST /muc_kick",
		set:     scalar(func(c *Config) *string { return &c.Listen }, parseListen),
	},
	{
		name: "authorization_header", section: Web, secret: true,
		meaning:  "`value` that the Authorization header of POST /muc_kick has to have",
		required: "without it anybody could kick",
		set:      scalar(func(c *Config) *string { return &c.AuthorizationHeader }, parseHeader),
	},
	{
		name: "tls_cert", section: Web,
		meaning: "PEM `file` with the certificate chain, to serve HTTPS; read again when it changes",
		set:     scalar(func(c *Config) *string { return &c.TLSCert }, parseText),
	},
	{
		name: "tls_key", section: Web,
		meaning: "PEM `file` with the certificate's private key",
		set:     scalar(func(c *Config) *string { return &c.TLSKey }, parseText),
	},
	{
		name: "trusted_proxies", section: Web, list: true, example: "127.0.0.1, 10.0.0.0/8",
		meaning: "`addresses` and networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed",
		set:     each(func(c *Config) *[]netip.Prefix { return &c.TrustedProxies }, parsePrefix),
	},
	{
		name: "metrics_listen", section: Web, example: "127.0.0.1:9090",
		meaning: "`address` of /metrics for Prometheus; none by default",
		set:     scalar(func(c *Config) *string { return &c.MetricsListen }, optional(parseListen)),
	},
	{
		name: "reasons", section: Web, list: true, fallback: "Spam, Flooding, Harassment, Off-topic, Please read the room's rules",
		meaning: "`reasons` that the panel offers for a kick",
		set:     each(func(c *Config) *[]string { return &c.Reasons }, parseReason),
	},
	{
		name: "durations", section: Web, list: true, fallback: "1h, 1d, 7d",
		meaning: "`times` after which the panel offers to end a ban or a mute by itself",
		set:     each(func(c *Config) *[]time.Duration { return &c.Durations }, parseDuration),
	},
	{
		name: "public_url", section: Web, example: "https://muckick.example.org",
		meaning: "`address` at which browsers reach the panel; OpenID Connect leads back there",
		set:     scalar(func(c *Config) *string { return &c.PublicURL }, optional(parsePublicURL)),
	},
	{
		name: "passwords", section: Web, fallback: "on",
		meaning: "whether operators sign in with passwords, `on` or off; off needs oidc.issuer",
		set:     scalar(func(c *Config) *string { return &c.Passwords }, oneOf("on", "off")),
	},
	{
		name: "oidc.issuer", section: Web, example: "https://id.example.org/realms/main",
		meaning: "`issuer` of the OpenID Connect provider where operators sign in, exactly as it names itself; none by default",
		set:     scalar(func(c *Config) *string { return &c.OIDC.Issuer }, optional(parseIssuer)),
	},
	{
		name: "oidc.client_id", section: Web, example: "muckick",
		meaning: "`name` that the provider knows muckick by",
		set:     scalar(func(c *Config) *string { return &c.OIDC.ClientID }, parseText),
	},
	{
		name: "oidc.client_secret", section: Web, secret: true,
		meaning: "`secret` that the provider gave to muckick; none for a public client",
		set:     scalar(func(c *Config) *string { return &c.OIDC.ClientSecret }, parseText),
	},
	{
		name: "oidc.name", section: Web, example: "Keycloak",
		meaning: "`name` of the provider on the sign-in page; by default the host of oidc.issuer",
		set:     scalar(func(c *Config) *string { return &c.OIDC.Name }, parseText),
	},
	{
		name: "oidc.scopes", section: Web, list: true, fallback: "profile, email",
		meaning: "`scopes` that are asked for besides openid, so that the claim comes along",
		set:     each(func(c *Config) *[]string { return &c.OIDC.Scopes }, parseText),
	},
	{
		name: "oidc.claim", section: Web, fallback: "groups",
		meaning: "`claim` whose values decide what somebody may do; dots lead into objects, as in realm_access.roles",
		set:     scalar(func(c *Config) *string { return &c.OIDC.Claim }, parseText),
	},
	{
		name: "oidc.grants", section: Web, list: true, example: "chat-admins = administrator, chat-mods = moderator in conference.example.org",
		meaning: "what values of the claim grant, as `VALUE = WHAT` or VALUE = WHAT in ROOM; who has none of them does not get in",
		set:     each(func(c *Config) *[]moderation.Rule { return &c.OIDC.Grants }, moderation.ParseRule),
	},
	{
		name: "oidc.recheck", section: Web, fallback: "1h",
		meaning: "`time` after which operators of the provider sign in there again, which is when their claims are looked at",
		set:     scalar(func(c *Config) *time.Duration { return &c.OIDC.Recheck }, parseDuration),
	},
	{
		name: "store", section: Store, fallback: "sqlite:muckick.db",
		meaning: "`database` of the audit trail and of operators: sqlite:PATH or postgres://…",
		set:     scalar(func(c *Config) *string { return &c.Store }, parseStore),
	},
	{
		name: "audit_keep", section: Web, example: "90d",
		meaning: "`time` after which entries of the audit trail are deleted; by default they are kept for ever",
		set:     scalar(func(c *Config) *time.Duration { return &c.AuditKeep }, optional(parseDuration)),
	},
	{
		name: "xmpp.jid", section: XMPP, example: "muckick@example.org",
		meaning: "`account` that kicks, as user@domain", required: "muckick kicks as this account",
		set: scalar(func(c *Config) *string { return &c.XMPP.JID }, parseAccount),
	},
	{
		name: "xmpp.password", section: XMPP, secret: true,
		meaning: "the account's `password`", required: "the account logs in with it",
		set: scalar(func(c *Config) *string { return &c.XMPP.Password }, parseText),
	},
	{
		name: "xmpp.server", section: XMPP, example: "xmpp.example.org:5222",
		meaning: "`host:port` of the chat server; by default the SRV records of the account's domain tell",
		set:     scalar(func(c *Config) *string { return &c.XMPP.Server }, optional(parseServer)),
	},
	{
		name: "xmpp.tls", section: XMPP, fallback: "starttls",
		meaning: "`protection` of the connection: starttls, direct, or none, which only goes to a loopback address",
		set:     scalar(func(c *Config) *xmpp.Security { return &c.XMPP.Security }, parseSecurity),
	},
	{
		name: "xmpp.ca_file", section: XMPP,
		meaning: "PEM `file` with the authorities that may sign the chat server's certificate; by default the system's",
		set:     scalar(func(c *Config) **x509.CertPool { return &c.XMPP.RootCAs }, optional(parseAuthorities)),
	},
	{
		name: "xmpp.services", section: XMPP, list: true, example: "conference.example.org",
		meaning: "`domains` of the group chat services where kicks are allowed; by default those that the account's server lists",
		set:     each(func(c *Config) *[]string { return &c.XMPP.Services }, parseService),
	},
	{
		name: "xmpp.nick", section: XMPP, fallback: "muckick",
		meaning: "`nick` in rooms; gets a suffix where it is taken",
		set:     scalar(func(c *Config) *string { return &c.XMPP.Nick }, parseNick),
	},
	{
		name: "xmpp.watch", section: XMPP, fallback: string(xmpp.WatchUsed),
		meaning: "`rooms` to be in: used, those that somebody looks at or acts in, or all that the services list, so that people are found everywhere",
		set:     scalar(func(c *Config) *xmpp.WatchScope { return &c.XMPP.Watch }, parseWatch),
	},
	{
		name: "xmpp.idle_leave", section: XMPP, fallback: "10m",
		meaning: "`time` after which a room that nobody needs is left, unless all are watched",
		set:     scalar(func(c *Config) *time.Duration { return &c.XMPP.IdleLeave }, parseDuration),
	},
	{
		name: "log_level", section: Log, fallback: "info",
		meaning: "lowest `level` that is logged: debug, info, warn or error",
		set:     scalar(func(c *Config) *slog.Level { return &c.LogLevel }, parseLevel),
	},
	{
		name: "log_format", section: Log, fallback: "text",
		meaning: "`format` of log lines: text or json",
		set:     scalar(func(c *Config) *string { return &c.LogFormat }, oneOf("text", "json")),
	},
})

// withSecretFiles puts behind every secret the key that names a file with it.
func withSecretFiles(table []key) []key {
	var all []key
	for _, k := range table {
		all = append(all, k)
		if k.secret {
			all = append(all, key{
				name: k.name + fileSuffix, section: k.section, fileOf: k.name,
				meaning: "`file` that holds " + k.name + ", whose last line break does not count",
			})
		}
	}
	return all
}

// environment returns the name of the key's environment variable.
func (k key) environment() string { return envName(k.name) }

func envName(key string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}
