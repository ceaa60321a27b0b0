package store

import (
	"strings"
	"testing"

	"muckick/web/moderation"
	"muckick/web/store/storetest"
	"muckick/xmpp"
)

// Each part of a filter that is said to have an index is answered by it, whatever
// the database thinks of the rows that it has.
func TestFiltersHaveIndexes(t *testing.T) {
	inRoom, err := moderation.ParseScope("snuggery@chat.example.org")
	if err != nil {
		t.Fatal(err)
	}
	onService, err := moderation.ParseScope("chat.example.org")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		filter Filter
		want   string
	}{
		{Filter{Actor: "nurse"}, "attempts_actor"},
		{Filter{Room: "snuggery@chat.example.org"}, "attempts_room"},
		{Filter{Nick: "Bob"}, "attempts_nick"},
		{Filter{RealJID: "bob@example.org"}, "attempts_real"},
		{Filter{Effect: "1"}, "attempts_effect"},
		{Filter{Job: "1"}, "attempts_job"},
		{Filter{Kind: ByToken}, "attempts_kind"},
		{Filter{Action: xmpp.ActionBan}, "attempts_action"},
		{Filter{Outcome: xmpp.Pending}, "attempts_outcome"},
		{Filter{Outcome: xmpp.Unknown}, "attempts_outcome"},
		{Filter{Within: []moderation.Scope{inRoom}}, "attempts_room"},
		{Filter{Within: []moderation.Scope{onService}}, "attempts_service"},
		{Filter{Within: []moderation.Scope{onService, inRoom}}, "attempts_service"},
	}
	for name, url := range map[string]string{"sqlite": storetest.SQLite(t), "postgres": storetest.Postgres(t)} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(t.Context(), Options{URL: url, NoAudit: true, Create: true})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			for _, tt := range tests {
				parts := tt.filter.parts(s.backend)
				if len(parts) != 1 {
					t.Fatalf("%+v has %d parts, want 1", tt.filter, len(parts))
				}
				var c conditions
				parts[0].served(&c)
				got := explain(t, s, `SELECT 1 FROM attempts`+c.where()+` LIMIT 5000`, c.args)
				// SQLite says SCAN when it reads a whole index.
				if !strings.Contains(got, tt.want+" ") || strings.Contains(got, "SCAN attempts") {
					t.Errorf("%+v is answered by %q, want %s", tt.filter, got, tt.want)
				}
			}
		})
	}
}

// Two parts of a filter are answered from one index, where many rows pass each of them.
func TestPairsOfFiltersReadOneIndex(t *testing.T) {
	inRoom, err := moderation.ParseScope("snuggery@chat.example.org")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		filter Filter
		want   string
	}{
		{Filter{Nick: "Bob", Actor: "nurse"}, "attempts_nick"},
		{Filter{Nick: "Bob", Room: "snuggery@chat.example.org"}, "attempts_nick"},
		{Filter{Nick: "Bob", Kind: ByToken}, "attempts_nick"},
		{Filter{Nick: "Bob", Outcome: xmpp.Unknown}, "attempts_nick"},
		{Filter{Nick: "Bob", Action: xmpp.ActionBan}, "attempts_nick"},
		{Filter{Nick: "Bob", Within: []moderation.Scope{inRoom}}, "attempts_nick"},
		{Filter{Outcome: xmpp.Unknown, Action: xmpp.ActionBan}, "attempts_outcome"},
		{Filter{Outcome: xmpp.Unknown, Room: "snuggery@chat.example.org"}, "attempts_outcome"},
		{Filter{Action: xmpp.ActionBan, Actor: "nurse"}, "attempts_action"},
		{Filter{Action: xmpp.ActionBan, Room: "snuggery@chat.example.org"}, "attempts_action"},
		{Filter{Actor: "nurse", Room: "snuggery@chat.example.org"}, "attempts_actor"},
		{Filter{Actor: "nurse", Kind: ByToken}, "attempts_actor"},
		{Filter{Room: "snuggery@chat.example.org", Kind: ByToken}, "attempts_room"},
		{Filter{Kind: ByToken, Within: []moderation.Scope{inRoom}}, "attempts_room"},
	}
	s, err := Open(t.Context(), Options{URL: storetest.SQLite(t), NoAudit: true, Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, tt := range tests {
		var c conditions
		for i, part := range tt.filter.parts(s.backend) {
			part.add(&c, i == 0)
		}
		got := explain(t, s, `SELECT id FROM attempts`+c.where()+` ORDER BY id DESC LIMIT 100`, c.args)
		if want := "SEARCH attempts USING COVERING INDEX " + tt.want + " "; !strings.HasPrefix(got, want) {
			t.Errorf("%+v is answered by %q, want %q", tt.filter, got, want)
		}
	}
}

// explain returns how a database answers a query, when it does not take the whole
// table because that is small.
func explain(t *testing.T, s *Store, query string, args []any) string {
	t.Helper()
	tx, err := s.backend.reader().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback() //nolint:errcheck // it reads only
	command, columns := `EXPLAIN QUERY PLAN `, 4
	if _, isPostgres := s.backend.(*postgresBackend); isPostgres {
		command, columns = `EXPLAIN `, 1
		if _, err := tx.ExecContext(t.Context(), `SET LOCAL enable_seqscan = off`); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := tx.QueryContext(t.Context(), command+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := scanAll(rows, func(r row) (line string, err error) {
		into := make([]any, columns)
		for i := range into {
			into[i] = new(any)
		}
		into[columns-1] = &line
		return line, r.Scan(into...)
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}
