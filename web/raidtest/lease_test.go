package raidtest

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// expireLeases makes the lease of a dead replica that has jobs run out at once.
func expireLeases(t testing.TB, url string) {
	t.Helper()
	if !strings.HasPrefix(url, "postgres:") {
		return // the next process on the file ends that of the former one
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), `UPDATE replicas SET expires = 1 WHERE id IN (SELECT replica FROM jobs WHERE ended = 0)`); err != nil {
		t.Fatal(err)
	}
}
