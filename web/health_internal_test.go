package web

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"testing"

	"muckick/web/store"
	"muckick/xmpp"
)

func TestReadyNamesTheTrouble(t *testing.T) {
	tests := []struct{ name, got, want string }{
		{"refused login", chatTrouble(&xmpp.LoginError{Err: errors.New("not-authorized")}), "not connected: the login was refused"},
		{"login not checked", chatTrouble(&xmpp.LoginError{Temporary: true}), "not connected: the chat server cannot check the password"},
		{"no way to log in", chatTrouble(&xmpp.LoginError{Err: xmpp.ErrNoLogin}), "not connected: the chat server offers no way to log in"},
		{"certificate", chatTrouble(&tls.CertificateVerificationError{Err: errors.New("secret")}), "not connected: the chat server's certificate is not accepted"},
		{"nothing listens", chatTrouble(errors.New("secret")), "not connected"},
		{"not tried yet", chatTrouble(nil), "not connected"},
		{"moved file", storeTrouble(fmt.Errorf("x: %w", store.ErrMoved)), "does not accept entries: its file was moved away or replaced"},
		{"full", storeTrouble(fmt.Errorf("x: %w", store.ErrFull)), "does not accept entries: it is full"},
		{"read-only", storeTrouble(store.ErrReadOnly), "does not accept entries: it is read-only"},
		{"wrong password", storeTrouble(fmt.Errorf("x: %w", store.ErrLogin)), "does not accept entries: its login was refused"},
		{"away", storeTrouble(fmt.Errorf("x: %w", store.ErrUnreachable)), "does not accept entries: it cannot be reached"},
		{"hangs while connecting", storeTrouble(fmt.Errorf("%w: %w", store.ErrUnreachable, context.DeadlineExceeded)), "does not accept entries: it does not answer"},
		{"hangs", storeTrouble(context.DeadlineExceeded), "does not accept entries: it does not answer"},
		{"anything else", storeTrouble(errors.New("secret")), "does not accept entries"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.got != tt.want {
				t.Errorf("got %q, want %q", tt.got, tt.want)
			}
		})
	}
}
