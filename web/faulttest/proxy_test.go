package faulttest

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/Shopify/toxiproxy/v2/toxics"
	"github.com/rs/zerolog"
)

// A proxy stands between muckick and the chat server, and breaks what passes.
type proxy struct {
	inner    *toxiproxy.Proxy
	upstream string
}

// newProxy listens in front of the address until the test ends.
func newProxy(t testing.TB, upstream string) *proxy {
	t.Helper()
	toxics.Register(halfOpenKind, new(halfOpen))
	control := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	p := &proxy{inner: toxiproxy.NewProxy(control, "chat", "127.0.0.1:0", upstream), upstream: upstream}
	if err := p.inner.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.inner.Stop)
	return p
}

// address is where muckick connects to.
func (p *proxy) address() string { return p.inner.Listen }

// cut closes every connection and lets none in.
func (p *proxy) cut() { p.inner.Stop() }

// restore lets connections in again.
func (p *proxy) restore(t testing.TB) {
	t.Helper()
	if err := p.inner.Start(); err != nil {
		t.Fatal(err)
	}
}

// redirect closes every connection and leads new ones elsewhere.
func (p *proxy) redirect(t testing.TB, upstream string) {
	t.Helper()
	p.cut()
	p.inner.Upstream = upstream
	p.restore(t)
}

// A toxic is one of toxiproxy's kinds of faults in one direction: "upstream" is
// towards the chat server.
type toxic struct {
	kind, direction string
	attributes      map[string]any
}

func (x toxic) name() string { return x.kind + " " + x.direction }

// add applies the toxics to the connections that are open and to those to come.
func (p *proxy) add(t testing.TB, all ...toxic) {
	t.Helper()
	for _, x := range all {
		text, err := json.Marshal(map[string]any{
			"name": x.name(), "type": x.kind, "stream": x.direction, "attributes": x.attributes,
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.inner.Toxics.AddToxicJson(strings.NewReader(string(text))); err != nil {
			t.Fatalf("add %s: %v", x.name(), err)
		}
	}
}

// remove ends the toxics.
func (p *proxy) remove(t testing.TB, all ...toxic) {
	t.Helper()
	for _, x := range all {
		if err := p.inner.Toxics.RemoveToxic(t.Context(), x.name()); err != nil {
			t.Fatalf("remove %s: %v", x.name(), err)
		}
	}
}

// halfOpen is the toxic of a connection that one side has forgotten, say a
// firewall that was restarted: what is sent on the connections that were open
// before the given time vanishes, their ends included, and later connections
// are well. Toxiproxy has no such kind of its own.
type halfOpen struct {
	Before int64 `json:"before"` // nanoseconds since 1970
}

const halfOpenKind = "half_open"

// lingering is how long the far side of a forgotten connection stays open.
const lingering = time.Minute

// NewState tells old connections from new ones when the toxic reaches them.
func (h *halfOpen) NewState() any {
	forgotten := time.Now().UnixNano() < h.Before
	return &forgotten
}

// Pipe implements toxics.Toxic.
func (h *halfOpen) Pipe(stub *toxics.ToxicStub) {
	if forgotten, ok := stub.State.(*bool); !ok || !*forgotten {
		new(toxics.NoopToxic).Pipe(stub)
		return
	}
	var over <-chan time.Time
	input := stub.Input
	for {
		select {
		case <-stub.Interrupt:
			return
		case chunk := <-input:
			if chunk == nil {
				input, over = nil, time.After(lingering)
			}
		case <-over:
			stub.Close()
			return
		}
	}
}

var _ toxics.StatefulToxic = (*halfOpen)(nil)

// forget makes the open connections half-open in both directions.
func (p *proxy) forget(t testing.TB) {
	t.Helper()
	before := map[string]any{"before": time.Now().Add(100 * time.Millisecond).UnixNano()}
	p.add(t, toxic{halfOpenKind, "upstream", before}, toxic{halfOpenKind, "downstream", before})
}
