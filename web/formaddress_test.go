package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// An address that only forms are sent to leads to the page of its form when somebody
// opens it, and that page is there.
func TestAddressesOfForms(t *testing.T) {
	here, _ := newPeopleSite(t)
	b, visitor := signIn(t, here), newBrowser(t, here)
	room, person := roomURL(embeddedRoom), "/people/resident0%40example.org"
	for _, tt := range []struct{ path, want string }{
		{person + "/act", person}, {person + "/keep-out", person}, {person + "/plan?q=1", person}, {person + "/look", person},
		{room + "/kick", room}, {room + "/act", room}, {"/rooms/open", "/rooms"}, {"/rooms/forget", "/rooms"},
		{"/plans", "/plans/new"}, {"/arrivals/plan", "/arrivals"}, {"/arrivals/dismiss", "/arrivals"},
		{"/standing/lift", "/standing"}, {"/exempt/add", "/exempt"}, {"/operators/tokens/add", "/operators"},
		{"/account/factor/confirm", "/account"}, {"/account/sessions/end", "/account"}, {"/logout", "/rooms"},
	} {
		t.Run(tt.path, func(t *testing.T) {
			if got := b.get(t, tt.path); got.status != http.StatusSeeOther || got.location != tt.want {
				t.Fatalf("got %d to %q, want %q: %s", got.status, got.location, tt.want, got.body)
			}
			if got := b.get(t, tt.want); got.status != http.StatusOK {
				t.Errorf("%s: got %d %s", tt.want, got.status, got.body)
			}
			if got := visitor.get(t, tt.path); got.location != "/login?next="+url.QueryEscape(tt.path) {
				t.Errorf("signed out: got %d to %q, want the sign-in page", got.status, got.location)
			}
		})
	}
	if got := b.get(t, "/jobs/one/stop"); got.location != "/jobs/one" {
		t.Errorf("got %d to %q", got.status, got.location)
	}
}

// The page of an error has the navigation for who is signed in, and for nobody else,
// and says nothing twice.
func TestPagesOfErrors(t *testing.T) {
	here, _ := newPeopleSite(t)
	browsers := map[bool]*browser{true: signIn(t, here), false: newBrowser(t, here)}
	for _, tt := range []struct {
		path   string
		status int
		text   string
	}{
		{"/nope", http.StatusNotFound, "There is no such page."},
		{"/static/nope", http.StatusNotFound, "There is no such page."},
		{"/muc_kick", http.StatusMethodNotAllowed, "takes what a program or a form sends"},
	} {
		for signedIn, b := range browsers {
			got := b.get(t, tt.path)
			if got.status != tt.status || !strings.Contains(got.body, tt.text) {
				t.Errorf("%s: got %d, want %d and %q: %s", tt.path, got.status, tt.status, tt.text, got.body)
			}
			if has := strings.Contains(got.body, `<nav aria-label="Main">`); has != signedIn {
				t.Errorf("%s, signed in %t: a navigation %t: %s", tt.path, signedIn, has, got.body)
			}
			if strings.Contains(got.body, "Method Not Allowed.") {
				t.Errorf("%s says it twice: %s", tt.path, got.body)
			}
		}
	}
}
