package xmpp

import (
	"errors"
	"testing"
	"testing/synctest"
)

// Only a refusal for want of rights says that an occupant is protected, and a
// kick that works says the contrary.
func TestOutranked(t *testing.T) {
	const owner = "<presence from='in@chat.example.org/Bob'><x xmlns='" + nsMUCUser + "'><item role='moderator' affiliation='owner' jid='bob@example.org/x'/></x></presence>"
	const no = "<iq type='error' id='%s' from='in@chat.example.org'><error type='cancel'><%s xmlns='" + nsStanzas + "'/></error></iq>"
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t)
		s.says(owner)
		obstacleOf := func(condition string) Obstacle {
			end := s.kick()
			s.says(no, s.sent().id, condition)
			s.says("<iq type='result' id='%s' from='in@chat.example.org/muckick'/>", s.sent().id) // we are there
			var refused *RefusedError
			if err := (<-end).Err; !errors.As(err, &refused) {
				t.Fatalf("%s: got %v, want a refusal", condition, err)
			}
			return refused.Obstacle
		}
		protected := func() bool { return s.client.protects(s.room.jid, AffiliationOwner) }
		if got := obstacleOf("internal-server-error"); got != ObstacleNone || protected() {
			t.Errorf("got %q and protected %v from a fault of the server", got, protected())
		}
		if got := obstacleOf("not-allowed"); got != ObstacleOutranked || !protected() {
			t.Errorf("got %q and protected %v, want both", got, protected())
		}
		if s.client.protects(RoomJID{"other", "chat.example.org"}, AffiliationOwner) {
			t.Error("one room says something of another")
		}
		end := s.kick()
		id := s.sent().id
		s.says(bobLeaves, kicked)
		s.says(done, id)
		if got := <-end; got.Err != nil || protected() {
			t.Errorf("got %v and protected %v, want a kick that shows the contrary", got.Err, protected())
		}
	})
}
