package main

import (
	"strings"
	"testing"

	"muckick/web/store"
)

// The exempt list is changed beside a server, which is on the trail.
func TestExemptCommands(t *testing.T) {
	database := newDatabase(t)
	const account = "Robot@example.org"
	steps := []struct {
		args   []string
		status int
		want   string // in what it writes
	}{
		{[]string{"list"}, exitFailed, "there is no database"},
		{[]string{"add", account, "--why", "our own bot", "--create"}, exitOK, account + " is exempt from plans."},
		{[]string{"add", "robot@EXAMPLE.org", "--why", "again"}, exitFailed, `"robot@EXAMPLE.org" is exempt everywhere already`},
		{[]string{"add", account, "--why", "our own bot", "--in", "chat.example.org,snuggery@chat.example.org"}, exitOK, account + " is exempt from plans in snuggery@chat.example.org."},
		{[]string{"add", "*@staff.example.org"}, exitFailed, "it is not said why"},
		{[]string{"add", "*@staff.example.org", "--why", strings.Repeat("x", 501)}, exitFailed, "more than 500 characters"},
		{[]string{"add", "*@*", "--why", "x"}, exitFailed, "open to everybody"},
		{[]string{"add", "robot", "--why", "x"}, exitFailed, "no pattern for accounts"},
		{[]string{"add", account, "--why", "x", "--in", "@"}, exitFailed, `scope "@" is no room`},
		{[]string{"add"}, exitUsage, "the ACCOUNT is missing"},
		{[]string{"list"}, exitOK, "our own bot"},
		{[]string{"remove", account, "--in", "garden@chat.example.org"}, exitFailed, "not on the exempt list in garden@chat.example.org"},
		{[]string{"remove", "robot@example.org", "--in", "chat.example.org"}, exitOK, "is not exempt any more in chat.example.org."},
		{[]string{"remove", account}, exitOK, account + " is not exempt any more."},
		{[]string{"remove", account}, exitFailed, "not on the exempt list; \"muckick exempt list\" shows it"},
		{[]string{"remove", account, "--in", "snuggery@chat.example.org"}, exitOK, "is not exempt any more"},
		{[]string{"list"}, exitOK, "Nobody is exempt."},
		{nil, exitOK, "add ACCOUNT"},
	}
	for _, tt := range steps {
		got := administerAs(t, database, "", append([]string{"exempt"}, tt.args...)...)
		if got.status != tt.status || !strings.Contains(got.stdout+got.stderr, tt.want) {
			t.Errorf("%s: status %d, want %d; want %q in\n%s%s", tt.args, got.status, tt.status, tt.want, got.stdout, got.stderr)
		}
	}
	s := openBeside(t, database)
	for kind, want := range map[store.EventKind]int{store.ExemptionAdded: 3, store.ExemptionRemoved: 3} {
		events, _, err := s.Events(t.Context(), store.EventFilter{Kind: kind, Subject: account}, store.Page{})
		if err != nil || len(events) != want {
			t.Errorf("%s: got %d, %v, want %d", kind, len(events), err, want)
		}
		for _, e := range events {
			if e.Actor.Kind != store.ByCommand {
				t.Errorf("%s: by %+v", kind, e.Actor)
			}
		}
	}
}
