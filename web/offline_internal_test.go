package web

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"testing"

	"muckick/views"
	"muckick/xmpp"
)

func TestOfflineCause(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want views.OfflineCause
	}{
		{"before the first attempt ended", nil, views.OfflineConnecting},
		{"no connection", errors.New("connection refused"), views.OfflineUnreachable},
		{"wrong password", &xmpp.LoginError{Err: errors.New("not-authorized")}, views.OfflineRefused},
		{"password not checked", &xmpp.LoginError{Err: errors.New("temporary-auth-failure"), Temporary: true}, views.OfflineUnchecked},
		{"no way to log in", &xmpp.LoginError{Err: xmpp.ErrNoLogin}, views.OfflineNoLogin},
		{"verification", &tls.CertificateVerificationError{Err: errors.New("expired")}, views.OfflineCertificate},
		{"unknown authority", x509.UnknownAuthorityError{}, views.OfflineCertificate},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.err
			if err != nil {
				err = fmt.Errorf("connect to example.org: %w", err)
			}
			got := offlineModel(xmpp.Status{Err: err})
			if got.Cause != tt.want {
				t.Errorf("got %q, want %q", got.Cause, tt.want)
			}
			if got.Cause.Title() == "" || got.Cause.Text() == "" {
				t.Error("the cause has no words")
			}
		})
	}
	if got := offlineModel(xmpp.Status{Online: true}); got != nil {
		t.Errorf("online: got %+v, want nothing", got)
	}
}
