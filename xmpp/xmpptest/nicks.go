package xmpptest

import (
	"slices"
	"strings"
)

// A HostileNick is what somebody may call themselves to be hard to list or to
// kick.
type HostileNick struct {
	Name string // what is hostile about it
	Nick string

	refusedBy []string // software that lets nobody in by it
}

// Refused reports whether the server lets nobody in by the nick. Everybody else
// has to be listed and kicked.
func (n HostileNick) Refused(s *Server) bool { return slices.Contains(n.refusedBy, s.Software) }

// HostileNicks returns nicks that tests of lists and kicks try, all of them.
func HostileNicks() []HostileNick {
	// Servers prepare nicks by Unicode 3.2 (RFC 3920 appendix B), which prohibits
	// some characters and to which others are not assigned.
	all := []string{Mucserver, Prosody, Ejabberd}
	real := all[1:]
	return []HostileNick{
		{Name: "script", Nick: `<script>alert(1)</script>`},
		{Name: "attribute", Nick: `"><img src=x onerror=alert(1)>`},
		{Name: "entities", Nick: `&lt;b&gt; &amp;amp; 'quotes' "quotes"`},
		{Name: "template", Nick: "${alert(1)} {{alert(1)}} %3Cscript%3E"},
		{Name: "selector", Nick: `"]#occupants tr`},
		{Name: "query", Nick: "a/b?c=d&e#f@g+h%20i"},
		{Name: "JID", Nick: "x@y/z"},
		{Name: "thousand characters", Nick: strings.Repeat("W", 1000)},
		{Name: "thousand bytes of marks", Nick: "Z" + strings.Repeat("\u0335", 400)},
		{Name: "old emoji", Nick: "☺♞"},
		{Name: "emoji", Nick: "🥑🔇", refusedBy: real},
		{Name: "joined emoji", Nick: "👩‍🚀🏳️‍🌈🇺🇳", refusedBy: real},
		{Name: "right to left", Nick: "שלום עולם مرحبا"},
		{Name: "embedding", Nick: "\u202Bgnp.exe\u202C", refusedBy: all},
		{Name: "isolate", Nick: "\u2067evil\u2069 \u2066", refusedBy: real},
		{Name: "override", Nick: "\u202Etxt.nick", refusedBy: all},
		{Name: "mark", Nick: "\u200Fmark\u061C", refusedBy: all},
		{Name: "jamo", Nick: "ㅋㅋㅋ"},
		{Name: "filler", Nick: "\u115F"},
		{Name: "jamo and filler", Nick: "ㅋㅋㅋ\u115F"},
		{Name: "property", Nick: "__proto__"},
		{Name: "look-alike", Nick: "Αlice"},
		{Name: "ligatures", Nick: "ﬁﬁ"},
		{Name: "accents", Nick: "Carol Ünï"},
	}
}
