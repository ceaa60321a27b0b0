// Package storetest gives tests databases: SQLite files, and a throw-away
// Postgres that is started once per test binary.
//
// A package that uses [Postgres] has a TestMain that calls [Main] or [Stop].
package storetest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// RequireServers is the environment variable that, when set, turns a missing
// Postgres from a skip into a failure.
const RequireServers = "MUCKICK_REQUIRE_SERVERS"

const (
	startTimeout = 60 * time.Second
	startTries   = 3 // in case that another program takes the free port first
	pollInterval = 20 * time.Millisecond
)

// errMissing says that Postgres is not installed.
var errMissing = errors.New("no Postgres: initdb is neither on PATH nor in /usr/lib/postgresql/*/bin")

// shared is the server of this test binary. Main stops it.
var shared struct {
	sync.Mutex
	server    *server
	err       error
	tried     bool
	databases int
}

// Main runs the tests, stops Postgres if one of them started it, and exits.
func Main(m *testing.M) {
	code := m.Run()
	if err := Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "storetest:", err)
		code = 1
	}
	os.Exit(code)
}

// Stop stops Postgres if a test started it, for a TestMain that does not call
// [Main].
func Stop() error {
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil {
		return nil
	}
	return shared.server.stop()
}

// Postgres returns the URL of a new, empty database. Without Postgres on this
// machine the test is skipped, or fails when RequireServers is set.
func Postgres(t testing.TB) string {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if !shared.tried {
		shared.tried = true
		shared.server, shared.err = start()
	}
	if errors.Is(shared.err, errMissing) && os.Getenv(RequireServers) == "" {
		t.Skipf("SKIPPED, not tested on Postgres: %v", shared.err)
	}
	if shared.err != nil {
		t.Fatalf("Postgres: %v", shared.err)
	}
	shared.databases++
	name := "test" + strconv.Itoa(shared.databases)
	if err := shared.server.exec(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatalf("Postgres: %v", err)
	}
	return shared.server.url(name)
}

// SQLite returns the URL of a database file that does not exist yet.
func SQLite(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "store.db")
}

// server is a running Postgres.
type server struct {
	folder string
	port   int
	cmd    *exec.Cmd
	exited chan error
}

// start creates a cluster in a temporary folder and starts it on a free port.
func start() (*server, error) {
	binaries, err := findBinaries()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "muckick-postgres-")
	if err != nil {
		return nil, err
	}
	s := &server{folder: folder}
	if err := s.create(binaries); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	for range startTries {
		if err = s.run(binaries); err == nil {
			return s, nil
		}
	}
	return nil, errors.Join(err, os.RemoveAll(folder))
}

// findBinaries returns the folder that holds initdb and postgres.
func findBinaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errMissing
	}
	return filepath.Dir(slices.Max(found)), nil
}

func (s *server) create(binaries string) error {
	if err := giveAway(s.folder); err != nil {
		return err
	}
	initdb := exec.Command(filepath.Join(binaries, "initdb"), "-D", s.data(), "-U", "muckick",
		"--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
	initdb.Dir = s.folder
	initdb.SysProcAttr = processAttributes()
	if output, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, output)
	}
	return nil
}

func (s *server) data() string { return filepath.Join(s.folder, "data") }

// run starts the server and waits until it answers.
func (s *server) run(binaries string) error {
	var err error
	if s.port, err = freePort(); err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(s.folder, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	s.cmd = exec.Command(filepath.Join(binaries, "postgres"), "-D", s.data(),
		"-h", "127.0.0.1", "-p", strconv.Itoa(s.port), "-k", "", "-c", "max_connections=200")
	s.cmd.Dir = s.folder
	s.cmd.Stdout, s.cmd.Stderr = log, log
	s.cmd.SysProcAttr = processAttributes()
	if err := s.cmd.Start(); err != nil {
		return err
	}
	s.exited = make(chan error, 1)
	go func() { s.exited <- s.cmd.Wait() }()
	return s.await()
}

func (s *server) await() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	poll := time.NewTicker(pollInterval)
	defer poll.Stop()
	for {
		err := s.exec(ctx, "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case exit := <-s.exited:
			output, _ := os.ReadFile(filepath.Join(s.folder, "log"))
			return fmt.Errorf("postgres ended: %w: %s", exit, output)
		case <-ctx.Done():
			return errors.Join(err, s.kill())
		case <-poll.C:
		}
	}
}

func (s *server) url(database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.User("muckick"),
		Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)), Path: "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

func (s *server) exec(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, s.url("postgres"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

// kill ends the server at once, as SIGQUIT does with Postgres.
func (s *server) kill() error {
	if err := s.cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		return err
	}
	<-s.exited
	return nil
}

func (s *server) stop() error {
	return errors.Join(s.kill(), os.RemoveAll(s.folder))
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
