package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBackupCommands(t *testing.T) {
	database, backup := newDatabase(t), filepath.Join(t.TempDir(), "backup.db")
	foreign := writeFile(t, "foreign", "")
	alter(t, foreign, `CREATE TABLE songs (title TEXT)`)
	steps := []struct {
		args, input string
		status      int
		want        string // in what it writes
	}{
		{"backup " + backup, "", exitFailed, "muckick: store: backup: there is no file " + strings.TrimPrefix(database, "sqlite:") + "\n"},
		{"operator add alice --create", "correct horse\n", exitOK, "alice can sign in now"},
		{"backup " + backup, "", exitOK, "is copied to " + backup},
		{"backup " + backup, "", exitFailed, backup + " exists already, and is left alone"},
		{"operator add bob --as administrator", "correct horse\n", exitOK, "bob can sign in now"},
		{"operator remove alice", "", exitOK, "alice is removed"},
		{"restore " + backup, "", exitOK, "is kept as " + strings.TrimPrefix(database, "sqlite:") + ".before-"},
		{"operator list", "", exitOK, "alice  enabled"},
		{"restore " + writeFile(t, "junk", "no database at all"), "", exitFailed, "no SQLite database"},
		{"operator list", "", exitOK, "alice  enabled"},
		{"restore .", "", exitFailed, "muckick: store: restore: . is a folder, not a database\n"},
		{"restore /nonexistent", "", exitFailed, "muckick: store: restore: there is no file /nonexistent\n"},
		{"restore " + writeFile(t, "empty", ""), "", exitFailed, "no database of muckick: it is empty"},
		{"restore " + foreign, "", exitFailed, "no database of muckick, but another program's\n"},
		{"backup /nonexistent/copy", "", exitFailed, "muckick: store: backup: there is no folder /nonexistent\n"},
		{"operator list", "", exitOK, "alice  enabled"},
		{"backup " + backup + " --store postgres://h/d", "", exitFailed, "use pg_dump"},
		{"backup", "", exitUsage, "the FILE is missing"},
	}
	for _, tt := range steps {
		got := administerAs(t, database, tt.input, strings.Fields(tt.args)...)
		if got.status != tt.status || !strings.Contains(got.stdout+got.stderr, tt.want) {
			t.Errorf("%s: status %d, want %d; want %q in\n%s%s", tt.args, got.status, tt.status, tt.want, got.stdout, got.stderr)
		}
	}
	if info, err := os.Stat(backup); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v, want a file for its owner only", info, err)
	}
}

// TestRestoreBesideServer wants a server's database left alone.
func TestRestoreBesideServer(t *testing.T) {
	database, backup := newDatabase(t), filepath.Join(t.TempDir(), "backup.db")
	openBeside(t, database)
	if got := administerAs(t, database, "", "backup", backup); got.status != exitOK {
		t.Fatalf("%+v", got)
	}
	got := administerAs(t, database, "", "restore", backup)
	if want := "a server runs on the database"; got.status != exitFailed || !strings.Contains(got.stderr, want) {
		t.Errorf("got %+v, want %q", got, want)
	}
}
