package moderation_test

import (
	"errors"
	"strings"
	"testing"

	"muckick/web/moderation"
)

func TestNickGlob(t *testing.T) {
	tests := []struct {
		glob, nick string
		want       bool
	}{
		{"spam", "spam", true},
		{"spam", "SPAM", true},
		{"spam", "spam1", false},
		{"spam*", "Spam1", true},
		{"*spam", "eggs and spam", true},
		{"*spam", "spam and eggs", false},
		{"*spam*eggs*", "the spam, then eggs!", true},
		{"*spam*eggs*", "the eggs, then spam!", false},
		{"spam?", "spam1", true},
		{"spam?", "spam", false},
		{"spam?", "spam🙂", true},
		{"s?am*?x", "spam and x", true},
		{"s?am*?x", "spamx", false},
		{"*a?c*", "xxabcxx", true},
		{"*a?c*", "xxabdxx", false},
		{"aa*aa", "aaa", false},
		{"aa*aa", "aaaa", true},
		{"ÄÖ*", "äöü", true},
		{"[a-z]", "b", false},
		{`\*a`, `\x a`, true},
		{"*" + strings.Repeat("a*", 100) + "b", strings.Repeat("a", 1000), false},
		{"*" + strings.Repeat("?a*", 80) + "b", strings.Repeat("a", 1000), false},
	}
	for _, tt := range tests {
		t.Run(tt.glob+" "+tt.nick[:min(10, len(tt.nick))], func(t *testing.T) {
			glob, err := moderation.ParseNickGlob(tt.glob)
			if err != nil {
				t.Fatal(err)
			}
			if got := glob.Match(tt.nick); got != tt.want {
				t.Errorf("%q matches %q: %v, want %v", tt.glob, tt.nick, got, tt.want)
			}
			text, err := glob.MarshalText()
			if err != nil {
				t.Fatal(err)
			}
			var read moderation.Glob
			if err := read.UnmarshalText(text); err != nil || read.Match(tt.nick) != tt.want {
				t.Errorf("read back: %v, error %v", read, err)
			}
		})
	}
}

func TestGlobRefused(t *testing.T) {
	tests := []struct {
		name  string
		parse func(string) (moderation.Glob, error)
		text  string
	}{
		{"everybody", moderation.ParseNickGlob, "*"},
		{"everybody by another name", moderation.ParseNickGlob, "?*"},
		{"nothing", moderation.ParseNickGlob, ""},
		{"too long", moderation.ParseNickGlob, strings.Repeat("x", 257)},
		{"not UTF-8", moderation.ParseNickGlob, "a\xff"},
		{"control character", moderation.ParseNickGlob, "a\x00"},
		{"all accounts", moderation.ParseAccountGlob, "*@*"},
		{"all accounts with a dot", moderation.ParseAccountGlob, "*@*.?"},
		{"no account", moderation.ParseAccountGlob, "spam*"},
		{"full address", moderation.ParseAccountGlob, "spam@*/x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var refused *moderation.SelectionError
			if _, err := tt.parse(tt.text); !errors.As(err, &refused) {
				t.Errorf("got %v, want a SelectionError", err)
			}
		})
	}
}

// A nick that was made to be slow to compare is not.
func BenchmarkHostileNick(b *testing.B) {
	glob, err := moderation.ParseNickGlob("*" + strings.Repeat("a*", 127))
	if err != nil {
		b.Fatal(err)
	}
	nick := strings.Repeat("a", 120) + strings.Repeat("b", 900)
	for b.Loop() {
		glob.Match(nick)
	}
}
