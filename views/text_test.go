package views

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"muckick/web/moderation"
	"muckick/xmpp"
)

func TestPlain(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"empty", "", ""},
		{"ordinary", "Carol Ünï", "Carol Ünï"},
		{"right-to-left writing", "مرحبا بكم", "مرحبا بكم"},
		{"right-to-left override", "evil\u202Etxt.exe", "evil⟨U+202E⟩txt.exe"},
		{"run", "\u200B\u200B\u200B", "⟨U+200B ×3⟩"},
		{"spaces at the ends", " Bob ", "⟨U+0020⟩Bob⟨U+0020⟩"},
		{"several spaces", "a  b", "a⟨U+0020 ×2⟩b"},
		{"no-break space", "a\u00A0b", "a⟨U+00A0⟩b"},
		{"Hangul fillers", "\u3164\u115F", "⟨U+3164⟩⟨U+115F⟩"},
		{"blank Braille", "\u2800", "⟨U+2800⟩"},
		{"line break", "a\nb", "a⟨U+000A⟩b"},
		{"emoji family", "👩\u200D👩\u200D👧", "👩\u200D👩\u200D👧"},
		{"joiner between Latin letters", "Bo\u200Db", "Bo⟨U+200D⟩b"},
		{"joiner at the end", "👩\u200D", "👩⟨U+200D⟩"},
		{"tag characters", "a\U000E0041", "a⟨U+E0041⟩"},
		{"variation selector after a letter", "Alice\U000E0100", "Alice⟨U+E0100⟩"},
		{"variation selector after an ideograph", "葛\U000E0101", "葛⟨U+E0101⟩"},
		{"emoji style after a letter", "Bob\uFE0F", "Bob⟨U+FE0F⟩"},
		{"emoji style where it changes the picture", "❤\uFE0F", "❤\uFE0F"},
		{"emoji style twice", "❤\uFE0F\uFE0F", "❤\uFE0F⟨U+FE0F⟩"},
		{"emoji style where it changes nothing", "🥑\uFE0F", "🥑⟨U+FE0F⟩"},
		{"keycap", "1\uFE0F\u20E3", "1\uFE0F\u20E3"},
		{"emoji style after a digit", "1\uFE0F", "1⟨U+FE0F⟩"},
		{"flag of two emoji", "🏳\uFE0F\u200D🌈", "🏳\uFE0F\u200D🌈"},
		{"astronaut with a skin tone", "👩🏽\u200D🚀", "👩🏽\u200D🚀"},
		{"heart within a pair", "👩\u200D❤\uFE0F\u200D👨", "👩\u200D❤\uFE0F\u200D👨"},
		{"Persian non-joiner", "می\u200Cخواهم", "می\u200Cخواهم"},
		{"joiner after a virama", "क्\u200Dष", "क्\u200Dष"},
		{"non-joiner after a virama", "क्\u200Cष", "क्\u200Cष"},
		{"joiner in the middle of a long word", "रामरामरामरामक्\u200Dषरामरामरामराम", "रामरामरामरामक्\u200Dषरामरामरामराम"},
		{"joiner after a letter without a virama", "क\u200Dष", "क⟨U+200D⟩ष"},
		{"joiner between Arabic letters", "ب\u200Dب", "ب⟨U+200D⟩ب"},
		{"non-joiner across a vowel sign", "ب\u064E\u200Cب", "ب\u064E\u200Cب"},
		{"non-joiner after an Arabic letter that joins nothing after it", "د\u200Cب", "د⟨U+200C⟩ب"},
		{"non-joiner after another", "ب\u200C\u200Cب", "ب⟨U+200C ×2⟩ب"},
		{"one good joiner and one that is not", "क्\u200Dषक\u200Dष", "क्\u200Dषक⟨U+200D⟩ष"},
		{"text style where it changes nothing", "❤\uFE0E", "❤⟨U+FE0E⟩"},
		{"text style in a keycap", "1\uFE0E\u20E3", "1⟨U+FE0E⟩\u20E3"},
		{"non-joiner between emoji", "👩\u200C🚀", "👩⟨U+200C⟩🚀"},
		{"joiner between marks", "e\u0301\u200D\u0301", "e\u0301⟨U+200D⟩\u0301"},
		{"joiner between carets", "^\u200D^", "^⟨U+200D⟩^"},
		{"Mongolian selector", "a\u180B", "a⟨U+180B⟩"},
		{"isolates", "\u2066a\u2069", "⟨U+2066⟩a⟨U+2069⟩"},
		{"blank signs of other scripts", "\U0001D159\U00016FE4", "⟨U+1D159⟩⟨U+16FE4⟩"},
		{"broken UTF-8", "a\xffb", "a\uFFFDb"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Plain(tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestForeign(t *testing.T) {
	got, _ := render(t, Foreign("<b>\u202E\n"))
	if want := "<bdi>&lt;b&gt;<i>U+202E</i><i>U+000A</i></bdi>"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	got, _ = render(t, ForeignLines("a\nb"))
	if want := "<bdi>a\nb</bdi>"; got != want {
		t.Errorf("with lines: got %s, want %s", got, want)
	}
}

func TestAddress(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"room", "snug@chat.example.org", `<bdi dir="ltr">snug<wbr><span class="domain">@chat.example.org</span></bdi>`},
		{"long local part", strings.Repeat("é", 25) + "@x.org/phone",
			`<bdi dir="ltr"><span class="local" title="` + strings.Repeat("é", 25) + `@x.org/phone">` + strings.Repeat("é", 25) + `</span><wbr><span class="domain">@x.org</span>/phone</bdi>`},
		{"domain", "chat.example.org", "<bdi>chat.example.org</bdi>"},
		{"@ in a resource", "x.org/a@b", "<bdi>x.org/a@b</bdi>"},
		{"hostile", "<b>\u200B@<i>/\u202E", `<bdi dir="ltr">&lt;b&gt;<i>U+200B</i><wbr><span class="domain">@&lt;i&gt;</span>/<i>U+202E</i></bdi>`},
	}
	for _, tt := range tests {
		if got, _ := render(t, Address(tt.in)); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestOutcomesAreTruthful(t *testing.T) {
	tests := []struct {
		outcome xmpp.Outcome
		tone    Tone
		title   string
		says    string
	}{
		{xmpp.Done, ToneGood, "Kicked", "The chat server confirmed it."},
		{xmpp.Refused, ToneBad, "Not kicked", "refused"},
		{xmpp.Already, ToneGood, "Already kicked", "It was so before"},
		{xmpp.Cancelled, ToneBad, "Not kicked", "stopped"},
		{xmpp.Gone, ToneBad, "Not kicked", "Nobody was there"},
		{xmpp.NotSent, ToneBad, "Not kicked", "Nothing happened"},
		{xmpp.Unknown, ToneWarn, "Not known whether kicked", "It may have happened: look at the list"},
		{xmpp.Pending, ToneWarn, "Not known whether kicked", "It may have happened"},
	}
	if len(tests) != len(xmpp.Outcomes()) {
		t.Errorf("%d outcomes are tested of %d", len(tests), len(xmpp.Outcomes()))
	}
	for _, tt := range tests {
		t.Run(string(tt.outcome), func(t *testing.T) {
			m := Result{Action: xmpp.ActionKick, Outcome: tt.outcome, Nick: "Bob"}.Message()
			if m.Tone != tt.tone || m.Title != tt.title || !strings.Contains(m.Text, tt.says) || m.Subject != "Bob" {
				t.Errorf("got %+v, want tone %q, title %q and a text with %q", m, tt.tone, tt.title, tt.says)
			}
			if outcomeLabel(tt.outcome) == string(tt.outcome) {
				t.Error("the outcome has no name")
			}
		})
	}
}

// What the error says is not said again in other words.
func TestOutcomeIsExplainedOnce(t *testing.T) {
	tests := []struct {
		outcome    xmpp.Outcome
		err        error
		text, rest string
	}{
		{xmpp.Gone, xmpp.ErrNoOccupant, "Nobody of that nick is in the room.", ""},
		{xmpp.Gone, &xmpp.NoHostError{Host: "nowhere.example"}, "Nobody was there to do it to.", "no such host: nowhere.example"},
		{xmpp.Refused, xmpp.ErrOwnOccupant, "That is muckick itself, which does not act on its own occupant.", ""},
		{xmpp.Refused, &xmpp.RefusedError{Err: &xmpp.StanzaError{Type: "cancel", Condition: "not-allowed"}},
			"The chat server refused. Nothing happened.", "cancel: not-allowed"},
		{xmpp.NotSent, xmpp.ErrOffline, "It was not carried out. Nothing happened.", "not connected to the chat server"},
		{xmpp.Unknown, xmpp.ErrUnknown, outcomeSentence(xmpp.Unknown), ""},
		{xmpp.Unknown, fmt.Errorf("%w: connection lost", xmpp.ErrUnknown), outcomeSentence(xmpp.Unknown), "connection lost"},
		{xmpp.Done, errors.New(""), "The chat server confirmed it.", ""},
	}
	for _, tt := range tests {
		text, rest := explain(tt.outcome, tt.err.Error())
		if text != tt.text || rest != tt.rest {
			t.Errorf("%s, %q: got %q and %q, want %q and %q", tt.outcome, tt.err, text, rest, tt.text, tt.rest)
		}
	}
}

func TestNumber(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000"} {
		if got := number(n); got != want {
			t.Errorf("number(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestClip(t *testing.T) {
	tests := []struct {
		text string
		n    int
		want string
	}{
		{"", 3, ""},
		{"Bob", 3, "Bob"},
		{"Böbö", 3, "Böb…"},
		{"Bob", 0, "…"},
	}
	for _, tt := range tests {
		if got := Clip(tt.text, tt.n); got != tt.want {
			t.Errorf("Clip(%q, %d): got %q, want %q", tt.text, tt.n, got, tt.want)
		}
	}
}

// A name of the system's accounts is not taken for an operator's.
func TestEventsTellWhoIsMeant(t *testing.T) {
	tests := []struct {
		kind moderation.ActorKind
		want string
	}{
		{moderation.ByOperator, "root"},
		{moderation.ByToken, "token root"},
		{moderation.ByCommand, "command line, root"},
		{moderation.ByProvider, "identity provider root"},
	}
	for _, tt := range tests {
		t.Run(string(tt.kind), func(t *testing.T) {
			entry := EventEntry{ID: "1", At: testTime, Kind: "operator added", Actor: "root", ActorKind: tt.kind}
			_, doc := render(t, Events(EventsModel{Page: testPage(SectionAudit), Entries: []EventEntry{entry}}))
			cell := one(t, doc, "td", "data-label", "By")
			if got := strings.Join(strings.Fields(text(cell)), " "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
