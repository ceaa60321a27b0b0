package xmpp

import (
	"fmt"
	"strings"
	"testing"

	"muckick/xmpp/wire"
)

// BenchmarkAffiliationList reads a list of 5,000 outcasts, as Prosody 13 and
// ejabberd write it. Nothing else is read from the chat server meanwhile.
func BenchmarkAffiliationList(b *testing.B) {
	var items strings.Builder
	for i := range 5_000 {
		fmt.Fprintf(&items, "<item affiliation='outcast' jid='spammer-%d@spam.example'><reason>Spam, number %d</reason></item>", i, i)
	}
	text := streamHeader + "<iq type='result' id='1' from='room@chat.example.org'><query xmlns='" + nsMUCAdmin + "'>" + items.String() + "</query></iq>"
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		el, err := wire.NewReader(strings.NewReader(text)).Next()
		if err != nil {
			b.Fatal(err)
		}
		var answer affiliationAnswer
		if err := el.Decode(&answer); err != nil {
			b.Fatal(err)
		}
		if got := len(answer.Query.list); got != 5_000 {
			b.Fatalf("got %d entries", got)
		}
	}
}
