package web_test

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muckick/web"
)

// Wherever a reason is asked for, those of the options are offered.
func TestReasonsAreOffered(t *testing.T) {
	const reason = `Mind the "house" rules & <b>the stairs</b>`
	chat := newEmbedded(t)
	chat.room(t, embeddedRoom, "Bob")
	b := signIn(t, chat.site(t, func(o *web.Options) { o.Reasons = []string{"Spam", reason} }))
	token := b.csrf(t)
	option, button := `<option value="`+reason+`">`, `data-reason="`+reason+`">`
	tests := []struct {
		name, path string
		form       url.Values // posted, if there is one
		want       []string
	}{
		{"room", roomURL(embeddedRoom), nil, []string{option, button}}, // the bar, and the dialog
		{"kick without a script", roomURL(embeddedRoom) + "/kick", url.Values{"nick": {"Bob"}}, []string{option}},
		{"lock", roomURL(embeddedRoom) + "/lock", nil, []string{option}},
		{"bans", roomURL(embeddedRoom) + "/bans", nil, []string{option}},
		{"person", "/people/resident0@example.org", nil, []string{option}},
		{"arrivals", "/arrivals", nil, []string{option}},
		{"plan", "/plans/new", nil, []string{option}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			method := http.MethodGet
			if tt.form != nil {
				method = http.MethodPost
				tt.form.Set("csrf", token)
			}
			got := b.do(t, method, tt.path, tt.form)
			for _, want := range tt.want {
				if got.status != http.StatusOK || !strings.Contains(html.UnescapeString(got.body), want) {
					t.Errorf("got %d, and the page lacks %s", got.status, want)
				}
			}
			if strings.Contains(got.body, "<b>the stairs") {
				t.Error("the reason is markup")
			}
		})
	}
}
