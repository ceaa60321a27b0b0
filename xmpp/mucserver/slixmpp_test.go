package mucserver

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// python is the interpreter that Debian's python3-slixmpp belongs to.
const python = "/usr/bin/python3"

//go:embed testdata/kicked.py
var kickedScript string

// slixmppEvent is a line that the script prints.
type slixmppEvent struct {
	Event    string
	Codes    []int
	Role     string
	Reason   string
	Body     string
	Features []string
}

// needSlixmpp skips the test where slixmpp is missing, or fails it where all
// servers and clients are required.
func needSlixmpp(t *testing.T) {
	t.Helper()
	if out, err := exec.Command(python, "-c", "import slixmpp").CombinedOutput(); err != nil {
		const missing = "no slixmpp for " + python + " (Debian: python3-slixmpp): %v\n%s"
		if os.Getenv("MUCKICK_REQUIRE_SERVERS") != "" {
			t.Fatalf(missing, err, out)
		}
		t.Skipf(missing, err, out)
	}
}

func TestSlixmppIsKicked(t *testing.T) {
	needSlixmpp(t)
	s, addr := serve(t, nil)
	if _, err := s.CreateRoom(testRoom, RoomConfig{Persistent: true}); err != nil {
		t.Fatal(err)
	}
	nurse := logIn(t, addr, "nurse@example.org/kitchen")
	nurse.join(testRoom, "Nurse")

	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	script := exec.CommandContext(ctx, python, "-c", kickedScript, host, port, "romeo@example.org/orchard", "pw", testRoom, "Roméo 🌹")
	var stderr bytes.Buffer
	script.Stderr = &stderr
	stdout, err := script.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := script.Start(); err != nil {
		t.Fatal(err)
	}
	var events []slixmppEvent
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		var e slixmppEvent
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		events = append(events, e)
		if e.Event == "spoke" {
			wantParts(t, nurse.admin(testRoom, "<item nick='Roméo 🌹' role='none'><reason>Tybalt &amp; co</reason></item>"), "type='result'")
		}
	}
	if err := script.Wait(); err != nil {
		t.Fatalf("slixmpp: %v\n%s", err, &stderr)
	}

	if len(events) > 0 && !slices.Contains(events[0].Features, nsMUC) {
		t.Errorf("slixmpp saw the features %q", events[0].Features)
	} else if len(events) > 0 {
		events[0].Features = nil
	}
	want := []slixmppEvent{
		{Event: "info"},
		{Event: "joined", Codes: []int{110}},
		{Event: "spoke", Body: "Hello & <welcome>"},
		{Event: "removed", Codes: []int{110, 307}, Role: "none", Reason: "Tybalt & co"},
	}
	if diff := cmp.Diff(want, events); diff != "" {
		t.Errorf("what slixmpp saw (-want +got):\n%s\n%s", diff, &stderr)
	}
}
