package wire

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"

	mellium "mellium.im/xmpp"
)

const nsBind = "urn:ietf:params:xml:ns:xmpp-bind"

// bind returns the stream feature that asks for the wanted resource and stores
// the JID that the server bound (RFC 6120 §7.7).
func bind(resource string, bound *string) mellium.StreamFeature {
	return mellium.StreamFeature{
		Name:       xml.Name{Space: nsBind, Local: "bind"},
		Necessary:  mellium.Authn,
		Prohibited: mellium.Ready,
		Parse: func(_ context.Context, dec *xml.Decoder, start *xml.StartElement) (bool, any, error) {
			return true, nil, dec.DecodeElement(&struct{}{}, start)
		},
		Negotiate: func(_ context.Context, session *mellium.Session, _ any) (mellium.SessionState, io.ReadWriter, error) {
			jid, err := requestBind(session, resource)
			if err != nil {
				return 0, nil, fmt.Errorf("bind a resource: %w", err)
			}
			*bound = jid
			return mellium.Ready, nil, nil
		},
	}
}

type bindPayload struct {
	XMLName  xml.Name `xml:"urn:ietf:params:xml:ns:xmpp-bind bind"`
	Resource string   `xml:"resource,omitempty"`
	JID      string   `xml:"jid,omitempty"`
}

func requestBind(session *mellium.Session, resource string) (jid string, err error) {
	request, err := encode(IQ{
		Header:  Header{ID: NewID(), Type: "set"},
		Payload: bindPayload{Resource: resource},
	})
	if err != nil {
		return "", err
	}
	if _, err := session.Conn().Write(request); err != nil {
		return "", err
	}
	reader := session.TokenReader()
	defer reader.Close()
	var answer struct {
		Header
		Bind  bindPayload  `xml:"urn:ietf:params:xml:ns:xmpp-bind bind"`
		Error *stanzaError `xml:"error"`
	}
	if err := xml.NewTokenDecoder(reader).Decode(&answer); err != nil {
		return "", err
	}
	if answer.Type != "result" || answer.Bind.JID == "" {
		return "", answer.Error.typed()
	}
	return answer.Bind.JID, nil
}
