package web_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"muckick/web"
)

// On the level debug the log has every request, and none of its secrets.
func TestRequestsAreLogged(t *testing.T) {
	var log lockedBuffer
	here := newEmbedded(t).site(t, func(o *web.Options) {
		o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	post(t, here, header, kickBody(t, "nosuch@chat.example.org", "Bob", ""))
	newBrowser(t, here).do(t, http.MethodGet, "/login?next=c2VjcmV0", nil)
	w := dial(t, here)
	w.send(t, "POST /muc_kick HTTP/1.1\r\n"+secretHeader+"Content-Length: -1\r\n\r\n")
	w.answer(t)
	text := log.String()
	for _, want := range []string{
		"msg=request request=", "method=POST path=/muc_kick status=404 address=127.0.0.1 took=",
		"method=GET path=/login status=200", `msg="request that no handler gets" status=400`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for _, secret := range []string{strings.TrimPrefix(header, "Basic "), "c2VjcmV0"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in\n%s", secret, text)
		}
	}
}
