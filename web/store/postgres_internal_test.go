package store

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"muckick/web/store/storetest"
)

// Every connection has its limits and its isolation, whatever the server's defaults;
// the URL may say otherwise.
func TestPostgresSettings(t *testing.T) {
	url := storetest.Postgres(t)
	names := []string{
		"application_name", "default_transaction_isolation", "lock_timeout", "statement_timeout",
		"idle_in_transaction_session_timeout", "synchronous_commit",
	}
	const server = "&options=-c%20default_transaction_isolation%3Dserializable%20-c%20synchronous_commit%3Doff"
	ours := map[string]string{
		"application_name": "muckick", "default_transaction_isolation": "read committed", "lock_timeout": "5s",
		"statement_timeout": "1min", "idle_in_transaction_session_timeout": "1min", "synchronous_commit": "on",
	}
	with := func(base map[string]string, changes map[string]string) map[string]string {
		all := make(map[string]string)
		for _, m := range []map[string]string{base, changes} {
			for name, value := range m {
				all[name] = value
			}
		}
		return all
	}
	unflushed := map[string]string{"synchronous_commit": "off"}
	tests := []struct {
		name, url string
		want      map[string]string
	}{
		{"plain", url, ours},
		{"where the server has other defaults", url + server, ours},
		{"where the URL says otherwise", url + "&lock_timeout=1000&application_name=other",
			with(ours, map[string]string{"lock_timeout": "1s", "application_name": "other"})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := Open(t.Context(), Options{URL: tt.url})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			b := s.backend.(*postgresBackend)
			migrations, err := pgxpool.NewWithConfig(t.Context(), b.patient)
			if err != nil {
				t.Fatal(err)
			}
			defer migrations.Close()
			none := map[string]string{"lock_timeout": "0", "statement_timeout": "0", "idle_in_transaction_session_timeout": "0"}
			for _, pool := range []struct {
				name string
				pool *pgxpool.Pool
				want map[string]string
			}{
				{"the store's", b.pool, tt.want},
				{"of searches", b.searches, tt.want},
				{"of flushes", b.flushes, tt.want},
				{"of the audit trail", b.audit, with(tt.want, unflushed)},
				{"of migrations", migrations, with(tt.want, none)},
			} {
				got := make(map[string]string)
				for _, name := range names {
					var value string
					if err := pool.pool.QueryRow(t.Context(), "SHOW "+name).Scan(&value); err != nil {
						t.Fatal(err)
					}
					got[name] = value
				}
				if diff := cmp.Diff(pool.want, got); diff != "" {
					t.Errorf("connections %s (-want +got):\n%s", pool.name, diff)
				}
			}
			var isolation string
			tx, err := b.db.BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := tx.QueryRowContext(t.Context(), "SHOW transaction_isolation").Scan(&isolation); err != nil {
				t.Error(err)
			}
			if err := tx.Rollback(); err != nil {
				t.Error(err)
			}
			if !strings.EqualFold(isolation, "read committed") {
				t.Errorf("a transaction is %s", isolation)
			}
		})
	}
}
