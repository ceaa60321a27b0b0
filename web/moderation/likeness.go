package moderation

import (
	"cmp"
	"hash/maphash"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"muckick/xmpp"
)

const (
	// skeletonLength is how many letters of a name are compared.
	skeletonLength = 24

	// leastLetters is how many a name needs to be compared by them.
	leastLetters = 3

	// maxLeaders is how many names are looked at to find others that are like them,
	// the most frequent ones.
	maxLeaders = 10_000

	// commonBeginning is how many letters make names alike that begin with the same.
	commonBeginning = 5
)

// An ArrivalGroup is arrivals that have something in common.
type ArrivalGroup struct {
	Label    string // what that is; from the network, so hostile
	Arrivals []xmpp.Arrival
	People   int // who they are of: accounts, or nicks in a room where those are hidden
	New      int // how many of those are new
}

// GroupByDomain groups arrivals by the domain of their accounts, the group of most
// people first. Those whose account is hidden have the empty label. Each arrival is
// in one group, in the order in which it came.
func GroupByDomain(arrivals []xmpp.Arrival) []ArrivalGroup {
	domains := make([]string, len(arrivals))
	for i, a := range arrivals {
		_, domain := splitAccount(a.Occupant.RealJID)
		domains[i] = domain
	}
	return group(arrivals, func(i int) string { return domains[i] }, func(domain string, _ []xmpp.Arrival) string { return domain })
}

// GroupByLikeness groups arrivals whose nicks or account names look alike, in the
// way of [GroupByDomain]: without digits, signs, case and width they are the same,
// or begin with the same five letters, or differ in one letter, or if they are long,
// in one that each has more than the other. Each arrival is where most others are, be it by its nick or its account
// name. The time it takes grows with the number of arrivals and not faster, whatever
// they are called.
func GroupByLikeness(arrivals []xmpp.Arrival) []ArrivalGroup {
	names := make([][]string, len(arrivals))
	counts := make(map[string]int)
	counted := make(map[[2]string]bool) // names of people
	for i, a := range arrivals {
		local, _ := splitAccount(a.Occupant.RealJID)
		for _, name := range []string{a.Occupant.Nick, local} {
			if name == "" {
				continue
			}
			skeleton := skeletonOf(name)
			names[i] = append(names[i], skeleton)
			if once := [2]string{skeleton, personOf(a)}; !counted[once] {
				counted[once] = true
				counts[skeleton]++
			}
		}
	}
	leaders := leadersOf(counts)
	sizes := make(map[string]int)
	for skeleton, leader := range leaders {
		sizes[leader] += counts[skeleton]
	}
	of := func(i int) string {
		best := ""
		for _, name := range names[i] {
			if leader := leaders[name]; best == "" || sizes[leader] > sizes[best] {
				best = leader
			}
		}
		return best
	}
	return group(arrivals, of, func(leader string, members []xmpp.Arrival) string { return labelOf(leader, members) })
}

// group makes groups of the arrivals of one key each.
func group(arrivals []xmpp.Arrival, keyOf func(int) string, label func(string, []xmpp.Arrival) string) []ArrivalGroup {
	members := make(map[string][]xmpp.Arrival)
	for i, a := range arrivals {
		key := keyOf(i)
		members[key] = append(members[key], a)
	}
	groups := make([]ArrivalGroup, 0, len(members))
	for key, list := range members {
		g := ArrivalGroup{Label: label(key, list), Arrivals: list}
		people := make(map[string]bool, len(list)) // whether they are new
		for _, a := range list {
			people[personOf(a)] = people[personOf(a)] || !a.Known
		}
		for _, isNew := range people {
			if g.People++; isNew {
				g.New++
			}
		}
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b ArrivalGroup) int {
		return cmp.Or(cmp.Compare(b.People, a.People), strings.Compare(a.Label, b.Label),
			cmp.Compare(a.Arrivals[0].Number, b.Arrivals[0].Number))
	})
	return groups
}

// personOf returns what tells people apart: the account, or the nick in a room.
func personOf(a xmpp.Arrival) string {
	if a.Occupant.RealJID == "" {
		return a.Room.String() + "/" + a.Occupant.Nick
	}
	return a.Occupant.Account()
}

// splitAccount returns both parts of an account.
func splitAccount(realJID string) (local, domain string) {
	account := xmpp.BareJID(realJID)
	local, domain, found := strings.Cut(account, "@")
	if !found {
		return "", account
	}
	return local, domain
}

// skeletonOf returns what names that look alike have in common: their letters,
// without accents. Names that hardly have any are themselves, and such that have
// nothing but digits are one another's like.
func skeletonOf(name string) string {
	folded := fold(name)
	var letters []rune
	digits, others := 0, 0
	for _, r := range folded {
		switch {
		case unicode.IsLetter(r):
			if len(letters) < skeletonLength {
				letters = append(letters, r)
			}
		case unicode.IsDigit(r):
			digits++
		default:
			others++
		}
	}
	switch {
	case len(letters) >= leastLetters:
		return string(letters)
	case digits >= leastLetters && len(letters) == 0 && others == 0:
		return "0"
	}
	return "=" + folded
}

// fold returns a text without accents and differences in case and width.
func fold(text string) string {
	if strings.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
		return strings.ToLower(text)
	}
	return norm.NFKD.String(cases.Fold().String(norm.NFKC.String(text)))
}

// leadersOf gives every skeleton the one that stands for those that are like it.
// The most frequent ones lead; who is like a leader follows the first that is
// found, so that chains of likenesses make no group of everybody.
func leadersOf(counts map[string]int) map[string]string {
	order := make([]string, 0, len(counts))
	for skeleton := range counts {
		order = append(order, skeleton)
	}
	slices.SortFunc(order, func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(len(b), len(a)), strings.Compare(a, b))
	})
	leaders := make(map[string]string, len(order))
	near := neighbourhood{seed: maphash.MakeSeed(), at: make(map[uint64]string)}
	for _, skeleton := range order {
		leader := near.find(skeleton)
		if leader == "" {
			leader = skeleton
			near.add(skeleton)
		}
		leaders[skeleton] = leader
	}
	return leaders
}

// A neighbourhood finds which of its names are near another one: it keeps each
// under its beginning and under all that it becomes without one letter. Names that
// differ in one letter, or in one each, meet there.
type neighbourhood struct {
	seed  maphash.Seed
	at    map[uint64]string
	names int

	rest []byte   // scratch
	sums []uint64 // scratch
}

// corners returns where a name is to be found.
func (n *neighbourhood) corners(name string) []uint64 {
	n.sums = n.sums[:0]
	if strings.HasPrefix(name, "=") {
		return nil
	}
	letters := 0
	for i, r := range name {
		if letters++; letters == commonBeginning {
			n.sums = append(n.sums, ^maphash.String(n.seed, name[:i+utf8.RuneLen(r)]))
		}
	}
	if letters <= leastLetters {
		return n.sums
	}
	n.sums = append(n.sums, maphash.String(n.seed, name))
	for i, r := range name {
		n.rest = append(append(n.rest[:0], name[:i]...), name[i+utf8.RuneLen(r):]...)
		n.sums = append(n.sums, maphash.Bytes(n.seed, n.rest))
	}
	return n.sums
}

// add makes a name one that can be found, unless there are too many.
func (n *neighbourhood) add(name string) {
	if n.names == maxLeaders {
		return
	}
	n.names++
	for _, corner := range n.corners(name) {
		if n.at[corner] == "" {
			n.at[corner] = name
		}
	}
}

// find returns a name that is like another one.
func (n *neighbourhood) find(name string) string {
	for _, corner := range n.corners(name) {
		if other := n.at[corner]; other != "" && alike([]rune(name), []rune(other)) {
			return other
		}
	}
	return ""
}

// alike reports whether two skeletons are.
func alike(a, b []rune) bool {
	if len(a) >= commonBeginning && len(b) >= commonBeginning && slices.Equal(a[:commonBeginning], b[:commonBeginning]) {
		return true
	}
	most := 1
	if min(len(a), len(b)) >= 8 {
		most = 2
	}
	return min(len(a), len(b)) > leastLetters && distance(a, b) <= most
}

// distance returns how many letters have to be changed, added or left out to make
// one name the other (Levenshtein).
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range b {
			cost := diagonal
			if x != y {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// labelOf says what the names of a group have in common: how they begin, or else
// the first of them that has the leader's letters.
func labelOf(leader string, members []xmpp.Arrival) string {
	var nicks, locals []string
	example := ""
	for _, a := range members {
		local, _ := splitAccount(a.Occupant.RealJID)
		nicks, locals = append(nicks, a.Occupant.Nick), append(locals, local)
		for _, name := range []string{a.Occupant.Nick, local} {
			if example == "" && name != "" && skeletonOf(name) == leader {
				example = name
			}
		}
	}
	if len(slices.Compact(slices.Sorted(slices.Values(nicks)))) == 1 {
		return nicks[0]
	}
	for _, names := range [][]string{nicks, locals} {
		if beginning := commonPrefix(names); len([]rune(beginning)) >= leastLetters {
			return beginning + "…"
		}
	}
	return cmp.Or(example, members[0].Occupant.Nick)
}

// commonPrefix returns how all names begin, whatever their case, as the first of
// them is spelled.
func commonPrefix(names []string) string {
	first := []rune(names[0])
	common := len(first)
	for _, name := range names[1:] {
		i := 0
		for _, r := range name {
			if i == common || unicode.ToLower(r) != unicode.ToLower(first[i]) {
				break
			}
			i++
		}
		common = i
	}
	return string(first[:common])
}
