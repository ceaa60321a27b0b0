package moderation_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"muckick/web/moderation"
	"muckick/xmpp"
)

// A chat answers every action in one way, and nothing else.
type chat struct {
	moderation.Chat
	result xmpp.Result
	err    error
}

func (c chat) DoRecorded(context.Context, xmpp.Action, func(xmpp.Result) error) (xmpp.Result, error) {
	return c.result, c.err
}

// A trail keeps the conclusions.
type trail struct{ concluded []moderation.Conclusion }

func (*trail) Intend(context.Context, moderation.Intent) (moderation.AttemptID, error) {
	return "1", nil
}

func (t *trail) Conclude(_ context.Context, _ moderation.AttemptID, c moderation.Conclusion) error {
	t.concluded = append(t.concluded, c)
	return nil
}

// What the trail and the caller are told of an action is one and the same: what
// became of it, and whom it really hit.
func TestConclusions(t *testing.T) {
	troll := xmpp.Target{Nick: "Troll", RealJID: "troll@example.org"}
	hit := func(jid string) xmpp.Result { return xmpp.Result{Occupant: xmpp.Occupant{Nick: "Troll", RealJID: jid}} }
	tests := []struct {
		name   string
		target xmpp.Target
		chat   chat
		want   moderation.Conclusion
	}{
		{"done", troll, chat{result: hit("troll@example.org/x")}, moderation.Conclusion{Outcome: xmpp.Done, RealJID: "troll@example.org/x"}},
		{"done, to whom nobody knows", troll, chat{}, moderation.Conclusion{Outcome: xmpp.Done}},
		{"done to whoever bore the nick", xmpp.Target{Nick: "Troll"}, chat{result: hit("eve@example.org/x")}, moderation.Conclusion{Outcome: xmpp.Done, RealJID: "eve@example.org/x"}},
		{"done to somebody else", troll, chat{result: hit("eve@example.org/x")}, moderation.Conclusion{
			Outcome: xmpp.Done, RealJID: "eve@example.org/x", Detail: "it hit somebody else, who had taken the nick just then",
		}},
		{"unknown", troll, chat{result: hit("troll@example.org/x"), err: xmpp.ErrUnknown}, moderation.Conclusion{
			Outcome: xmpp.Unknown, RealJID: "troll@example.org/x", Detail: xmpp.ErrUnknown.Error(),
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			kept := &trail{}
			desk := moderation.NewDesk(moderation.Options{
				Chat: tt.chat, Trail: kept, Logger: slog.New(slog.DiscardHandler), Now: time.Now,
				Stored: func(string, time.Duration, error) {}, Panicked: func(any, []byte) {},
			})
			got, err := desk.Do(t.Context(), moderation.Order{
				Principal: moderation.HeaderPrincipal(),
				Action:    xmpp.Action{Kind: xmpp.ActionKick, Target: tt.target},
			})
			if !errors.Is(err, tt.chat.err) {
				t.Errorf("got error %v, want %v", err, tt.chat.err)
			}
			ignored := cmpopts.IgnoreFields(moderation.Conclusion{}, "Duration")
			if diff := cmp.Diff(tt.want, got, ignored); diff != "" {
				t.Errorf("told -want +got:\n%s", diff)
			}
			if diff := cmp.Diff([]moderation.Conclusion{tt.want}, kept.concluded, ignored); diff != "" {
				t.Errorf("kept -want +got:\n%s", diff)
			}
		})
	}
}
