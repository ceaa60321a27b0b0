package mucserver

import (
	"slices"
	"strconv"
	"strings"
)

const (
	nsDiscoInfo  = "http://jabber.org/protocol/disco#info"
	nsDiscoItems = "http://jabber.org/protocol/disco#items"
	nsData       = "jabber:x:data"

	nsMUC      = "http://jabber.org/protocol/muc"
	nsMUCUser  = nsMUC + "#user"
	nsMUCAdmin = nsMUC + "#admin"
	nsMUCOwner = nsMUC + "#owner"
)

// discoInfo is an answer to disco#info (XEP-0030 §3).
type discoInfo struct {
	category, typ, name string
	features            []string
	form                []byte
}

func (d discoInfo) answer(st *stanza, query *element) {
	if st.typ != "get" {
		st.fail(badRequest("disco#info is asked for with get"))
		return
	}
	if query.attr("node") != "" {
		st.fail(&StanzaError{"cancel", "item-not-found", "there is no such node"})
		return
	}
	b := []byte("<query xmlns='" + nsDiscoInfo + "'><identity")
	b = appendAttr(b, "category", d.category)
	b = appendAttr(b, "type", d.typ)
	if d.name != "" {
		b = appendAttr(b, "name", d.name)
	}
	b = append(b, "/>"...)
	for _, feature := range append(d.features, nsDiscoInfo, nsDiscoItems) {
		b = append(appendAttr(append(b, "<feature"...), "var", feature), "/>"...)
	}
	b = append(b, d.form...)
	st.result(append(b, "</query>"...))
}

// item is an item of disco#items (XEP-0030 §4).
type item struct {
	jid, name string
}

// answerItems sends items, or the part of them that the client asked for.
func answerItems(st *stanza, query *element, items []item) {
	if st.typ != "get" {
		st.fail(badRequest("disco#items is asked for with get"))
		return
	}
	if query.attr("node") != "" {
		items = nil
	}
	slices.SortFunc(items, func(a, b item) int { return strings.Compare(a.jid, b.jid) })
	ids := make([]string, len(items))
	for i, it := range items {
		ids[i] = it.jid
	}
	from, to, set, err := page(query, ids)
	if err != nil {
		st.fail(err)
		return
	}
	b := []byte("<query xmlns='" + nsDiscoItems + "'>")
	for _, it := range items[from:to] {
		b = appendAttr(append(b, "<item"...), "jid", it.jid)
		if it.name != "" {
			b = appendAttr(b, "name", it.name)
		}
		b = append(b, "/>"...)
	}
	b = append(b, set...)
	st.result(append(b, "</query>"...))
}

func (s *session) discoAccount(st *stanza, query *element) {
	discoInfo{category: "account", typ: "registered"}.answer(st, query)
}

func (s *session) discoDomain(st *stanza, query *element) {
	if query.name.Space == nsDiscoInfo {
		discoInfo{category: "server", typ: "im", features: []string{nsPing}}.answer(st, query)
		return
	}
	var items []item
	for _, service := range s.srv.opts.Services {
		items = append(items, item{jid: service})
	}
	answerItems(st, query, items)
}

func (s *session) discoService(st *stanza, query *element) {
	if query.name.Space == nsDiscoInfo {
		discoInfo{category: "conference", typ: "text", name: "Chat rooms", features: []string{nsMUC, nsPing, nsRSM}}.answer(st, query)
		return
	}
	var items []item
	for _, r := range s.srv.Rooms() {
		if address := splitAddress(r.address); address.domain == st.to.domain {
			if name, hidden := r.listing(); !hidden {
				items = append(items, item{jid: r.address, name: name})
			}
		}
	}
	answerItems(st, query, items)
}

func (s *session) discoRoom(st *stanza, query *element, r *Room) {
	if query.name.Space == nsDiscoInfo {
		r.discoInfo().answer(st, query)
		return
	}
	var items []item
	if !s.srv.opts.HideOccupantItems {
		for _, nick := range r.nicks() {
			items = append(items, item{jid: r.address + "/" + nick, name: nick})
		}
	}
	answerItems(st, query, items)
}

// listing returns how a room appears in the list of its service.
func (r *Room) listing() (name string, hidden bool) {
	r.mu.Lock()
	defer r.unlock()
	name = r.config.Name
	if name == "" {
		name = splitAddress(r.address).local
	}
	return name, r.config.Hidden || r.gone || r.fresh
}

// discoInfo describes a room (XEP-0045 §6.4).
func (r *Room) discoInfo() discoInfo {
	name, _ := r.listing()
	r.mu.Lock()
	defer r.unlock()
	c := r.config
	choose := func(condition bool, yes, no string) string {
		if condition {
			return yes
		}
		return no
	}
	form := dataForm("result", nsMUC+"#roominfo", []field{
		{name: "muc#roominfo_description", value: c.Description},
		{name: "muc#roominfo_occupants", value: strconv.Itoa(len(r.occupants))},
		{name: "muc#roominfo_subject", value: r.subject},
	})
	return discoInfo{
		category: "conference",
		typ:      "text",
		name:     name,
		form:     form,
		features: []string{
			nsMUC, nsPing,
			choose(c.Hidden, "muc_hidden", "muc_public"),
			choose(c.MembersOnly, "muc_membersonly", "muc_open"),
			choose(c.Moderated, "muc_moderated", "muc_unmoderated"),
			choose(c.NonAnonymous, "muc_nonanonymous", "muc_semianonymous"),
			choose(c.Password != "", "muc_passwordprotected", "muc_unsecured"),
			choose(c.Persistent, "muc_persistent", "muc_temporary"),
		},
	}
}

// field is a field of a data form (XEP-0004).
type field struct {
	name, typ, label, value string
}

// dataForm returns a data form as XML.
func dataForm(typ, formType string, fields []field) []byte {
	b := appendAttr([]byte("<x xmlns='"+nsData+"'"), "type", typ)
	b = append(b, '>')
	for _, f := range append([]field{{name: "FORM_TYPE", typ: "hidden", value: formType}}, fields...) {
		b = appendAttr(append(b, "<field"...), "var", f.name)
		if f.typ != "" {
			b = appendAttr(b, "type", f.typ)
		}
		if f.label != "" {
			b = appendAttr(b, "label", f.label)
		}
		b = appendTag(append(b, '>'), "value", f.value)
		b = append(b, "</field>"...)
	}
	return append(b, "</x>"...)
}
