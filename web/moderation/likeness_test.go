package moderation_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muckick/web/moderation"
	"muckick/xmpp"
)

// come returns the arrivals of those who are written as nick, or as nick and
// account.
func come(t testing.TB, who ...string) (list []xmpp.Arrival) {
	t.Helper()
	for i, text := range who {
		nick, account, _ := strings.Cut(text, " = ")
		list = append(list, xmpp.Arrival{
			Number: uint64(i + 1), Time: minute(float64(i)), Room: roomOf(t, "room"),
			Occupant: xmpp.Occupant{Nick: nick, RealJID: account},
		})
	}
	return list
}

// written writes groups of more than one down.
func written(groups []moderation.ArrivalGroup) (list []string) {
	for _, g := range groups {
		if g.People < 2 {
			continue
		}
		var nicks []string
		for _, a := range g.Arrivals {
			nicks = append(nicks, a.Occupant.Nick)
		}
		list = append(list, fmt.Sprintf("%s: %s", g.Label, strings.Join(nicks, " ")))
	}
	return list
}

func TestGroupByLikeness(t *testing.T) {
	tests := []struct {
		name string
		who  []string
		want []string
	}{
		{"nobody", nil, nil},
		{"different", []string{"Alice", "Bob", "Carol", "Mallory", "Trudy"}, nil},
		{"digits cut", []string{"Kim7", "Alice", "kim_42", "KIM"}, []string{"Kim…: Kim7 kim_42 KIM"}},
		{"wide and accented", []string{"Ｓｐａｍ1", "spám2", "Alice"}, []string{"Ｓｐａｍ1: Ｓｐａｍ1 spám2"}},
		{"the same beginning", []string{"spammer", "spammingbot", "Alice"}, []string{"spamm…: spammer spammingbot"}},
		{"one letter", []string{"troll", "tr0ll", "trxll", "Alice"}, []string{"troll: troll tr0ll trxll"}},
		{"a letter more each, of long names", []string{"advertiser", "dvertiserx", "Alice"}, []string{"advertiser: advertiser dvertiserx"}},
		{"a letter more each, of short names", []string{"anna", "nnab"}, nil},
		{"nothing but digits", []string{"12345", "777", "0042", "a1", "b1"}, []string{"12345: 12345 777 0042"}},
		{"accounts alike, nicks not", []string{"Oslo = bot1@a", "Rome = bot2@b", "Lima = bot33@c", "Bern = heidi@d"}, []string{"bot…: Oslo Rome Lima"}},
		{"nicks alike, accounts not", []string{"Spam 1 = oslo@a", "Spam 2 = rome@b", "Spam 3 = lima@c"}, []string{"Spam …: Spam 1 Spam 2 Spam 3"}},
		{"the same nick", []string{"x = oslo@a", "x = rome@b"}, []string{"x: x x"}},
		{"one person twice", []string{"Bob1 = bob@a", "Bob2 = bob@a"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			arrivals := come(t, tt.who...)
			groups := moderation.GroupByLikeness(arrivals)
			if diff := cmp.Diff(tt.want, written(groups)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			total := 0
			for _, g := range groups {
				total += len(g.Arrivals)
			}
			if total != len(arrivals) {
				t.Errorf("got %d arrivals in groups, want %d", total, len(arrivals))
			}
		})
	}
}

func TestGroupByDomain(t *testing.T) {
	arrivals := come(t, "a = a@spam.example/1", "b = b@ham.example/1", "c = c@spam.example", "d", "a2 = a@spam.example/2")
	arrivals[2].Known, arrivals[4].Known = true, true
	var got []string
	for _, g := range moderation.GroupByDomain(arrivals) {
		got = append(got, fmt.Sprintf("%s: %d arrivals, %d people, %d new", g.Label, len(g.Arrivals), g.People, g.New))
	}
	want := []string{"spam.example: 3 arrivals, 2 people, 1 new", ": 1 arrivals, 1 people, 1 new", "ham.example: 1 arrivals, 1 people, 1 new"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// BenchmarkGroupByLikeness groups as many arrivals as 200 a second for ten minutes,
// of people who all are called alike, and of such whose names have nothing in
// common.
func BenchmarkGroupByLikeness(b *testing.B) {
	const count = 120_000
	random := rand.New(rand.NewPCG(1, 2))
	names := map[string]func(int) string{
		"alike":     func(i int) string { return fmt.Sprint("spammer", i) },
		"different": func(int) string { return letters(random, 12) },
		"long":      func(int) string { return letters(random, 1000) },
	}
	for name, nameOf := range names {
		b.Run(name, func(b *testing.B) {
			var who []string
			for i := range count {
				nick := nameOf(i)
				who = append(who, nick+" = "+nameOf(i)+"@b.example/x")
				if name == "long" && i == count/100 {
					break
				}
			}
			arrivals := come(b, who...)
			for b.Loop() {
				moderation.GroupByLikeness(arrivals)
			}
		})
	}
}

func letters(random *rand.Rand, n int) string {
	text := make([]byte, n)
	for i := range text {
		text[i] = byte('a' + random.IntN(26))
	}
	return string(text)
}
