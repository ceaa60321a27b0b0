package xmpptest

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// python is Debian's, since python3-slixmpp is not for any other that PATH may
// name first.
const python = "/usr/bin/python3"

//go:embed peers.py
var peersScript string

// Peers are chat clients of one server: slixmpp sessions in one Python process
// that ends with the test.
type Peers struct {
	server  *Server
	process *process
	output  string // file with what the process wrote to standard error
	routed  chan struct{}

	sending  sync.Mutex
	commands *json.Encoder
	input    io.Closer

	mu    sync.Mutex
	peers map[string]*Peer
	ready chan struct{} // closed by the first event
	err   error         // why no more events come
}

// NewPeers starts the clients' process. The test is skipped if slixmpp is not
// installed.
func NewPeers(t testing.TB, s *Server) *Peers {
	t.Helper()
	if !processesSupported {
		missing(t, "slixmpp (tests use it on Linux only)")
	}
	if _, err := os.Stat(python); err != nil {
		missing(t, "slixmpp ("+err.Error()+")")
	}
	p := &Peers{
		server: s,
		output: t.TempDir() + "/peers.log",
		routed: make(chan struct{}),
		peers:  make(map[string]*Peer),
		ready:  make(chan struct{}),
	}
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.close(t) })
	p.awaitReady(t)
	return p
}

func (p *Peers) start() error {
	output, err := os.Create(p.output)
	if err != nil {
		return err
	}
	defer output.Close()
	childInput, input, err := os.Pipe()
	if err != nil {
		return err
	}
	defer childInput.Close()
	events, childOutput, err := os.Pipe()
	if err != nil {
		return errors.Join(err, input.Close())
	}
	defer childOutput.Close()
	cmd := exec.Command(python, "-I", "-c", peersScript)
	// slixmpp would read the system's authorities anew for every client.
	cmd.Env = append(os.Environ(), "SSL_CERT_FILE=/dev/null", "SSL_CERT_DIR=/dev/null")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = childInput, childOutput, output
	if p.process, err = startProcess(cmd); err != nil {
		return errors.Join(err, input.Close(), events.Close())
	}
	p.input = input
	p.commands = json.NewEncoder(input)
	go p.route(events)
	return nil
}

// close ends the process and waits for all that belongs to it.
func (p *Peers) close(t testing.TB) {
	t.Helper()
	p.process.kill()
	<-p.routed
	if err := p.input.Close(); err != nil {
		t.Error(err)
	}
	if t.Failed() {
		t.Logf("standard error of the peers:\n%s", p.errorOutput())
	}
}

func (p *Peers) errorOutput() string {
	text, err := os.ReadFile(p.output)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func (p *Peers) awaitReady(t testing.TB) {
	t.Helper()
	timer := time.NewTimer(waitTimeout)
	defer timer.Stop()
	select {
	case <-p.ready:
	case <-p.routed:
		text := strings.TrimSpace(p.errorOutput())
		if what, ok := strings.CutPrefix(text, "MISSING: "); ok {
			missing(t, "slixmpp ("+what+"; on Debian: apt-get install python3-slixmpp)")
		}
		t.Fatalf("the peers did not start:\n%s", text)
	case <-timer.C:
		t.Fatalf("the peers did not start within %v", waitTimeout)
	}
}

// route hands the events to the peers until there are no more.
func (p *Peers) route(events io.ReadCloser) {
	defer close(p.routed)
	defer events.Close()
	lines := bufio.NewReaderSize(events, 1<<16)
	for {
		line, err := lines.ReadBytes('\n')
		if err == nil {
			err = p.dispatch(line)
		}
		if err != nil {
			p.fail(fmt.Errorf("no more events from the peers: %w", err))
			return
		}
	}
}

func (p *Peers) dispatch(line []byte) error {
	var e event
	if err := json.Unmarshal(line, &e); err != nil {
		return fmt.Errorf("decode %q: %w", line, err)
	}
	if e.Event == eventReady {
		close(p.ready)
		return nil
	}
	p.mu.Lock()
	peer := p.peers[e.Peer]
	p.mu.Unlock()
	if peer == nil {
		return fmt.Errorf("event of unknown peer %q", e.Peer)
	}
	peer.receive(e)
	return nil
}

// fail tells everybody who waits that no more events will come.
func (p *Peers) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = err
	for _, peer := range p.peers {
		peer.fail(err)
	}
}

// add makes a peer known, so that it gets events.
func (p *Peers) add(user string) (*Peer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return nil, p.err
	}
	peer := newPeer(p, user, "peer"+strconv.Itoa(len(p.peers)+1))
	p.peers[peer.id] = peer
	return peer, nil
}

// A command is what the Python process is told to do.
type command struct {
	Do       string   `json:"do"` // connect, send, disconnect or abort
	Peer     string   `json:"peer"`
	JID      string   `json:"jid,omitempty"`
	Password string   `json:"password,omitempty"`
	Domain   string   `json:"domain,omitempty"`
	Host     string   `json:"host,omitempty"`
	Port     int      `json:"port,omitempty"`
	TLS      string   `json:"tls,omitempty"` // none, starttls or direct
	CA       string   `json:"ca,omitempty"`
	Stanzas  []string `json:"stanzas,omitempty"`
}

func (p *Peers) command(t testing.TB, c command) {
	t.Helper()
	p.sending.Lock()
	defer p.sending.Unlock()
	if err := p.commands.Encode(c); err != nil {
		t.Fatalf("command to the peers: %v", err)
	}
}
