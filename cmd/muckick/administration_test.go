package main

import (
	"database/sql"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"muckick/web/store"
	"muckick/xmpp"
)

// newDatabase returns the URL of an SQLite database that does not exist yet.
func newDatabase(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "muckick.db")
}

// administerAs runs a command on a database, with a line of standard input.
func administerAs(t *testing.T, database, input string, args ...string) outcome {
	t.Helper()
	return commandWith(t, strings.NewReader(input), []string{"MUCKICK_STORE=" + database}, args...)
}

// openBeside opens a database as a server would that runs beside.
func openBeside(t *testing.T, database string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{URL: database})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// The trail tells what was done at the command line.
func TestCommandsAreOnTheTrail(t *testing.T) {
	database := newDatabase(t)
	if got := administerAs(t, database, "correct horse\n", "operator", "add", "alice", "--create"); got.status != exitOK {
		t.Fatalf("got %+v", got)
	}
	events, _, err := openBeside(t, database).Events(t.Context(), store.EventFilter{Kind: store.OperatorAdded}, store.Page{})
	if err != nil || len(events) != 1 {
		t.Fatalf("got %d events and error %v, want one", len(events), err)
	}
	account, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := events[0].Actor, (store.Actor{Kind: store.ByCommand, Name: account.Username}); got != want {
		t.Errorf("by %+v, want %+v", got, want)
	}
}

// A command that changes who may do what makes nothing in a database that is none of
// muckick's.
func TestCommandsMakeNoDatabase(t *testing.T) {
	foreign := filepath.Join(t.TempDir(), "foreign.db")
	if got := administerAs(t, "sqlite:"+foreign, "correct horse\n", "operator", "add", "alice", "--create"); got.status != exitOK {
		t.Fatalf("got %+v", got)
	}
	alter(t, foreign, `DROP TABLE attempts`)
	empty, short := writeFile(t, "empty", ""), writeFile(t, "short", "x")
	tests := []struct{ database, args, want string }{
		{foreign, "operator list", "no database of muckick, but another program's: " + foreign},
		{foreign, "operator add alice --create", "no database of muckick, but another program's: " + foreign},
		{empty, "operator list", "no database of muckick: it is empty: " + empty},
		{empty, "operator add alice", "--create does here"},
		{short, "operator add alice --create", "no SQLite database: " + short},
		{empty, "operator add alice --create", ""},
	}
	for _, tt := range tests {
		status := exitFailed
		if tt.want == "" {
			status = exitOK
		}
		got := administerAs(t, "sqlite:"+tt.database, "correct horse\n", strings.Fields(tt.args)...)
		if got.status != status || !strings.Contains(got.stderr, tt.want) {
			t.Errorf("%s on %s: got %+v, want status %d and %q", tt.args, tt.database, got, status, tt.want)
		}
	}
}

// alter changes an SQLite file beside muckick.
func alter(t *testing.T, file, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

func TestOperatorCommands(t *testing.T) {
	database := newDatabase(t)
	steps := []struct {
		args   string
		input  string
		status int
		want   string // in what it writes
	}{
		{"operator list", "", exitFailed, "there is no database " + strings.TrimPrefix(database, "sqlite:")},
		{"operator add alice", "correct horse\n", exitFailed, "\"muckick serve\" makes it when it starts, or --create does here"},
		{"operator list", "", exitFailed, "there is no database"}, // still
		{"operator add alice --create", "correct horse\nbattery\n", exitOK, "alice can sign in now"},
		{"operator add alice", "correct horse\n", exitFailed, `the operator "alice" exists already`},
		{"operator add ALICE", "correct horse\n", exitFailed, `the operator "ALICE" exists already`},
		{"operator add bob", "short\n", exitFailed, "password must have at least 8 characters"},
		{"operator add bob", "password1\n", exitFailed, "password must not be one of the common ones"},
		{"operator add bob", "", exitFailed, "standard input has no password"},
		{"operator add bob", "\n", exitFailed, "password must have at least 8 characters"},
		{"operator add bob", "unterminated line", exitOK, "bob can sign in now"},
		{"operator list", "", exitOK, "alice  enabled"},
		{"operator disable bob", "", exitOK, "bob is signed out everywhere"},
		{"operator list", "", exitOK, "bob    disabled"},
		{"operator enable bob", "", exitOK, "bob can sign in again"},
		{"operator passwd bob", "zebra stripes\r\n", exitOK, "bob has a new password"},
		{"operator passwd carol", "zebra stripes\n", exitFailed, `there is no operator "carol"`},
		{"operator disable carol", "", exitFailed, `there is no operator "carol"`},
		{"operator enable carol", "", exitFailed, `there is no operator "carol"`},
		{"operator reset-factor carol", "", exitFailed, `there is no operator "carol"`},
		{"operator reset-factor bob", "", exitFailed, "bob has no second factor"},
		{"operator remove carol", "", exitFailed, `there is no operator "carol"`},
		{"operator remove alice", "", exitFailed, "alice is the last administrator who can sign in"},
		{"operator disable alice", "", exitFailed, "alice is the last administrator who can sign in"},
		{"operator grant bob administrator", "", exitOK, "bob is administrator everywhere"},
		{"operator remove alice", "", exitOK, "alice is removed"},
		{"operator revoke bob administer", "", exitFailed, "bob is the last administrator who can sign in"},
		{"operator add eve --as king", "correct horse\n", exitFailed, `"king" cannot be granted`},
		{"operator add eve --as viewer --in snuggery@chat.example.org", "correct horse\n", exitOK, "eve can sign in now, as viewer in snuggery@chat.example.org"},
		{"operator grant eve kick mute --in chat.example.org,garden@chat.example.net", "", exitOK, "kick, mute in chat.example.org; kick, mute in garden@chat.example.net; viewer in snuggery@chat.example.org"},
		{"operator revoke eve kick --in snuggery@chat.example.org", "", exitFailed, `"kick" is granted in chat.example.org, and cannot be taken away in snuggery@chat.example.org alone`},
		{"operator revoke eve kick mute", "", exitOK, "eve is viewer in snuggery@chat.example.org."},
		{"operator grant eve administrator --in chat.example.org", "", exitFailed, "only everything"},
		{"operator grant eve viewer --in @", "", exitFailed, `scope "@" is no room`},
		{"operator list", "", exitOK, "viewer in snuggery@chat.example.org"},
		{"operator grant eve", "", exitUsage, "what eve may do is missing"},
		{"operator grant", "", exitUsage, "the NAME is missing"},
		{"operator grant carol viewer", "", exitFailed, `there is no operator "carol"`},
		{"operator add", "", exitUsage, "the NAME is missing"},
		{"operator add a b", "", exitUsage, "one NAME is expected, not 2"},
		{"operator list all", "", exitUsage, `unexpected argument "all"`},
		{"operator lsit", "", exitUsage, "did you mean list?"},
		{"operator", "", exitOK, "add NAME"},
	}
	for _, tt := range steps {
		got := administerAs(t, database, tt.input, strings.Fields(tt.args)...)
		if got.status != tt.status || !strings.Contains(got.stdout+got.stderr, tt.want) {
			t.Errorf("%s: status %d, want %d; want %q in\n%s%s", tt.args, got.status, tt.status, tt.want, got.stdout, got.stderr)
		}
		for _, secret := range []string{"horse", "battery", "short", "unterminated", "zebra"} {
			if strings.Contains(got.stdout+got.stderr, secret) {
				t.Errorf("%s: the password shows in\n%s%s", tt.args, got.stdout, got.stderr)
			}
		}
	}
	s := openBeside(t, database)
	if _, err := s.Authenticate(t.Context(), "bob", "zebra stripes"); err != nil {
		t.Errorf("bob with the new password: %v", err)
	}
	if _, err := s.Authenticate(t.Context(), "alice", "correct horse"); err == nil {
		t.Error("alice can still sign in, though removed")
	}
}

// Whoever lost their second factor signs in with the password alone again.
func TestResetFactor(t *testing.T) {
	database := newDatabase(t)
	if got := administerAs(t, database, "correct horse\n", "operator", "add", "alice", "--create"); got.status != exitOK {
		t.Fatal(got.stderr)
	}
	server := openBeside(t, database)
	alice, err := server.Authenticate(t.Context(), "alice", "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	_, session, err := server.StartSession(t.Context(), alice, store.Client{})
	if err != nil {
		t.Fatal(err)
	}
	if err := server.BeginFactor(t.Context(), session); err != nil {
		t.Fatal(err)
	}
	secret, err := server.FactorSecret(t.Context(), session)
	if err != nil {
		t.Fatal(err)
	}
	code, err := totp.GenerateCode(secret, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := server.ConfirmFactor(t.Context(), session, code); err != nil {
		t.Fatal(err)
	}
	if got := administerAs(t, database, "", "operator", "list"); !strings.Contains(got.stdout, "password and code") {
		t.Errorf("the list does not tell of it:\n%s", got.stdout)
	}
	if got := administerAs(t, database, "", "operator", "reset-factor", "ALICE"); got.status != exitOK || !strings.Contains(got.stdout, "password alone") {
		t.Errorf("got %+v", got)
	}
	if got, err := server.Authenticate(t.Context(), "alice", "correct horse"); err != nil || got.SecondFactor {
		t.Errorf("got a second factor %v, error %v, want none", got.SecondFactor, err)
	}
}

func TestOperatorCommandsBesideServer(t *testing.T) {
	database := newDatabase(t)
	server := openBeside(t, database)
	id, err := server.Intend(t.Context(), store.Intent{Actor: store.Actor{Kind: store.ByAPI}, Room: "a@b", Nick: "c"})
	if err != nil {
		t.Fatal(err)
	}
	if got := administerAs(t, database, "correct horse\n", "operator", "add", "alice"); got.status != exitOK {
		t.Fatal(got.stderr)
	}
	if _, err := server.Authenticate(t.Context(), "alice", "correct horse"); err != nil {
		t.Errorf("the server does not know alice: %v", err)
	}
	attempt, err := server.Attempt(t.Context(), id)
	if err != nil || attempt.Outcome != xmpp.Pending {
		t.Errorf("got %q, %v; want the server's attempt left alone", attempt.Outcome, err)
	}
}

func TestTokenCommands(t *testing.T) {
	database := newDatabase(t)
	added := administerAs(t, database, "", "token", "add", "spam-filter", "--create")
	secret := strings.TrimSuffix(added.stdout, "\n")
	if added.status != exitOK || !regexp.MustCompile(`^`+store.TokenPrefix+`\S+$`).MatchString(secret) {
		t.Fatalf("status %d, standard output %q, want the token and nothing else", added.status, added.stdout)
	}
	if strings.Contains(added.stderr, secret) {
		t.Errorf("the token shows twice: %s", added.stderr)
	}
	s := openBeside(t, database)
	if got, err := s.Token(t.Context(), secret); err != nil || got.Name != "spam-filter" || got.CreatedBy != tokenCreator {
		t.Errorf("got %+v, %v", got, err)
	}
	steps := []struct {
		args   string
		status int
		want   string
	}{
		{"token add spam-filter", exitFailed, `the token "spam-filter" exists already`},
		{"token list", exitOK, "spam-filter  in force"},
		{"token revoke nobody", exitFailed, `there is no token in force "nobody"`},
		{"token revoke spam-filter", exitOK, `The token "spam-filter" is revoked.`},
		{"token revoke spam-filter", exitFailed, `there is no token in force "spam-filter"`},
		{"token list", exitOK, "spam-filter  revoked "},
		{"token revoke", exitUsage, "the NAME is missing"},
	}
	for _, tt := range steps {
		got := administerAs(t, database, "", strings.Fields(tt.args)...)
		if got.status != tt.status || !strings.Contains(got.stdout+got.stderr, tt.want) {
			t.Errorf("%s: status %d, want %d; want %q in\n%s%s", tt.args, got.status, tt.status, tt.want, got.stdout, got.stderr)
		}
		if strings.Contains(got.stdout+got.stderr, secret) {
			t.Errorf("%s shows the token again", tt.args)
		}
	}
	if _, err := s.Token(t.Context(), secret); err == nil {
		t.Error("the revoked token is still in force")
	}
}

func TestAdministrationNeedsDatabaseOfItsOwn(t *testing.T) {
	got := administerAs(t, "sqlite::memory:", "correct horse\n", "operator", "add", "alice")
	if want := "a database in memory belongs to the process that serves it"; got.status != exitFailed || !strings.Contains(got.stderr, want) {
		t.Errorf("status %d, %q; want %q", got.status, got.stderr, want)
	}
	got = administerAs(t, "sqlite:/nonexistent/muckick.db", "correct horse\n", "operator", "add", "alice")
	if want := "/nonexistent/muckick.db"; got.status != exitFailed || !strings.Contains(got.stderr, want) {
		t.Errorf("status %d, %q; want %q", got.status, got.stderr, want)
	}
}

func TestAdministrationHidesDatabasePassword(t *testing.T) {
	got := administerAs(t, "postgres://root:tr0ub4dor@127.0.0.1:1/muckick", "correct horse\n", "operator", "add", "alice")
	if got.status != exitFailed || strings.Contains(got.stdout+got.stderr, "tr0ub4dor") {
		t.Errorf("status %d, %q", got.status, got.stderr)
	}
}
