package wire

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net"
	"strconv"

	"mellium.im/sasl"
	mellium "mellium.im/xmpp"
)

// maxIterations is how often a server may have the password hashed: more than
// servers ask for, and about a second of work.
const maxIterations = 1_000_000

var (
	errIterations = errors.New("the chat server asks for too much work to log in")
	errChallenge  = errors.New("the chat server sent a malformed challenge")
)

// login authenticates. The PLUS variants are left out: ejabberd offers them on
// TLS 1.3 with a channel binding that TLS 1.3 does not have.
func (n *negotiation) login() mellium.StreamFeature {
	feature := mellium.SASL("", n.options.Password,
		n.noted(bounded(sasl.ScramSha256)), n.noted(bounded(sasl.ScramSha1)), n.noted(sasl.Plain))
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

// noted returns a mechanism that leaves its name when it is used.
func (n *negotiation) noted(m sasl.Mechanism) sasl.Mechanism {
	start := m.Start
	m.Start = func(negotiator *sasl.Negotiator) (bool, []byte, any, error) {
		n.mechanism = m.Name
		return start(negotiator)
	}
	return m
}

// bounded returns the SCRAM mechanism for servers whose first message is within
// bounds. mellium's hashing cannot be interrupted, and it reads on for ever behind a
// message that ends in no attribute.
func bounded(m sasl.Mechanism) sasl.Mechanism {
	next := m.Next
	m.Next = func(n *sasl.Negotiator, challenge []byte, data any) (bool, []byte, any, error) {
		if n.State()&sasl.StepMask == sasl.AuthTextSent {
			if err := inspect(challenge); err != nil {
				return false, nil, nil, err
			}
		}
		return next(n, challenge, data)
	}
	return m
}

// inspect returns what is wrong with a server's first message. All of it has to be
// attributes with values, and no iteration count too high (RFC 5802 §5.1, §7).
func inspect(challenge []byte) error {
	for attribute := range bytes.SplitSeq(challenge, []byte(",")) {
		if len(attribute) < 3 || attribute[1] != '=' {
			return errChallenge
		}
		if attribute[0] != 'i' {
			continue
		}
		iterations, err := strconv.Atoi(string(bytes.TrimRight(attribute[2:], "\x00"))) // as mellium reads it
		switch {
		case err != nil:
			return errChallenge
		case iterations > maxIterations:
			return errIterations
		}
	}
	return nil
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
