package web

import (
	"errors"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muckick/views"
	"muckick/web/moderation"
	"muckick/xmpp"
)

// Every exported error of packages xmpp and moderation has its place in all three
// tables: what it means for an action's target ([xmpp.OutcomeOf]), what the client
// is told (answerTo), and how the panel words that (package views). A new error
// needs a row here, and so a thought about each of them.
func TestEveryErrorHasItsPlace(t *testing.T) {
	room, err := xmpp.ParseRoom("snuggery@chat.example.org")
	if err != nil {
		t.Fatal(err)
	}
	refusal := &xmpp.StanzaError{Type: "cancel", Condition: "not-allowed"}
	invalid := func(text string) answer { return answer{status: http.StatusBadRequest, text: text} }
	missing := func(text string) answer { return answer{status: http.StatusNotFound, text: text} }
	conflict := func(text string) answer { return answer{status: http.StatusConflict, text: text} }
	notNow := func(why string) answer {
		return answer{status: http.StatusServiceUnavailable, text: "not kicked: " + why, retry: true}
	}
	// Where no request meets an error, or its form words it, it is a fault of ours
	// anywhere else.
	fault := answer{status: http.StatusInternalServerError, text: "internal error"}

	tests := []struct {
		name    string
		err     error
		outcome xmpp.Outcome
		answer  answer
		panel   words // none for the outcome's sentence and the error's own words
	}{
		{"xmpp.AccountError", &xmpp.AccountError{Reason: "has no name"}, xmpp.NotSent, invalid("invalid account: has no name"), words{}},
		{"xmpp.AddressError", &xmpp.AddressError{Reason: "it is empty"}, xmpp.NotSent, invalid("invalid room address: it is empty"), words{}},
		{"xmpp.ChangedError", &xmpp.ChangedError{Account: "bob@example.org", Presupposed: xmpp.AffiliationNone, Present: xmpp.AffiliationOwner}, xmpp.NotSent,
			conflict("bob@example.org is not none but owner now"), words{}},
		{"xmpp.DomainError", &xmpp.DomainError{Domain: "example.org"}, xmpp.NotSent,
			invalid("example.org is a whole domain: an account has the form name@domain"), words{}},
		{"xmpp.ErrHiddenAccount", xmpp.ErrHiddenAccount, xmpp.NotSent, invalid("the room does not show the account of this occupant"), words{}},
		{"xmpp.ErrNoAnswer", xmpp.ErrNoAnswer, xmpp.NotSent, notNow(xmpp.ErrNoAnswer.Error()), words{}},
		{"xmpp.ErrNoLogin", xmpp.ErrNoLogin, xmpp.NotSent, fault, words{}},
		{"xmpp.ErrNoOccupant", xmpp.ErrNoOccupant, xmpp.Gone, invalid("Couldn't kick user: modify: item-not-found"),
			words{text: "Nobody of that nick is in the room."}},
		{"xmpp.ErrNotSent", xmpp.ErrNotSent, xmpp.NotSent, notNow(xmpp.ErrNotSent.Error()), words{}},
		{"xmpp.ErrOffline", xmpp.ErrOffline, xmpp.NotSent, notNow("not connected to the chat server"), words{}},
		{"xmpp.ErrOverloaded", xmpp.ErrOverloaded, xmpp.NotSent, notNow(xmpp.ErrOverloaded.Error()), words{}},
		{"xmpp.ErrOwnOccupant", xmpp.ErrOwnOccupant, xmpp.Refused, invalid("Couldn't kick user: cancel: not-allowed"),
			words{text: "That is muckick itself, which does not act on its own occupant."}},
		{"xmpp.ErrPlaintext", xmpp.ErrPlaintext, xmpp.NotSent, fault, words{}},
		{"xmpp.ErrTooLarge", xmpp.ErrTooLarge, xmpp.NotSent,
			answer{status: http.StatusRequestEntityTooLarge, text: xmpp.ErrTooLarge.Error()}, words{}},
		{"xmpp.ErrUnknown", fmt.Errorf("%w: it hangs", xmpp.ErrUnknown), xmpp.Unknown,
			answer{status: http.StatusGatewayTimeout, text: "the chat server did not confirm it: it may have happened"},
			words{text: "It was sent, but no answer came. It may have happened: look at the list before you try again.", detail: "it hangs"}},
		{"xmpp.ErrWatchClosed", xmpp.ErrWatchClosed, xmpp.NotSent, fault, words{}},
		{"xmpp.Exit", &xmpp.Exit{Status: "307"}, xmpp.NotSent, fault, words{}}, // in a JoinError
		{"xmpp.FieldError", &xmpp.FieldError{Field: "lang", Problem: "is no such field"}, xmpp.NotSent, invalid("lang: is no such field"), words{}},
		{"xmpp.JoinError", &xmpp.JoinError{Room: room, Err: &xmpp.Exit{Status: "307"}}, xmpp.NotSent,
			notNow("cannot join snuggery@chat.example.org: muckick is not in the room any more: kicked"), words{}},
		{"xmpp.LoginError", &xmpp.LoginError{Err: errors.New("not-authorized")}, xmpp.NotSent, fault, words{}},
		{"xmpp.NickError", &xmpp.NickError{Reason: "it is empty"}, xmpp.NotSent, invalid("invalid nick: it is empty"), words{}},
		{"xmpp.NoHostError", &xmpp.NoHostError{Host: "nowhere.example"}, xmpp.Gone, missing("MUC not found: No such host: nowhere.example"), words{}},
		{"xmpp.NoRoomError", &xmpp.NoRoomError{Room: room}, xmpp.Gone,
			missing("MUC not found: No MUC 'snuggery' found for host: chat.example.org"), words{}},
		{"xmpp.NoServiceError", &xmpp.NoServiceError{Host: "example.org"}, xmpp.Gone,
			missing("MUC not found: Host 'example.org' is not a MUC service"), words{}},
		{"xmpp.ProtectedError", &xmpp.ProtectedError{Account: "bob@example.org", Obstacle: xmpp.ObstacleOwner}, xmpp.Refused,
			conflict("muckick does not do this to bob@example.org: it is an owner of the room"), words{}},
		{"xmpp.ProtocolError", &xmpp.ProtocolError{From: "chat.example.org", Err: errors.New("no query")}, xmpp.NotSent,
			notNow("bad answer from chat.example.org: no query"), words{}},
		{"xmpp.ReasonError", &xmpp.ReasonError{Reason: "it is too long"}, xmpp.NotSent, invalid("invalid reason: it is too long"), words{}},
		{"xmpp.RefusedError", &xmpp.RefusedError{Err: refusal}, xmpp.Refused, invalid("Couldn't kick user: cancel: not-allowed"),
			words{text: "The chat server refused. Nothing happened.", detail: "cancel: not-allowed"}},
		{"xmpp.StanzaError", refusal, xmpp.NotSent, notNow("cancel: not-allowed"), words{}},
		{"xmpp.StanzaError", &xmpp.JoinError{Room: room, Err: refusal}, xmpp.Refused, invalid("Couldn't kick user: cancel: not-allowed"), words{}},
		{"xmpp.TakenError", &xmpp.TakenError{}, xmpp.Gone, conflict("not kicked: somebody else bears the nick now"), words{}},

		{"moderation.AdmissionError", &moderation.AdmissionError{Refused: []moderation.NotAdmitted{{Stayer: moderation.Stayer{Account: "bob@example.org"}, Err: refusal}}},
			xmpp.NotSent, conflict("bob@example.org could not be made a member: cancel: not-allowed"), words{}},
		{"moderation.ErrEffectBusy", moderation.ErrEffectBusy, xmpp.NotSent, conflict(moderation.ErrEffectBusy.Error()), words{}},
		{"moderation.ErrNoBar", moderation.ErrNoBar, xmpp.NotSent, missing("nobody is kept out by that"), words{}},
		{"moderation.ErrNoEffect", moderation.ErrNoEffect, xmpp.NotSent, missing("there is no such effect"), words{}},
		{"moderation.ErrNoExemption", moderation.ErrNoExemption, xmpp.NotSent, missing("the exempt list has no such entry"), words{}},
		{"moderation.ErrNoJob", moderation.ErrNoJob, xmpp.NotSent, missing("there is no such job"), words{}},
		{"moderation.ErrNoPlan", moderation.ErrNoPlan, xmpp.NotSent, missing("there is no such plan"), words{}},
		{"moderation.ErrNotAudited", fmt.Errorf("%w: disk full", moderation.ErrNotAudited), xmpp.NotSent,
			notNow("the audit trail does not accept entries"),
			words{text: "It was not carried out. Nothing happened.", detail: "the audit trail does not accept entries"}},
		{"moderation.ErrNothingToDo", moderation.ErrNothingToDo, xmpp.NotSent, fault, words{}},
		{"moderation.ErrPlanChanged", moderation.ErrPlanChanged, xmpp.NotSent, fault, words{}},
		{"moderation.ErrPlanExpired", moderation.ErrPlanExpired, xmpp.NotSent, fault, words{}},
		{"moderation.ErrStepTaken", moderation.ErrStepTaken, xmpp.NotSent, fault, words{}},
		{"moderation.EvictionError", &moderation.EvictionError{Problem: "people keep coming in"}, xmpp.NotSent, fault, words{}}, // a note of the job
		{"moderation.ExpectError", &moderation.ExpectError{Want: 3}, xmpp.NotSent, fault, words{}},
		{"moderation.ForbiddenError", &moderation.ForbiddenError{Capability: moderation.Kick, Room: room}, xmpp.NotSent,
			answer{status: http.StatusForbidden, text: `you may not do this in snuggery@chat.example.org: it needs "kick"`}, words{}},
		{"moderation.GrantError", &moderation.GrantError{Problem: "too many"}, xmpp.NotSent, fault, words{}}, // or a stored one
		{"moderation.PlanUsedError", &moderation.PlanUsedError{}, xmpp.NotSent, fault, words{}},
		{"moderation.RuleError", &moderation.RuleError{Problem: "grants nothing"}, xmpp.NotSent, fault, words{}},
		{"moderation.ScopeError", &moderation.ScopeError{Problem: "is no room"}, xmpp.NotSent, fault, words{}}, // or a stored one
		{"moderation.SelectionError", &moderation.SelectionError{Problem: "nobody is selected"}, xmpp.NotSent, invalid("nobody is selected"), words{}},
	}
	var names []string
	for _, tt := range tests {
		names = append(names, tt.name)
		t.Run(tt.name, func(t *testing.T) {
			wrapped := fmt.Errorf("while at it: %w", tt.err)
			if got, above := xmpp.OutcomeOf(tt.err), xmpp.OutcomeOf(wrapped); got != tt.outcome || above != tt.outcome {
				t.Errorf("outcome %q, wrapped %q, want %q", got, above, tt.outcome)
			}
			if diff := cmp.Diff(tt.answer, answerTo(tt.err), cmp.AllowUnexported(answer{})); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if got := answerTo(wrapped); got.status != tt.answer.status || got.retry != tt.answer.retry {
				t.Errorf("the answer to it wrapped is %+v, want status %d and %t", got, tt.answer.status, tt.answer.retry)
			}
			want := tt.panel
			if want == (words{}) {
				want = words{text: views.Result{Outcome: tt.outcome}.Message().Text, detail: tt.err.Error()}
			}
			if got := moderation.InWords(tt.err); got == moderation.InWords(errors.New("a fault")) {
				t.Errorf("in words it is %q", got)
			}
			message := resultOf(moderation.Order{}, moderation.Conclusion{Outcome: xmpp.OutcomeOf(tt.err)}, tt.err).Message()
			if got := (words{message.Text, message.Detail}); got != want {
				t.Errorf("the panel says %+v, want %+v", got, want)
			}
		})
	}
	slices.Sort(names)
	if diff := cmp.Diff(exportedErrors(t, "muckick/xmpp", "muckick/web/moderation"), slices.Compact(names)); diff != "" {
		t.Errorf("rows of the table (-exported errors +rows):\n%s", diff)
	}
}

// words are what the panel says of an action's end.
type words struct{ text, detail string }

// exportedErrors returns the names of the errors, types and values, that packages
// export, sorted.
func exportedErrors(t *testing.T, paths ...string) []string {
	t.Helper()
	list := exec.Command("go", append([]string{"list", "-export", "-deps", "-f", "{{.ImportPath}}={{.Export}}"}, paths...)...)
	output, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	compiled := make(map[string]string) // files by import path
	for line := range strings.Lines(string(output)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), "=")
		compiled[path] = file
	}
	packages := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) { return os.Open(compiled[path]) })
	isError := types.Universe.Lookup("error").Type().Underlying().(*types.Interface)
	var names []string
	for _, path := range paths {
		p, err := packages.Import(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range p.Scope().Names() {
			switch object := p.Scope().Lookup(name).(type) {
			case *types.Var, *types.TypeName:
				if object.Exported() && (types.Implements(object.Type(), isError) || types.Implements(types.NewPointer(object.Type()), isError)) {
					names = append(names, p.Name()+"."+name)
				}
			}
		}
	}
	slices.Sort(names)
	return names
}
