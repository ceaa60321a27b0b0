package moderation_test

import (
	"strings"
	"testing"

	"muckick/web/moderation"
)

func TestParseRule(t *testing.T) {
	tests := []struct {
		text  string
		value string
		want  string // what it grants, or a part of the error
	}{
		{"mods = moderator", "mods", "moderator everywhere"},
		{"  Chat Mods  =  viewer  in  snuggery@chat.example.org ", "Chat Mods", "viewer in snuggery@chat.example.org"},
		{"cn=mods,ou=chat = kick in chat.example.org", "cn=mods,ou=chat", "kick in chat.example.org"},
		{"a = b = audit", "a = b", "audit everywhere"},
		{"root = administrator in *", "root", "administrator everywhere"},
		{"mods", "", "is not of the form"},
		{" = moderator", "", "is not of the form"},
		{"mods=moderator", "", "is not of the form"},
		{"mods = ", "", `grants ""`},
		{"mods = king", "", `grants "king"`},
		{"mods = moderator in @", "", "is no room"},
		{"root = administrator in chat.example.org", "", "only everything"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			rule, err := moderation.ParseRule(tt.text)
			if err != nil {
				if tt.value != "" || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("error %v, want %s", err, tt.want)
				}
				return
			}
			grants, err := moderation.GrantedBy([]moderation.Rule{rule}, []string{"x", rule.Value})
			if got := grants.String(); err != nil || rule.Value != tt.value || got != tt.want {
				t.Errorf("got %q: %s, error %v, want %q: %s", rule.Value, got, err, tt.value, tt.want)
			}
		})
	}
}

func TestGrantedBy(t *testing.T) {
	var rules []moderation.Rule
	for _, text := range []string{"mods = moderator in chat.example.org", "mods = audit", "root = administrator"} {
		rule, err := moderation.ParseRule(text)
		if err != nil {
			t.Fatal(err)
		}
		rules = append(rules, rule)
	}
	tests := []struct {
		values []string
		want   string
	}{
		{nil, "nothing"},
		{[]string{"", "MODS", "mod", "mods "}, "nothing"},
		{[]string{"mods"}, "audit everywhere; moderator in chat.example.org"},
		{[]string{"x", "root", "mods"}, "administrator everywhere; moderator in chat.example.org"},
	}
	for _, tt := range tests {
		got, err := moderation.GrantedBy(rules, tt.values)
		if err != nil || got.String() != tt.want {
			t.Errorf("%q: got %s, error %v, want %s", tt.values, got, err, tt.want)
		}
	}
}
