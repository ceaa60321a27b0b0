package moderation_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"muckick/web/moderation"
	"muckick/web/store"
	"muckick/xmpp"
)

// errDatabase is what a database says, for the log alone.
var errDatabase = errors.New("ERROR: canceling statement due to lock timeout (SQLSTATE 55P03)")

// A brokenStore fails in one call, once it is told which.
type brokenStore struct {
	moderation.Effects
	moderation.Trail
	broken atomic.Value // the call: a string
}

func (b *brokenStore) fail(call string) error {
	if b.broken.Load() == call {
		return errDatabase
	}
	return nil
}

func (b *brokenStore) BeginEffect(ctx context.Context, e moderation.Effect) error {
	if err := b.fail("begin"); err != nil {
		return err
	}
	return b.Effects.BeginEffect(ctx, e)
}

func (b *brokenStore) SetGranted(ctx context.Context, id moderation.EffectID, granted []moderation.Stayer) error {
	if err := b.fail("grant"); err != nil {
		return err
	}
	return b.Effects.SetGranted(ctx, id, granted)
}

func (b *brokenStore) Effect(ctx context.Context, id moderation.EffectID) (moderation.Effect, error) {
	e, err := b.Effects.Effect(ctx, id)
	return e, cmp.Or(b.fail("find"), err)
}

func (b *brokenStore) EndEffect(ctx context.Context, e moderation.Effect) error {
	if err := b.fail("end"); err != nil {
		return err
	}
	return b.Effects.EndEffect(ctx, e)
}

func (b *brokenStore) Intend(ctx context.Context, intent moderation.Intent) (moderation.AttemptID, error) {
	if err := b.fail("intend " + string(intent.Action)); err != nil {
		return "", err
	}
	return b.Trail.Intend(ctx, intent)
}

// brokenLists is a broken store whose lists fail too.
type brokenLists struct{ *brokenStore }

func (b brokenLists) Effects(ctx context.Context, filter moderation.EffectFilter, limit int) ([]moderation.Effect, error) {
	list, err := b.brokenStore.Effects.Effects(ctx, filter, limit)
	return list, cmp.Or(b.fail("list "+string(filter.Action)), err)
}

// What a database says of its failure is in the log, and nowhere that pages and
// exports show.
func TestDatabaseWordsStayInTheLog(t *testing.T) {
	ends := func(s *scene) { s.sleep(2 * time.Minute) }
	locked := func(s *scene) {
		s.do(s.order(xmpp.ActionLock, "", time.Minute), xmpp.Done)
		s.come("Zed")
	}
	for _, tt := range []struct {
		name   string
		first  func(s *scene)
		broken string
		then   func(s *scene)
		atEdge bool // it is returned to who gave the order, who logs it
	}{
		{"an effect that is not recorded", nil, "begin", func(s *scene) { s.do(s.order(xmpp.ActionBan, nobody, 0), xmpp.NotSent) }, true},
		{"a lock that is not recorded", nil, "begin", func(s *scene) { s.do(s.closing(0, "Bob"), xmpp.NotSent) }, true},
		{"memberships that are not recorded", nil, "grant", func(s *scene) { s.do(s.closing(0, "Bob"), xmpp.NotSent) }, true},
		{"a membership without an intent", nil, "intend member", func(s *scene) { s.do(s.closing(0, "Bob"), xmpp.NotSent) }, false},
		{"memberships that are not taken back", func(s *scene) { s.do(s.closing(time.Minute, "Bob"), xmpp.Done) }, "grant", ends, false},
		{"a ban that ends, and cannot be read", func(s *scene) { s.do(s.order(xmpp.ActionBan, nobody, time.Minute), xmpp.Done) }, "find", ends, false},
		{"voices that are not known of", locked, "list mute", ends, false},
		{"a voice without an intent", locked, "intend unmute", ends, false},
		{"a mute whose end is not noted", func(s *scene) {
			s.do(s.order(xmpp.ActionMute, nobody, time.Minute), xmpp.Done)
			s.chat.occupy("Bob", "")
		}, "end", ends, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			broken := &brokenStore{}
			var log bytes.Buffer // its handler locks
			inScene(t, func(s *scene) {
				if tt.first != nil {
					tt.first(s)
				}
				broken.broken.Store(tt.broken)
				tt.then(s)
				attempts, _, err := s.store.Attempts(s.Context(), store.Filter{}, store.Page{})
				if err != nil {
					s.Fatal(err)
				}
				said := ""
				for _, a := range attempts {
					said += a.Detail + "\n"
				}
				for _, e := range s.effects() {
					said += e.Problem + "\n"
				}
				if strings.Contains(said, "SQLSTATE") {
					s.Errorf("pages show %q", said)
				}
				if strings.TrimSpace(said) == "" {
					s.Error("pages say nothing of it")
				}
			}, func(o *moderation.Options) {
				broken.Effects, broken.Trail = o.Effects, o.Trail
				o.Effects, o.Trail = brokenLists{broken}, broken
				o.Logger = slog.New(slog.NewTextHandler(&log, nil))
			})
			if !tt.atEdge && !strings.Contains(log.String(), "SQLSTATE") {
				t.Errorf("the log does not have it: %q", log.String())
			}
		})
	}
}
