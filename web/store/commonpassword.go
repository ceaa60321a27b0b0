package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ccojocar/zxcvbn-go/data"
)

// maxEnding is how many digits and signs around a common password leave it one,
// such as those of "sunshine1!".
const maxEnding = 4

// isCommonPassword tells whether a password is one of those that are tried
// first, by the list of zxcvbn, whatever the case of its letters and with a few
// digits and signs around it.
//
// The list is read each time, which is seldom, so that it takes no memory.
func isCommonPassword(password string) (bool, error) {
	text, err := data.Asset("data/Passwords.json")
	if err != nil {
		return false, fmt.Errorf("list of common passwords: %w", err)
	}
	var common struct{ List []string }
	if err := json.Unmarshal(text, &common); err != nil {
		return false, fmt.Errorf("list of common passwords: %w", err)
	}
	whole := strings.ToLower(password)
	if slices.Contains(common.List, whole) {
		return true, nil
	}
	word := strings.TrimFunc(whole, func(r rune) bool { return !unicode.IsLetter(r) })
	ending := utf8.RuneCountInString(whole) - utf8.RuneCountInString(word)
	return ending <= maxEnding && slices.Contains(common.List, word), nil
}
