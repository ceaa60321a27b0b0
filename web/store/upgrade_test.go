package store_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/xmpp"
)

// released is the schema of the first release: what came later is not applied.
const released = 1

// fillReleased writes what the first release writes, by its own statements.
func fillReleased(t *testing.T, s *store.Store) {
	t.Helper()
	at := start.UnixMicro()
	for _, statement := range []struct {
		text string
		args []any
	}{
		{releasedIntent, []any{"0pgdoidbsp6o1j6cpk22qrcb", at, "old", "operator", "nurse", "192.0.2.7",
			"snuggery@chat.example.org", "Bob", "bob@example.org/phone", "bob@example.org", "Crumbs"}},
		{`UPDATE attempts SET outcome = 'kicked', duration_us = 1234 WHERE id = $1`, []any{"0pgdoidbsp6o1j6cpk22qrcb"}},
		{releasedIntent, []any{"0pgdoidbsp6o1j6cpk22qrcc", at, "gone", "api", "", "192.0.2.8",
			"snuggery@chat.example.org", "Carol", "", "", ""}},
		{`INSERT INTO operators (id, name, name_key, password, disabled, epoch, created) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			[]any{"0pgdoidbsp6o1j6cpk22qrcd", "Nurse", "nurse", cheap.Hash("good night Romeo"), false, 1, at}},
		{`INSERT INTO tokens (id, name, name_key, hash, created_by, created, last_used, revoked) VALUES ($1, $2, $3, $4, $5, $6, 0, 0)`,
			[]any{"0pgdoidbsp6o1j6cpk22qrce", "CI", "ci", store.HashSecret("muckick_released"), "Nurse", at}},
		{`INSERT INTO keys (name, value) VALUES ('cookie-hash', $1)`, []any{bytes.Repeat([]byte{7}, 64)}},
	} {
		tamper(t, s, statement.text, statement.args...)
	}
}

const releasedIntent = `INSERT INTO attempts (id, at, replica, actor_kind, actor, address,
	room, nick, real_jid, real_bare, reason, outcome, detail, duration_us)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'pending', '', 0)`

func TestUpgrade(t *testing.T) {
	onEachServerOrFile(t, func(t *testing.T, url string) {
		old := store.OpenSchema(t, url, released)
		fillReleased(t, old)
		if err := old.Close(); err != nil {
			t.Fatal(err)
		}

		_, err := store.Open(t.Context(), store.Options{URL: url, NoAudit: true})
		if !errors.Is(err, store.ErrOldSchema) {
			t.Errorf("a command on an old schema: error %v, want ErrOldSchema", err)
		}

		s := open(t, store.Options{URL: url})
		got := outcomes(t, s)
		want := map[string]xmpp.Outcome{"0pgdoidbsp6o1j6cpk22qrcb": xmpp.Done, "0pgdoidbsp6o1j6cpk22qrcc": xmpp.Unknown}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
		kept := must[store.Attempt](t)(s.Attempt(t.Context(), "0pgdoidbsp6o1j6cpk22qrcb"))
		if diff := cmp.Diff(store.Attempt{
			ID: "0pgdoidbsp6o1j6cpk22qrcb", Time: start, Outcome: xmpp.Done, Duration: 1234 * time.Microsecond,
			Intent: store.Intent{
				Actor: store.Actor{Kind: store.ByOperator, Name: "nurse"}, Address: "192.0.2.7", Action: xmpp.ActionKick,
				Room: "snuggery@chat.example.org", Nick: "Bob", RealJID: "bob@example.org/phone", Reason: "Crumbs",
			},
		}, kept); diff != "" {
			t.Errorf("attempt (-want +got):\n%s", diff)
		}
		// Who was there before there were grants may do what they could.
		nurse := must[store.Operator](t)(s.Authenticate(t.Context(), "nurse", "good night Romeo"))
		expectGrants(t, "operator", nurse.Grants, moderation.Everything())
		token := must[store.Token](t)(s.Token(t.Context(), "muckick_released"))
		expectGrants(t, "token", token.Grants, moderation.KickEverywhere())
		if keys := must[store.CookieKeys](t)(s.CookieKeys(t.Context())); !bytes.Equal(keys.Hash, bytes.Repeat([]byte{7}, 64)) {
			t.Error("the cookies' key is another")
		}
		must[store.AttemptID](t)(s.Intend(t.Context(), intent()))
	})
}

// A replica that runs goes on when a newer one brings the schema up to date.
func TestRollingUpgrade(t *testing.T) {
	onEachServerOrFile(t, func(t *testing.T, url string) {
		old := store.OpenSchema(t, url, released)
		fillReleased(t, old)
		s := open(t, store.Options{URL: url, Replica: "new"}.Shared())
		tamper(t, old, releasedIntent, "0pgdoidbsp6o1j6cpk22qrcf", start.UnixMicro(), "old", "api", "", "192.0.2.8",
			"snuggery@chat.example.org", "Dave", "", "", "")
		tamper(t, old, `UPDATE attempts SET outcome = 'refused' WHERE id = '0pgdoidbsp6o1j6cpk22qrcf'`)
		expectOutcome(t, s, "0pgdoidbsp6o1j6cpk22qrcf", xmpp.Refused)
		if err := old.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// Whoever begins with an empty database by mistake is told so.
func TestNewDatabaseIsSaid(t *testing.T) {
	onEachServerOrFile(t, func(t *testing.T, url string) {
		var log bytes.Buffer
		for _, want := range []bool{true, false} {
			log.Reset()
			logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
			s, err := store.Open(context.WithoutCancel(t.Context()), store.Options{URL: url, Logger: logger})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(log.String(), "no operators"); got != want {
				t.Errorf("said %v, want %v: %s", got, want, log.String())
			}
		}
	})
}
