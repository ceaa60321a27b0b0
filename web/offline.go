package web

import (
	"crypto/tls"
	"crypto/x509"
	"errors"

	"muckick/views"
	"muckick/xmpp"
)

// offline says why there is no session with the chat server; nil if there is one.
func (s *Server) offline() *views.Offline {
	status, _ := s.chat.Status()
	return offlineModel(status)
}

func offlineModel(status xmpp.Status) *views.Offline {
	if status.Online {
		return nil
	}
	o := &views.Offline{Since: status.Since, Cause: offlineCause(status.Err)}
	if status.Err != nil {
		o.Detail = status.Err.Error()
	}
	return o
}

// offlineCause tells what a person can do something about from what only time
// helps against.
func offlineCause(err error) views.OfflineCause {
	var (
		login       *xmpp.LoginError
		certificate *tls.CertificateVerificationError
		authority   x509.UnknownAuthorityError
		hostname    x509.HostnameError
		invalid     x509.CertificateInvalidError
	)
	switch {
	case err == nil:
		return views.OfflineConnecting
	case errors.As(err, &login) && login.Temporary:
		return views.OfflineUnchecked
	case errors.Is(err, xmpp.ErrNoLogin):
		return views.OfflineNoLogin
	case errors.As(err, &login):
		return views.OfflineRefused
	case errors.As(err, &certificate), errors.As(err, &authority), errors.As(err, &hostname), errors.As(err, &invalid):
		return views.OfflineCertificate
	}
	return views.OfflineUnreachable
}
