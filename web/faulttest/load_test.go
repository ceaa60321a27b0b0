package faulttest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A kick is one request to the machine interface, and its answer. Its reason is
// its name: the audit row and the presence of whoever it hits carry it too.
type kick struct {
	reason         string
	room, nick     string
	seat           *seat // whom it is for; nil if nobody has the nick
	sent, answered time.Time
	status         int
	text           string
	err            error // why there is no answer
}

func (k kick) took() time.Duration { return k.answered.Sub(k.sent) }

func (k kick) String() string {
	return fmt.Sprintf("%s of %s/%s: %d %s (error: %v, %v)", k.reason, k.room, k.nick, k.status, strings.TrimSpace(k.text), k.err, k.took())
}

// A kicker sends kicks over HTTP and remembers them all.
type kicker struct {
	site *site

	lastKick atomic.Int64
	mu       sync.Mutex
	kicks    []kick
}

// kick sends one request and waits for its answer. It goes on when the test's
// own context has ended: an answer that never comes must not be overlooked.
func (l *kicker) kick(room, nick string, seat *seat) kick {
	k := kick{reason: fmt.Sprintf("kick %d", l.lastKick.Add(1)), room: room, nick: nick, seat: seat, sent: time.Now()}
	ctx, cancel := context.WithTimeout(context.Background(), burstTimeout+patience)
	defer cancel()
	k.status, k.text, k.err = l.site.post(ctx, k)
	k.answered = time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kicks = append(l.kicks, k)
	return k
}

// kickSeat kicks whoever has the seat.
func (l *kicker) kickSeat(s *seat) kick { return l.kick(s.room, s.nick, s) }

// all returns every kick so far.
func (l *kicker) all() []kick {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]kick(nil), l.kicks...)
}

// take returns every kick so far and forgets them.
func (l *kicker) take() []kick {
	l.mu.Lock()
	defer l.mu.Unlock()
	kicks := l.kicks
	l.kicks = nil
	return kicks
}

func (s *site) post(ctx context.Context, k kick) (status int, text string, err error) {
	body, err := json.Marshal(map[string]string{"muc": k.room, "nickname": k.nick, "reason": k.reason})
	if err != nil {
		return 0, "", err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.address+"/muc_kick", strings.NewReader(string(body)))
	if err != nil {
		return 0, "", err
	}
	request.Header.Set("Authorization", header)
	response, err := s.http.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, string(answer), err
}

const (
	// absentNick is nobody's.
	absentNick = "Nobody"

	// inFlight is how many kicks a load has under way: one for each seat, and
	// as many of nobody.
	inFlight = 4 * roomCount

	// loadPace is the wait of each worker between two kicks.
	loadPace = 10 * time.Millisecond
)

// A load kicks steadily until it is ended.
type load struct {
	cancel  context.CancelFunc
	workers sync.WaitGroup
}

// startLoad begins to kick everybody and nobody, until the test ends at the
// latest. One worker in four of nobody takes rooms that muckick has to enter
// for it.
func (r *rig) startLoad(t testing.TB, from *kicker) *load {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	l := &load{cancel: cancel}
	t.Cleanup(l.end)
	for _, s := range r.seats {
		l.workers.Go(func() {
			for s.await(ctx) && pause(ctx, loadPace) {
				from.kickSeat(s)
			}
		})
	}
	for i := range inFlight - len(r.seats) {
		rooms := []string{r.rooms[i%len(r.rooms)]}
		if i%4 == 0 {
			rooms = r.remote
		}
		l.workers.Go(func() {
			for n := i; pause(ctx, loadPace); n++ {
				from.kick(rooms[n%len(rooms)], absentNick, nil)
			}
		})
	}
	return l
}

// end lets every kick finish.
func (l *load) end() {
	l.cancel()
	l.workers.Wait()
}

// runLoad kicks for a while.
func (r *rig) runLoad(t testing.TB, from *kicker, d time.Duration) {
	t.Helper()
	l := r.startLoad(t, from)
	pause(t.Context(), d)
	l.end()
}
