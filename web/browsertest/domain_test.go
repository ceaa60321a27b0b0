package browsertest

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// Of an address the domain stays whole: on one line, and seen, where what is before it
// is cut for want of room.
func TestDomainStaysWhole(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *scene) {
		long := s.peers.Connect(t, strings.Repeat("w", 70), "a peer's password")
		long.Join(t, s.room, "Longest")
		// As no domain of a test's chat server is, it has places where a line may break.
		const hyphened = "anybody@chat.a-firm.test"
		tests := []struct {
			name, path string
			domain     element
			cut        bool // what is before it
		}{
			{"occupant", escapedRoomPath(s.room), row("Longest").in(".jid .domain"), true},
			{"person", "/people/" + url.PathEscape(hyphened), css("h1 .domain"), false},
		}
		b := s.signIn(t, desktop, "/rooms")
		b.open(escapedRoomPath(s.room))
		b.awaitLive()
		b.kick("Longest", "")
		long.WaitGone(t, s.room)
		long.Join(t, s.room, "Longest")
		phoned := b.another(phone)
		phoned.open("/audit")
		phoned.await(css("#audit").shows("Longest"))
		phoned.checkFits()
		for _, tt := range tests {
			b.open(tt.path)
			if tt.cut {
				b.awaitLive() // no row moves, and no bar grows, from here on
			}
			b.await(string(tt.domain))
			for _, d := range []device{desktop, phone, magnified} {
				b.emulate(d)
				b.await(fmt.Sprintf("innerWidth === %d", d.width))
				want, look := domainLook{Lines: 1, Seen: true, Cut: tt.cut}, tt.domain.do(`(domain) => {
					domain.scrollIntoView({ block: "center", behavior: "instant" });
					const text = document.createRange();
					text.selectNodeContents(domain);
					// Who is hit a few pixels from where two texts meet is up to the font.
					const boxes = [...text.getClientRects()];
					const spots = boxes.flatMap((box) => [[box.left + 4, box.y + box.height / 2], [box.right - 4, box.y + box.height / 2]]);
					const local = domain.parentElement.querySelector(".local");
					return {
						lines: new Set(boxes.map((box) => Math.round(box.top))).size,
						seen: spots.every(([x, y]) => domain.contains(document.elementFromPoint(x, y))),
						cut: Boolean(local) && local.scrollWidth > local.clientWidth,
					};
				}`)
				until(t, fmt.Sprintf("%s, %s: %+v", tt.name, d.name, want), func() (bool, error) {
					got, err := tryEval[domainLook](b, look)
					return got == want, err
				})
			}
		}
	})
}

// A domainLook is how a domain is drawn.
type domainLook struct {
	Lines int
	Seen  bool // from its beginning to its end
	Cut   bool // what is before it
}

// At every width, who reads the list sees each domain to its end, and nothing slides
// sideways there or in the audit trail.
func TestDomainsOfACrowd(t *testing.T) {
	t.Parallel()
	d := newDemo(t)
	b := newTab(t, d.url, desktop)
	b.open("/login")
	b.signIn(d.operator, d.password)
	b.awaitPage("/rooms")
	b.open("/arrivals")
	b.click(button("Start a raid"))
	b.await(css("#wave").shows("A wave"))
	b.open(escapedRoomPath(d.room))
	b.await(css("#occupants").shows("@throwaway.example"))
	b.click(button("Pause")) // since they come and go
	for _, width := range []int64{320, 480, 700, 993, 1024, 1121, 1280} {
		b.emulate(device{name: fmt.Sprint(width), width: width, height: 800})
		b.await(fmt.Sprintf("innerWidth === %d", width))
		cut := eval[[]string](b, `[...document.querySelectorAll("#occupants .domain")].filter((domain) => {
			const [part, cell] = [domain, domain.closest("td")].map((e) => e.getBoundingClientRect());
			return domain.checkVisibility({ contentVisibilityAuto: true }) && (part.right > cell.right + 1 || part.bottom > cell.bottom + 1);
		}).map((domain) => domain.innerText)`)
		if len(cut) > 0 {
			t.Errorf("at %d, %d domains are cut: %q", width, len(cut), cut[0])
		}
		if wide := eval[float64](b, "document.documentElement.scrollWidth - innerWidth"); wide > 0 {
			t.Errorf("at %d, %v pixels are beside the screen", width, wide)
		}
	}
}
