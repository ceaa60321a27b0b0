package browsertest

import (
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// From the start of the demo, the first kick is three clicks away once one has
// signed in.
func TestDemo(t *testing.T) {
	t.Parallel()
	d := newDemo(t)
	b := newTab(t, d.url, desktop)
	b.open("/")
	b.awaitPage("/login")
	b.signIn(d.operator, d.password)
	b.awaitPage("/rooms")

	before := b.clicks
	b.click(roomEntry(d.room).in("a"))
	b.awaitLive()
	b.openDialog("Bob")
	b.click(button("Kick"))
	b.await(css("#results [data-outcome=done]").shows("Bob"))
	if got := b.clicks - before; got != 3 {
		t.Errorf("the first kick took %d clicks, want 3", got)
	}
	b.await(row("Bob").none())
	if got, want := d.kick(t, "Bob"), http.StatusBadRequest; got != want {
		t.Errorf("kicking Bob once more: got %d, want %d, since he is gone", got, want)
	}
}

// A demo is a running demonstration and what it says of itself.
type demo struct {
	url, operator, password, room string
}

func newDemo(t testing.TB, flags ...string) demo {
	t.Helper()
	path, err := lasting.program()
	if err != nil {
		t.Fatal(err)
	}
	greeting := new(output)
	cmd := exec.Command(path, append([]string{"demo", "--listen", freeAddress(t), "--xmpp-listen", freeAddress(t)}, flags...)...)
	cmd.Env = environment()
	cmd.Stdout, cmd.Stderr = greeting, greeting
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("the demo ended: %v", err)
		}
	})
	found := func(expression string) string {
		t.Helper()
		match := regexp.MustCompile(expression).FindStringSubmatch(greeting.String())
		if match == nil {
			t.Fatalf("the demo does not say %s:\n%s", expression, greeting)
		}
		return match[1]
	}
	until(t, "the demo's greeting", func() (bool, error) {
		return strings.Contains(greeting.String(), "Ctrl-C"), nil
	})
	return demo{
		url:      found(`(http://[^/\s]+)/`),
		operator: found(`operator (\S+),`),
		password: found(`password (\S+)`),
		room:     found(`"muc":"([^"]+)"`),
	}
}

// kick kicks an occupant through the machine interface, and returns the status.
func (d demo) kick(t testing.TB, nick string) int {
	t.Helper()
	return d.kickFrom(t, d.room, nick)
}

// kickFrom is kick in a certain room.
func (d demo) kickFrom(t testing.TB, room, nick string) int {
	t.Helper()
	body := `{"nickname":` + quote(nick) + `,"muc":` + quote(room) + `}`
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.url+"/muc_kick", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Basic dXNlcm5hbWU6cGFzc3dvcmQ=")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Error(err)
	}
	return response.StatusCode
}
