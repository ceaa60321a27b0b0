package moderation

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"muckick/xmpp"
)

// A Grant lets somebody use a capability in a scope.
type Grant struct {
	Capability Capability
	Scope      Scope
}

// Grants are all that somebody may do, sorted, each once. The zero value grants
// nothing.
type Grants struct{ list []Grant }

// maxGrants bounds how many grants one principal has, since they are looked at
// with every request.
const maxGrants = 1000

// A GrantError says why there cannot be such grants.
type GrantError struct{ Problem string }

func (e *GrantError) Error() string { return e.Problem }

// Everything returns the grants of an administrator of all rooms.
func Everything() Grants { return Grants{}.mustAdd(Capabilities(), Everywhere) }

// KickEverywhere returns the grants of the configured Authorization header.
func KickEverywhere() Grants { return Grants{}.mustAdd([]Capability{Kick}, Everywhere) }

func (g Grants) mustAdd(capabilities []Capability, scope Scope) Grants {
	added, err := g.Add(capabilities, scope)
	if err != nil {
		panic(err) // these few fit
	}
	return added
}

// Add returns the grants with these capabilities in the scope as well. The error
// is a [*GrantError] if that is too many, or if it would let somebody administer
// a part of the rooms only: who may do what is decided for all of them.
func (g Grants) Add(capabilities []Capability, scope Scope) (Grants, error) {
	list := slices.Clone(g.list)
	for _, capability := range capabilities {
		if capability == Administer && scope != Everywhere {
			return Grants{}, &GrantError{fmt.Sprintf("nobody can administer %s alone, but only everything", scope)}
		}
		list = append(list, Grant{capability, scope})
	}
	added := newGrants(list)
	if len(added.list) > maxGrants {
		return Grants{}, &GrantError{fmt.Sprintf("more than %d grants for one principal are not kept", maxGrants)}
	}
	return added, nil
}

// Remove returns the grants without these capabilities in the scope and in what
// lies in it. The error is a [*GrantError] if one of them is left through a wider
// scope: what was granted everywhere cannot be taken away in one room.
func (g Grants) Remove(capabilities []Capability, scope Scope) (Grants, error) {
	var list []Grant
	for _, grant := range g.list {
		if !slices.Contains(capabilities, grant.Capability) {
			list = append(list, grant)
			continue
		}
		if scope.covers(grant.Scope) {
			continue
		}
		if grant.Scope.covers(scope) {
			return Grants{}, &GrantError{fmt.Sprintf("%q is granted %s, and cannot be taken away %s alone", grant.Capability, grant.Scope.place(), scope.place())}
		}
		list = append(list, grant)
	}
	return newGrants(list), nil
}

// newGrants sorts grants, which it keeps.
func newGrants(list []Grant) Grants {
	slices.SortFunc(list, func(a, b Grant) int {
		return cmp.Or(cmp.Compare(a.Scope.String(), b.Scope.String()),
			cmp.Compare(slices.Index(Capabilities(), a.Capability), slices.Index(Capabilities(), b.Capability)))
	})
	return Grants{slices.Compact(list)}
}

// May tells whether a capability was granted for a room.
func (g Grants) May(capability Capability, room xmpp.RoomJID) bool {
	return slices.ContainsFunc(g.list, func(grant Grant) bool {
		return grant.Capability == capability && grant.Scope.Covers(room)
	})
}

// MayEverywhere tells whether a capability was granted for all rooms.
func (g Grants) MayEverywhere(capability Capability) bool {
	return slices.Contains(g.list, Grant{capability, Everywhere})
}

// MaySomewhere tells whether a capability was granted for any room.
func (g Grants) MaySomewhere(capability Capability) bool { return len(g.Scopes(capability)) > 0 }

// Knows tells whether anything was granted for a room. A room of which that is
// not so does not exist for who has the grants.
func (g Grants) Knows(room xmpp.RoomJID) bool {
	return slices.ContainsFunc(g.list, func(grant Grant) bool { return grant.Scope.Covers(room) })
}

// Scopes returns where a capability was granted.
func (g Grants) Scopes(capability Capability) []Scope {
	var scopes []Scope
	for _, grant := range g.list {
		if grant.Capability == capability {
			scopes = append(scopes, grant.Scope)
		}
	}
	return scopes
}

// IsEmpty tells whether nothing was granted.
func (g Grants) IsEmpty() bool { return len(g.list) == 0 }

// Equal tells whether the same was granted.
func (g Grants) Equal(other Grants) bool { return slices.Equal(g.list, other.list) }

// MarshalText writes the grants for [Grants.UnmarshalText], each as
// CAPABILITY:SCOPE with spaces in between, of which a scope has none.
func (g Grants) MarshalText() ([]byte, error) {
	texts := make([]string, len(g.list))
	for i, grant := range g.list {
		texts[i] = string(grant.Capability) + ":" + grant.Scope.String()
	}
	return []byte(strings.Join(texts, " ")), nil
}

// UnmarshalText reads what MarshalText wrote. What this program does not know is
// left out: a newer one may have written it, and nobody gets more by that.
func (g *Grants) UnmarshalText(text []byte) error {
	var list []Grant
	for field := range strings.FieldsSeq(string(text)) {
		name, where, _ := strings.Cut(field, ":")
		scope, err := ParseScope(where)
		if capability := Capability(name); err == nil && slices.Contains(Capabilities(), capability) {
			list = append(list, Grant{capability, scope})
		}
	}
	*g = newGrants(list)
	return nil
}

// A Holding is what was granted in one scope, in the words of the presets.
type Holding struct {
	Scope Scope
	Names []string // of presets, and of the capabilities that none of them has
}

// Holdings returns the grants by scope.
func (g Grants) Holdings() []Holding {
	var holdings []Holding
	for i := 0; i < len(g.list); {
		scope := g.list[i].Scope
		var held []Capability
		for ; i < len(g.list) && g.list[i].Scope == scope; i++ {
			held = append(held, g.list[i].Capability)
		}
		holdings = append(holdings, Holding{scope, named(held)})
	}
	return holdings
}

// named returns the fewest names for capabilities.
func named(held []Capability) []string {
	var names []string
	presets := Presets()
	slices.Reverse(presets)
	left := slices.Clone(held)
	for _, preset := range presets {
		subset := !slices.ContainsFunc(preset.Capabilities, func(c Capability) bool { return !slices.Contains(held, c) })
		news := slices.ContainsFunc(preset.Capabilities, func(c Capability) bool { return slices.Contains(left, c) })
		if !subset || !news {
			continue
		}
		names = append(names, preset.Name)
		left = slices.DeleteFunc(left, func(c Capability) bool { return slices.Contains(preset.Capabilities, c) })
	}
	for _, capability := range left {
		names = append(names, string(capability))
	}
	return names
}

// String describes the grants in a line, such as "moderator in
// snuggery@conference.example.org; viewer everywhere".
func (g Grants) String() string {
	if g.IsEmpty() {
		return "nothing"
	}
	var parts []string
	for _, holding := range g.Holdings() {
		parts = append(parts, strings.Join(holding.Names, ", ")+" "+holding.Scope.place())
	}
	return strings.Join(parts, "; ")
}

// place says where the scope is, after a verb.
func (s Scope) place() string {
	if s == Everywhere {
		return "everywhere"
	}
	return "in " + s.String()
}
