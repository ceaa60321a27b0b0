package moderation_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muckick/web/moderation"
	"muckick/xmpp"
)

// capabilities returns what a preset or a capability stands for.
func capabilities(t testing.TB, name string) []moderation.Capability {
	t.Helper()
	list, ok := moderation.Named(name)
	if !ok {
		t.Fatalf("nothing is named %q", name)
	}
	return list
}

// change adds "NAME SCOPE" to grants, and removes what has a minus before it.
func change(t testing.TB, g moderation.Grants, changes ...string) (moderation.Grants, error) {
	t.Helper()
	for _, text := range changes {
		do := moderation.Grants.Add
		if rest, minus := strings.CutPrefix(text, "-"); minus {
			do, text = moderation.Grants.Remove, rest
		}
		name, where, _ := strings.Cut(text, " ")
		scope, err := moderation.ParseScope(where)
		if err != nil {
			t.Fatal(err)
		}
		if g, err = do(g, capabilities(t, name), scope); err != nil {
			return g, err
		}
	}
	return g, nil
}

func room(t testing.TB, address string) xmpp.RoomJID {
	t.Helper()
	r, err := xmpp.ParseRoom(address)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const (
	snuggery = "snuggery@chat.example.org"
	garden   = "garden@chat.example.org"
	foreign  = "snuggery@chat.example.net"
	parent   = "snuggery@example.org"
)

func TestGrants(t *testing.T) {
	tests := []struct {
		name    string
		changes []string
		may     map[string]string // by room, what may be done
		text    string
	}{
		{"nothing", nil, nil, "nothing"},
		{"a room", []string{"moderator " + snuggery}, map[string]string{snuggery: "see kick mute ban lock"}, "moderator in " + snuggery},
		{
			"a service", []string{"viewer chat.example.org"}, map[string]string{snuggery: "see", garden: "see"},
			"viewer in chat.example.org",
		},
		{
			"everywhere", []string{"auditor *"},
			map[string]string{snuggery: "see audit", garden: "see audit", foreign: "see audit", parent: "see audit"}, "auditor everywhere",
		},
		{
			"a service and a room of it", []string{"viewer chat.example.org", "moderator " + snuggery, "viewer chat.example.org"},
			map[string]string{snuggery: "see kick mute ban lock", garden: "see"},
			"viewer in chat.example.org; moderator in " + snuggery,
		},
		{"upper case", []string{"kick SnugGery@CHAT.example.org"}, map[string]string{snuggery: "kick"}, "kick in " + snuggery},
		{
			"revoked in the service", []string{"moderator " + snuggery, "kick " + foreign, "-kick chat.example.org"},
			map[string]string{snuggery: "see mute ban lock", foreign: "kick"}, "kick in " + foreign + "; viewer, mute, ban, lock in " + snuggery,
		},
		{"revoked everywhere", []string{"moderator " + snuggery, "see *", "-moderator *"}, nil, "nothing"},
		{
			"auditor and moderator", []string{"auditor *", "moderator *"},
			map[string]string{
				snuggery: "see kick mute ban lock audit", garden: "see kick mute ban lock audit",
				foreign: "see kick mute ban lock audit", parent: "see kick mute ban lock audit",
			}, "moderator, auditor everywhere",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			grants, err := change(t, moderation.Grants{}, tt.changes...)
			if err != nil {
				t.Fatal(err)
			}
			if got := grants.String(); got != tt.text {
				t.Errorf("got %q, want %q", got, tt.text)
			}
			expectMay(t, grants, tt.may)
			text, err := grants.MarshalText()
			if err != nil {
				t.Fatal(err)
			}
			var read moderation.Grants
			if err := read.UnmarshalText(text); err != nil || !read.Equal(grants) {
				t.Errorf("read back %q: got %s, error %v, want %s", text, read, err, grants)
			}
		})
	}
}

// expectMay expects the grants to be good for exactly these capabilities, by
// room.
func expectMay(t *testing.T, grants moderation.Grants, want map[string]string) {
	t.Helper()
	got := make(map[string]string)
	for _, address := range []string{snuggery, garden, foreign, parent} {
		var may []string
		for _, capability := range moderation.Capabilities() {
			if grants.May(capability, room(t, address)) {
				may = append(may, string(capability))
			}
		}
		if len(may) > 0 {
			got[address] = strings.Join(may, " ")
		}
		if known := grants.Knows(room(t, address)); known != (len(may) > 0) {
			t.Errorf("%s: known %v, with %q", address, known, may)
		}
	}
	if want == nil {
		want = map[string]string{}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("may (-want +got):\n%s", diff)
	}
}

func TestGrantsRefused(t *testing.T) {
	many := make([]string, 1001)
	for i := range many {
		many[i] = fmt.Sprintf("kick room%d@chat.example.org", i)
	}
	tests := []struct {
		name    string
		changes []string
		want    string
	}{
		{"administrator of a room", []string{"administrator " + snuggery}, "only everything"},
		{"revoked in a room alone", []string{"kick *", "-kick " + snuggery}, "granted everywhere"},
		{"revoked in a room of a service alone", []string{"kick chat.example.org", "-moderator " + snuggery}, "granted in chat.example.org"},
		{"too many", many, "1000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := change(t, moderation.Grants{}, tt.changes...)
			var refused *moderation.GrantError
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want a GrantError with %q", err, tt.want)
			}
		})
	}
}

// What cannot be read grants nothing, and spoils nothing else.
func TestGrantsOfNewerProgram(t *testing.T) {
	var grants moderation.Grants
	if err := grants.UnmarshalText([]byte("fly:* kick:" + snuggery + " see:@ kick see: :* :")); err != nil {
		t.Fatal(err)
	}
	if got, want := grants.String(), "kick in "+snuggery; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestParseScope(t *testing.T) {
	tests := []struct{ text, want string }{
		{"*", "*"},
		{"Chat.Example.Org", "chat.example.org"},
		{"Snuggery@Chat.Example.Org", snuggery},
		{"", ""},
		{"two words", ""},
		{snuggery + "/Bob", ""},
		{"@chat.example.org", ""},
		{"snuggery@", ""},
		{"**", ""},
		{"*@chat.example.org", "*@chat.example.org"}, // a room may be called so, and no other is meant
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			scope, err := moderation.ParseScope(tt.text)
			if tt.want == "" {
				var refused *moderation.ScopeError
				if !errors.As(err, &refused) {
					t.Errorf("got %v, error %v, want a ScopeError", scope, err)
				}
				return
			}
			if err != nil || scope.String() != tt.want {
				t.Errorf("got %q, error %v, want %q", scope, err, tt.want)
			}
		})
	}
}

// Of a room for which a principal has no grant they do not learn that it exists.
func TestRequire(t *testing.T) {
	grants, err := change(t, moderation.Grants{}, "viewer "+snuggery)
	if err != nil {
		t.Fatal(err)
	}
	p := moderation.Principal{Grants: grants}
	if err := p.Require(moderation.See, room(t, snuggery)); err != nil {
		t.Errorf("see: got %v, want none", err)
	}
	var forbidden *moderation.ForbiddenError
	if err := p.Require(moderation.Kick, room(t, snuggery)); !errors.As(err, &forbidden) {
		t.Errorf("kick: got %v, want a ForbiddenError", err)
	}
	var noRoom *xmpp.NoRoomError
	if err := p.Require(moderation.See, room(t, garden)); !errors.As(err, &noRoom) {
		t.Errorf("elsewhere: got %v, want a NoRoomError", err)
	}
	if err := p.RequireEverywhere(moderation.See); !errors.As(err, &forbidden) {
		t.Errorf("everywhere: got %v, want a ForbiddenError", err)
	}
	all := moderation.Principal{Grants: moderation.Everything()}
	if err := all.RequireEverywhere(moderation.Administer); err != nil {
		t.Errorf("administrator: got %v, want none", err)
	}
}
