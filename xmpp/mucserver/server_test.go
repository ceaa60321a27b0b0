package mucserver

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serveOn serves on l until the returned function is called.
func serveOn(t testing.TB, s *Server, l net.Listener) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	}
}

func TestRestart(t *testing.T) {
	s := testServer(t, nil)
	room := createRoom(t, s, RoomConfig{})
	enter(t, room, "Paris", AffiliationNone)
	for range 3 {
		addr, stop := listen(t, s)
		romeo := logIn(t, addr, "romeo@example.org/orchard")
		romeo.join(testRoom, "Romeo")
		idle, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer idle.Close()
		var wait sync.WaitGroup
		wait.Go(stop)
		if got := romeo.ended(); got != "system-shutdown" {
			t.Errorf("the stream ended with %q, want system-shutdown", got)
		}
		wait.Wait()
		if got := s.Sessions(); len(got) != 0 {
			t.Errorf("sessions outlive the server: %q", got)
		}
		if got := room.Occupants(); len(got) != 1 || got[0].Nick != "Paris" {
			t.Errorf("got %+v, want the resident only", got)
		}
	}
}

func TestServeTwiceAtOnce(t *testing.T) {
	s, _ := serve(t, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	waitFor(t, func() bool {
		s.mu.RLock()
		defer s.mu.RUnlock()
		return s.serving
	})
	if err := s.Serve(context.Background(), l); !errors.Is(err, ErrServing) {
		t.Errorf("got %v, want ErrServing", err)
	}
}

func TestServeReturnsWhatTheListenerReports(t *testing.T) {
	s := testServer(t, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := s.Serve(context.Background(), l); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v, want net.ErrClosed", err)
	}
}

func TestOptions(t *testing.T) {
	tests := []struct {
		name string
		opts Options
		want []string // parts of the error
	}{
		{"nothing", Options{}, []string{`domain ""`}},
		{"several faults", Options{Domain: "a b", Services: []string{"x@y", "chat.example.org"}}, []string{`domain "a b"`, `service "x@y"`}},
		{"service on the domain", Options{Domain: "Example.org", Services: []string{"example.ORG"}}, []string{`service "example.ORG"`}},
		{"account", Options{Domain: "example.org", Accounts: map[string]string{"a@b": ""}}, []string{`"a@b"`}},
		{"account without a name", Options{Domain: "example.org", Accounts: map[string]string{"": "pw"}}, []string{`""`}},
		{"admin", Options{Domain: "example.org", Admins: []string{"a/b"}}, []string{`"a/b"`}},
		{"domain only", Options{Domain: "Example.org"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := New(tt.opts)
			if len(tt.want) > 0 {
				if err == nil {
					t.Fatal("no error")
				}
				wantParts(t, err.Error(), tt.want...)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Services(); !slices.Equal(got, []string{"conference.example.org"}) {
				t.Errorf("services: %q", got)
			}
		})
	}
}
