package web_test

import (
	"database/sql"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muckick/web/store/storetest"
)

// changePassword sends the form for a new password.
func changePassword(t *testing.T, b *browser, current, password string) page {
	t.Helper()
	return b.do(t, http.MethodPost, "/account/password",
		url.Values{"csrf": {b.csrf(t)}, "current": {current}, "password": {password}, "repeat": {password}})
}

// Whoever knows the current password is no guesser, however often the new one
// breaks a rule.
func TestNewPasswordAgainstTheRules(t *testing.T) {
	here := newEmbedded(t).site(t)
	b := signIn(t, here)
	for range 10 {
		if got := changePassword(t, b, operatorPassword, "short"); got.status != http.StatusBadRequest {
			t.Fatalf("got %d, want 400", got.status)
		}
	}
	signIn(t, here)
	for range 5 {
		if got := changePassword(t, b, "wrong password", "long enough for all"); got.status != http.StatusForbidden {
			t.Fatalf("wrong: got %d, want 403", got.status)
		}
	}
	if got := changePassword(t, b, operatorPassword, "long enough for all"); got.status != http.StatusTooManyRequests {
		t.Errorf("after wrong ones: got %d, want 429", got.status)
	}
}

// A password that was changed is reported as changed, even if the attempt
// cannot be noted as a success.
func TestNewPasswordWithoutNote(t *testing.T) {
	database := storetest.SQLite(t)
	here := serveFrom(t, newEmbedded(t).connect(t), database)
	b := signIn(t, here)
	db, err := sql.Open("sqlite", strings.TrimPrefix(database, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{
		`CREATE TRIGGER no_insert BEFORE INSERT ON login_addresses BEGIN SELECT RAISE(ABORT, 'not now'); END`,
		`CREATE TRIGGER no_delete BEFORE DELETE ON login_failures BEGIN SELECT RAISE(ABORT, 'not now'); END`,
	} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	if got := changePassword(t, b, operatorPassword, "another good password"); got.status != http.StatusSeeOther {
		t.Errorf("got %d, want 303", got.status)
	}
	if _, err := here.store.Authenticate(t.Context(), operatorName, "another good password"); err != nil {
		t.Errorf("the new password: %v", err)
	}
}
