package demo

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"muckick/xmpp"
)

// greet waits until a kick would work and says then how to make one.
func (d *demo) greet(ctx context.Context, chat *xmpp.Client, password string) error {
	for {
		status, changed := chat.Status()
		if status.Online {
			break
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil
		}
	}
	url := "http://" + reachable(d.panel.Addr())
	if err := ask(ctx, url+"/readyz"); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("the demonstration did not get ready: %w", err)
	}
	_, err := io.WriteString(d.out, d.greeting(url, password))
	return err
}

func (d *demo) greeting(url, password string) string {
	notes := ""
	if len(d.notes) > 0 {
		notes = strings.Join(d.notes, "\n") + "\n\n"
	}
	host, port, _ := net.SplitHostPort(d.xmpp.Addr().String())
	return fmt.Sprintf(`%sThe panel
  %s/
  operator %s, password %s

Kick Bob, as a program does
  curl -i %s/muc_kick -H 'Authorization: %s' -H 'Content-Type: application/json' -d '{"nickname":"Bob","muc":"snuggery@%s","reason":"Crumbs on the sofa"}'

Start a raid, and clear it
  %s/arrivals has a button for that

Join with any XMPP client
  server %s, port %s, without encryption
  account anyname@%s (whatever name you like), password %s
  room snuggery@%s

Everything runs in this process and nothing is kept. Ctrl-C ends it.
`, notes, url, operator, password, url, header, service, url, host, port, domain, guestPassword, service)
}

// ask makes a request and returns nil if the answer is 200.
func ask(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	transport := &http.Transport{DisableKeepAlives: true}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, response.Status)
	}
	return nil
}

// reachable returns an address of this machine for a listener's.
func reachable(address net.Addr) string {
	tcp, ok := address.(*net.TCPAddr)
	if ok && tcp.IP.IsUnspecified() {
		return fmt.Sprintf("127.0.0.1:%d", tcp.Port)
	}
	return address.String()
}
