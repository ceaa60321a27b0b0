package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/web/store/storetest"
)

// What is guessed first cannot be chosen, and the words say what to do.
func TestCommonPasswords(t *testing.T) {
	tests := []struct {
		password string
		common   bool
	}{
		{"password", true},
		{"PassWord", true},
		{"12345678", true},
		{"password1", true},
		{"Sunshine2024", true},
		{"!!sunshine!!", true},
		{"11111111", true},
		{"sunshine20241", false},
		{"good night Romeo", false},
		{"sunshine on a rainy day", false},
		{"71629405", false},
		{"3f9c0ab7", false},
	}
	s := open(t, store.Options{URL: storetest.SQLite(t), NoAudit: true, Create: true})
	addOperator(t, s, "nurse")
	for i, tt := range tests {
		t.Run(tt.password, func(t *testing.T) {
			operator := addOperator(t, s, fmt.Sprint("changes", i))
			_, added := s.AddOperator(t.Context(), fmt.Sprint("added", i), tt.password, moderation.Everything())
			reset := s.SetPassword(t.Context(), "nurse", tt.password)
			_, changed := s.ChangePassword(t.Context(), operator, tt.password)
			for what, err := range map[string]error{"add": added, "reset": reset, "change": changed} {
				var rule *store.RuleError
				refused := errors.As(err, &rule) && strings.Contains(rule.Rule, "common")
				if refused != tt.common || (!refused && err != nil) {
					t.Errorf("%s: error %v, want a common password: %v", what, err, tt.common)
				}
			}
		})
	}
}
