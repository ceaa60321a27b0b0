package browsertest

import (
	"testing"

	"github.com/chromedp/cdproto/network"
)

// A page that comes with everything it needs is light enough for a phone.
func TestWeight(t *testing.T) {
	t.Parallel()
	const most = 100_000 // bytes over the network
	each(t, func(t *testing.T, s *scene) {
		b := newTab(t, s.here.url, phone)
		call(b, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true})
		for _, path := range []string{"/login", "/rooms", escapedRoomPath(s.room), "/audit", "/account"} {
			before := b.weight()
			b.open(path)
			weight := b.weight() - before
			t.Logf("%s: %d bytes", path, weight)
			if weight > most || weight == 0 {
				t.Errorf("%s weighs %d bytes, want at most %d", path, weight, most)
			}
			if path == "/login" {
				b.signIn(operator, password)
				b.awaitPage("/rooms")
			}
		}
	})
}

// weight is how many bytes came over the network so far.
func (b *tab) weight() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return int(b.loaded)
}
