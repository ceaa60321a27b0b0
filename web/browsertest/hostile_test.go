package browsertest

import (
	"strings"
	"testing"

	"muckick/xmpp/xmpptest"
)

// Whatever people call themselves, they are listed under that name, it stays a
// name, and they can be kicked.
func TestHostileNicks(t *testing.T) {
	t.Parallel()
	nicks := xmpptest.HostileNicks()
	each(t, func(t *testing.T, s *scene) {
		var kicked []string
		panels := []*tab{s.openRoom(t, phone), s.openRoom(t, desktop)}
		for i, tt := range nicks {
			t.Run(tt.Name, func(t *testing.T) {
				for _, b := range panels {
					b.attach(t)
				}
				own, refused := s.bob.TryJoin(t, s.chat.NewRoom(), tt.Nick)
				if refused != nil || tt.Refused(s.chat) {
					if refused == nil || !tt.Refused(s.chat) {
						t.Errorf("got refusal %v, want one: %v", refused, tt.Refused(s.chat))
					}
					return
				}
				nick := own.Nick
				s.carol.SetNick(t, s.room, nick)
				for _, b := range panels {
					b.await(row(nick).do("e => e.checkVisibility()"))
					b.checkFits()
				}
				b := panels[i%2]
				b.kick(nick, tt.Name)
				checkKicked(t, s.carol, s.room, tt.Name)
				kicked = append(kicked, nick)
				for _, b := range panels {
					b.await(row(nick).none())
				}
				b.await(css("#results [data-outcome=done]").do("() => true"))
				b.checkFits()
				s.carol.Join(t, s.room, "Carol")
			})
		}
		b := panels[0]
		b.open("/audit")
		for _, nick := range kicked {
			b.await(`[...document.querySelectorAll("table.audit a")].some((e) => new URL(e.href).searchParams.get("nick") === ` + quote(nick) + `)`)
		}
		if len(kicked) == 0 {
			t.Error("the server refused every nick")
		}
		b.checkFits()
	})
}

// What a room says of itself is text too, wherever it is shown.
func TestHostileRoom(t *testing.T) {
	t.Parallel()
	const name = `<img src=x onerror=alert(1)>` + "\u202Egnp.exe "
	eachOwn(t, func(t *testing.T, s *scene) {
		room := s.chat.NewRoom()
		s.alice.CreateRoom(t, room, "Alice", map[string]string{
			"roomname": name + room, "roomdesc": name + strings.Repeat("W", 2000), "publicroom": "1", "persistentroom": "1",
		})
		s.alice.Send(t, "<message type='groupchat' to='"+room+"'><subject>&lt;script&gt;alert(1)&lt;/script&gt; http://elsewhere.example/</subject></message>")
		b := s.signIn(t, phone, "/rooms")
		b.await(roomEntry(room).shows("<img src=x onerror=alert(1)>"))
		b.await(roomEntry(room).shows("U+202E"))
		b.checkFits()
		b.click(roomEntry(room).in("a"))
		b.awaitLive()
		b.await(css("h1").shows("<img src=x onerror=alert(1)>"))
		b.await(css("#room").shows("<script>alert(1)</script> http://elsewhere.example/"))
		b.click(button("About this room and this list"))
		b.checkFits()
		b.await("!document.querySelector('a[href*=\"//\"]')")
	})
}

// checkFits fails the test if the page is wider than the screen.
func (b *tab) checkFits() {
	b.t.Helper()
	got := eval[[]int](b, "[document.documentElement.scrollWidth, innerWidth]")
	if got[0] > int(b.device.width) || got[1] != int(b.device.width) {
		b.t.Errorf("%s: the page is %d wide and the screen shows %d of it, want %d", b.device.name, got[0], got[1], b.device.width)
	}
}
