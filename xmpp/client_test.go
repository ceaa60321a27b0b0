package xmpp_test

import (
	"errors"
	"testing"

	"muckick/xmpp"
	"muckick/xmpp/xmpptest"
)

func TestSecurity(t *testing.T) {
	xmpptest.EachRelease(t, func(t *testing.T, s *xmpptest.Server) {
		ca := certPool(t, s.CAFile)
		tests := []struct {
			name   string
			adjust func(*xmpp.Options)
		}{
			{"starttls", func(o *xmpp.Options) { o.Security, o.RootCAs = xmpp.StartTLS, ca }},
			{"direct", func(o *xmpp.Options) { o.Security, o.RootCAs, o.Server = xmpp.DirectTLS, ca, s.TLSAddr }},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				c := newClient(t, s, tt.adjust)
				online(t, c)
				services, err := c.Services(testContext(t))
				if err != nil {
					t.Fatal(err)
				}
				if len(services) != 1 || services[0].Domain != s.Service {
					t.Errorf("got services %v, want only %s", services, s.Service)
				}
			})
		}
	}, xmpptest.WithTLSRequired())
}

func TestRefusedLogin(t *testing.T) {
	xmpptest.EachShared(t, func(t *testing.T, s *xmpptest.Server) {
		tests := []struct {
			name   string
			adjust func(*xmpp.Options)
			login  bool // the fault is the account's
		}{
			{"wrong password", func(o *xmpp.Options) { o.Password = "wrong" }, true},
			{"unknown certificate", func(o *xmpp.Options) { o.Security, o.Server = xmpp.DirectTLS, s.TLSAddr }, false},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				c := newClient(t, s, tt.adjust)
				var status xmpp.Status
				eventually(t, "an error", func() bool { status, _ = c.Status(); return status.Err != nil })
				var login *xmpp.LoginError
				if got := errors.As(status.Err, &login); got != tt.login || status.Online {
					t.Errorf("got %v (login error: %v, online: %v), want login error: %v, offline", status.Err, got, status.Online, tt.login)
				}
				_, err := c.Kick(testContext(t), parseRoom(t, s.Room("x")), xmpp.Target{Nick: "Bob"}, "")
				if !errors.Is(err, xmpp.ErrOffline) {
					t.Errorf("got %v, want %v", err, xmpp.ErrOffline)
				}
			})
		}
	})
}
