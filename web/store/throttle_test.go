package store_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"muckick/web/store"
)

// limits are small, so that tests reach them soon.
var limits = store.LoginLimits{Window: 10 * time.Minute, PerPair: 3, PerAddress: 5, PerAccount: 8, Pause: 20 * time.Second}

// login is an attempt to sign in.
type login struct {
	account, address string
	after            time.Duration // since the attempt before
	succeeds         bool
	wait             time.Duration // that is wanted
}

// repeat returns failing attempts that are admitted at once.
func repeat(count int, l login) []login {
	var all []login
	for range count {
		all = append(all, l)
	}
	return all
}

func TestLoginThrottle(t *testing.T) {
	nurse := login{account: "nurse", address: "192.0.2.1"}
	var spread []login
	for i := range limits.PerAccount {
		spread = append(spread, login{account: "nurse", address: fmt.Sprintf("203.0.113.%d", i)})
	}
	tests := []struct {
		name   string
		logins []login
	}{
		{"failures of one account from one address",
			append(repeat(3, nurse), login{account: "nurse", address: "192.0.2.1", after: time.Minute, wait: 9 * time.Minute})},
		{"case of the name does not matter",
			append(repeat(3, nurse), login{account: "NURSE", address: "192.0.2.1", wait: 10 * time.Minute})},
		{"the window moves on",
			append(repeat(3, nurse), login{account: "nurse", address: "192.0.2.1", after: 10 * time.Minute})},
		{"a refused attempt does not prolong it",
			append(repeat(3, nurse),
				login{account: "nurse", address: "192.0.2.1", after: 9 * time.Minute, wait: time.Minute},
				login{account: "nurse", address: "192.0.2.1", after: time.Minute})},
		{"others are not locked out",
			append(repeat(3, nurse),
				login{account: "nurse", address: "192.0.2.2"},
				login{account: "romeo", address: "192.0.2.1"})},
		{"one address with many accounts", []login{
			{account: "a", address: "192.0.2.1"}, {account: "b", address: "192.0.2.1"}, {account: "c", address: "192.0.2.1"},
			{account: "d", address: "192.0.2.1"}, {account: "e", address: "192.0.2.1"},
			{account: "f", address: "192.0.2.1", wait: 10 * time.Minute}, {account: "f", address: "192.0.2.2"},
		}},
		{"IPv6 counts by network", []login{
			{account: "nurse", address: "2001:db8::1"}, {account: "nurse", address: "2001:db8::2"}, {account: "nurse", address: "2001:db8::3"},
			{account: "nurse", address: "2001:db8::4", wait: 10 * time.Minute}, {account: "nurse", address: "2001:db8:0:1::1"},
		}},
		{"IPv4 in IPv6 is IPv4", append(repeat(3, nurse), login{account: "nurse", address: "::ffff:192.0.2.1", wait: 10 * time.Minute})},
		{"success forgets", []login{
			nurse, nurse, {account: "nurse", address: "192.0.2.1", succeeds: true},
			nurse, nurse, nurse, {account: "nurse", address: "192.0.2.1", wait: 10 * time.Minute},
		}},
		{"success elsewhere does not", append(repeat(3, nurse),
			login{account: "nurse", address: "192.0.2.2", succeeds: true},
			login{account: "nurse", address: "192.0.2.1", wait: 10 * time.Minute})},
		{"many addresses slow the account down", append(spread,
			login{account: "nurse", address: "198.51.100.1", wait: 20 * time.Second},
			login{account: "nurse", address: "198.51.100.1", after: 20 * time.Second},
			login{account: "nurse", address: "198.51.100.2", after: 5 * time.Second, wait: 15 * time.Second},
			login{account: "romeo", address: "198.51.100.2"})},
		{"where the account signed in before, it is not slowed down", append(
			append([]login{{account: "nurse", address: "192.0.2.1", succeeds: true}}, spread...),
			nurse, nurse, login{account: "nurse", address: "192.0.2.2", wait: 20 * time.Second})},
		{"names and addresses that are none", append(repeat(3, login{account: "\x00\xff", address: "\x00\xff"}),
			login{account: "\x00\xff", address: "\x00\xff", wait: 10 * time.Minute},
			login{account: "", address: ""})},
	}
	onEach(t, func(t *testing.T, url string) {
		c := newClock()
		s := open(t, store.Options{URL: url, Now: c.Now, Logins: limits})
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				for i, l := range tt.logins {
					c.advance(l.after)
					if got := must[time.Duration](t)(s.AdmitLogin(t.Context(), l.account, l.address)); got != l.wait {
						t.Errorf("attempt %d: wait %v, want %v", i, got, l.wait)
					}
					if l.succeeds {
						if err := s.LoginSucceeded(t.Context(), l.account, l.address); err != nil {
							t.Fatal(err)
						}
					}
				}
				tamper(t, s, `DELETE FROM login_failures`)
				tamper(t, s, `DELETE FROM login_addresses`)
			})
		}
	})
}

func TestLoginsAtOnceDoNotSlipThrough(t *testing.T) {
	onEachServerOrFile(t, func(t *testing.T, url string) {
		replicas := []*store.Store{
			open(t, store.Options{URL: url, Logins: limits, Replica: "a"}.Shared()),
			open(t, store.Options{URL: url, Logins: limits, Replica: "b"}.Shared()),
		}
		var admitted atomic.Int64
		var group errgroup.Group
		for i := range 40 {
			group.Go(func() error {
				wait, err := replicas[i%2].AdmitLogin(t.Context(), "nurse", "192.0.2.1")
				if wait == 0 && err == nil {
					admitted.Add(1)
				}
				return err
			})
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
		if got, want := admitted.Load(), int64(limits.PerPair); got != want {
			t.Errorf("%d admitted, want %d", got, want)
		}
	})
}

func TestPurgeForgetsLogins(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		c := newClock()
		s := open(t, store.Options{URL: url, Now: c.Now, Logins: limits})
		must[time.Duration](t)(s.AdmitLogin(t.Context(), "nurse", "192.0.2.1"))
		if err := s.LoginSucceeded(t.Context(), "romeo", "192.0.2.2"); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			after               time.Duration
			failures, addresses int64
		}{
			{limits.Window - time.Second, 1, 1},
			{time.Second, 0, 1},
			{90 * 24 * time.Hour, 0, 0},
		} {
			c.advance(tt.after)
			if err := s.Purge(t.Context()); err != nil {
				t.Fatal(err)
			}
			failures := must[int64](t)(s.Exec(t.Context(), `UPDATE login_failures SET at = at`))
			addresses := must[int64](t)(s.Exec(t.Context(), `UPDATE login_addresses SET at = at`))
			if failures != tt.failures || addresses != tt.addresses {
				t.Errorf("%d failures and %d addresses, want %d and %d", failures, addresses, tt.failures, tt.addresses)
			}
		}
	})
}
