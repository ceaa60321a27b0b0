package xmpp

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// formRoomConfig is the FORM_TYPE of a room's configuration (XEP-0045 §15.5.3).
const formRoomConfig = "http://jabber.org/protocol/muc#roomconfig"

// configForm returns the room's configuration (XEP-0045 §10.2). The room has to
// exist: ejabberd has a form for any other one too.
func (r *room) configForm(ctx context.Context) (*dataForm, error) {
	var answer struct {
		Query struct {
			Form *dataForm `xml:"jabber:x:data x"`
		} `xml:"http://jabber.org/protocol/muc#owner query"`
	}
	if err := r.stream.ask(ctx, r.jid.String(), "get", ownerQuery{}, &answer); err != nil {
		return nil, err
	}
	if answer.Query.Form == nil {
		return nil, &ProtocolError{From: r.jid.String(), Err: errors.New("the room has no configuration form")}
	}
	return answer.Query.Form, nil
}

// configure changes fields of the configuration and leaves the others alone: to
// send back what was read changes some of them on Prosody.
func (r *room) configure(ctx context.Context, values map[string]string) error {
	form := submission{Type: "submit", Fields: []submitted{{Var: "FORM_TYPE", Value: formRoomConfig}}}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		form.Fields = append(form.Fields, submitted{Var: name, Value: values[name]})
	}
	return r.stream.ask(ctx, r.jid.String(), "set", ownerQuery{Form: &form}, nil)
}

// reconfigure changes fields of a configuration and reads it again, since Prosody
// answers with a result to what it does not do.
func (r *room) reconfigure(ctx context.Context, values map[string]string) error {
	if err := r.configure(ctx, values); err != nil {
		return unanswered(r.ownerRefusal(err))
	}
	form, err := r.configForm(ctx)
	if err != nil {
		return fmt.Errorf("%w: the configuration was not read again: %v", ErrUnknown, err)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if got := form.boolean(name); got != values[name] {
			return fmt.Errorf("%w: the room says that %s is %q", ErrUnknown, name, got)
		}
	}
	return nil
}

// ownerRefusal words why a room refused what its owners may.
func (r *room) ownerRefusal(err error) error {
	var refused *StanzaError
	switch {
	case !errors.As(err, &refused):
		return err
	case refused.Type == "cancel" && (refused.Has("item-not-found") || refused.Has("gone")):
		return &NoRoomError{Room: r.jid}
	case isDenied(err):
		return &RefusedError{Err: refused, Obstacle: ObstacleNotOwner}
	}
	return &RefusedError{Err: refused}
}

// boolean returns the value of a field that is true or false as "1" or "0", and
// nothing if the form does not have it. Prosody leaves out what is false.
func (f *dataForm) boolean(name string) string {
	for _, field := range f.Fields {
		if field.Var != name {
			continue
		}
		if len(field.Values) > 0 && (field.Values[0] == "1" || field.Values[0] == "true") {
			return "1"
		}
		return "0"
	}
	return ""
}

// ownerQuery asks for a room's configuration, or changes it.
type ownerQuery struct {
	XMLName xml.Name `xml:"http://jabber.org/protocol/muc#owner query"`
	Form    *submission
}

// A submission is a form that was filled in (XEP-0004 §3.2).
type submission struct {
	XMLName xml.Name    `xml:"jabber:x:data x"`
	Type    string      `xml:"type,attr"`
	Fields  []submitted `xml:"field"`
}

type submitted struct {
	Var   string `xml:"var,attr"`
	Value string `xml:"value"`
}
