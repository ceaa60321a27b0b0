package xmpp

import (
	"context"
	"encoding/xml"
	"slices"

	"mellium.im/xmpp/paging"
)

// discoQuery asks for either kind of disco (XEP-0030).
type discoQuery struct {
	XMLName xml.Name
	Node    string `xml:"node,attr,omitempty"`
	Page    *paging.RequestNext
}

func infoQuery() discoQuery { return discoQuery{XMLName: xml.Name{Space: nsDiscoInfo, Local: "query"}} }

func itemsQuery(page *paging.RequestNext) discoQuery {
	return discoQuery{XMLName: xml.Name{Space: nsDiscoItems, Local: "query"}, Page: page}
}

type identity struct {
	Category string `xml:"category,attr"`
	Type     string `xml:"type,attr"`
	Name     string `xml:"name,attr,omitempty"`
}

type feature struct {
	Var string `xml:"var,attr"`
}

// discoInfo is what an entity says of itself (XEP-0030 §3).
type discoInfo struct {
	XMLName    xml.Name   `xml:"http://jabber.org/protocol/disco#info query"`
	Identities []identity `xml:"identity"`
	Features   []feature  `xml:"feature"`
	Form       *dataForm  `xml:"jabber:x:data x"`
}

// isMUC reports whether the entity is a MUC service or a room (XEP-0045 §6.2).
func (d *discoInfo) isMUC() bool {
	return d.has(nsMUC) && slices.ContainsFunc(d.Identities, func(id identity) bool { return id.Category == "conference" })
}

func (d *discoInfo) has(name string) bool { return slices.Contains(d.Features, feature{name}) }

func (d *discoInfo) name() string {
	for _, id := range d.Identities {
		if id.Name != "" {
			return id.Name
		}
	}
	return ""
}

// dataForm is an extended info form (XEP-0128). mellium's form fails on an element
// that it does not know, and all that the room says of itself with it.
type dataForm struct {
	Fields []struct {
		Var    string   `xml:"var,attr"`
		Values []string `xml:"value"`
	} `xml:"field"`
}

func (f *dataForm) value(name string) string {
	if f == nil {
		return ""
	}
	for _, field := range f.Fields {
		if field.Var == name && len(field.Values) > 0 {
			return field.Values[0]
		}
	}
	return ""
}

type discoItem struct {
	JID  string `xml:"jid,attr"`
	Name string `xml:"name,attr"`
}

// info asks an entity what it is.
func (s *stream) info(ctx context.Context, entity string) (*discoInfo, error) {
	var answer struct {
		Query discoInfo `xml:"http://jabber.org/protocol/disco#info query"`
	}
	if err := s.ask(ctx, entity, "get", infoQuery(), &answer); err != nil {
		return nil, err
	}
	return &answer.Query, nil
}
