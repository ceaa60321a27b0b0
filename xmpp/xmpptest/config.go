package xmpptest

import (
	"fmt"
	"os"
	"strings"
	"text/template"
)

// A configuration is what the templates of configuration files are filled with.
type configuration struct {
	Domain, Service   string
	Admin             string // bare JID; empty if there is none
	Port, TLSPort     int
	HTTPPort          int
	TLS, TLSRequired  bool
	CertFile, KeyFile string
	Combined          string
	RateLimit         int // kilobytes per second; 0 for none
	MaxRooms          int // 0 for the server's default
	MaxPresence       int // 0 for the server's default
	Nagle             bool
	AdminsOwnNoRoom   bool
	OccupantID        bool // ejabberd's module for XEP-0421, which old ones lack
	Data, Log         string
}

func configValues(s setup) configuration {
	c := configuration{
		Domain: domain, Service: service,
		Port: s.port, TLSPort: s.tlsPort, HTTPPort: s.httpPort,
		TLS: !s.noTLS, TLSRequired: s.tlsRequired,
		CertFile: s.root.inside(s.CertFile), KeyFile: s.root.inside(s.KeyFile), Combined: s.root.inside(s.Combined),
		RateLimit: s.rateLimit, MaxRooms: s.maxRooms, MaxPresence: s.maxPresence,
		Nagle:           s.nagle,
		AdminsOwnNoRoom: s.adminsOwnNoRoom,
		OccupantID:      s.root != "",
	}
	if !s.plainKicker {
		c.Admin = kickerUser + "@" + domain
	}
	return c
}

// writeConfig writes a configuration file from a template.
func writeConfig(path, text string, funcs template.FuncMap, values configuration) error {
	tmpl, err := template.New(path).Funcs(funcs).Parse(text)
	if err != nil {
		return fmt.Errorf("parse template of %s: %w", path, err)
	}
	var b strings.Builder
	if err := tmpl.Execute(&b, values); err != nil {
		return fmt.Errorf("fill template of %s: %w", path, err)
	}
	return os.WriteFile(path, []byte(b.String()), 0o600)
}
