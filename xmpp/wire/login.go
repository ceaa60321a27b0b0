package wire

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net"

	"mellium.im/sasl"
	mellium "mellium.im/xmpp"
)

// login authenticates. The PLUS variants are left out: ejabberd offers them on
// TLS 1.3 with a channel binding that TLS 1.3 does not have.
func (n *negotiation) login() mellium.StreamFeature {
	feature := mellium.SASL("", n.options.Password, sasl.ScramSha256, sasl.ScramSha1, sasl.Plain)
	negotiate := feature.Negotiate
	feature.Negotiate = func(ctx context.Context, s *mellium.Session, data any) (mellium.SessionState, io.ReadWriter, error) {
		state, rw, err := negotiate(ctx, s, data)
		var network net.Error
		if err != nil && ctx.Err() == nil && !errors.As(err, &network) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			err = &LoginError{Err: err, Temporary: isTemporary(err)}
		}
		if err == nil {
			n.top.restart()
		}
		return state, rw, err
	}
	return feature
}

// isTemporary reports whether the server was unable to check the password
// (RFC 6120 §6.5.11). mellium keeps its type of the failure to itself, but not
// how it is written.
func isTemporary(err error) bool {
	var failure interface{ TokenReader() xml.TokenReader }
	if !errors.As(err, &failure) {
		return false
	}
	tokens := failure.TokenReader()
	for {
		token, err := tokens.Token()
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "temporary-auth-failure" {
			return true
		}
		if err != nil || token == nil {
			return false
		}
	}
}
