package xmpptest

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

//go:embed ejabberd.yml.tmpl
var ejabberdConfig string

type ejabberd struct {
	daemon
	api    string // URL
	client *http.Client
}

func newEjabberd(s setup) (*ejabberd, error) {
	library, err := s.root.ejabberdLibrary()
	if err != nil {
		return nil, err
	}
	spool := filepath.Join(s.dir, "spool")
	if err := os.Mkdir(spool, 0o700); err != nil {
		return nil, err
	}
	config := filepath.Join(s.dir, "ejabberd.yml")
	if err := writeConfig(config, ejabberdConfig, nil, configValues(s)); err != nil {
		return nil, err
	}
	inside := s.root.inside
	e := &ejabberd{
		api: "http://" + loopback(s.httpPort) + "/api/",
		client: &http.Client{
			Timeout:   10 * time.Second,
			Transport: &http.Transport{DisableKeepAlives: true},
		},
	}
	e.daemon = daemon{
		core: s.core,
		command: func() *exec.Cmd {
			// ejabberdctl would insist on its own user, a node name and epmd.
			cmd := s.root.command("erl", "-noinput", "+K", "true", "-mnesia", "dir", `"`+inside(spool)+`"`,
				"-s", "ejabberd", "-eval", syncFiles)
			cmd.Dir = spool
			cmd.Env = append(os.Environ(),
				"HOME="+inside(spool),
				"ERL_LIBS="+inside(library),
				"EJABBERD_CONFIG_PATH="+inside(config),
				"EJABBERD_LOG_PATH="+inside(filepath.Join(s.dir, "ejabberd.log")),
				"EJABBERD_PID_PATH="+inside(filepath.Join(s.dir, "ejabberd.pid")),
				"ERL_CRASH_DUMP_BYTES=0",
			)
			return cmd
		},
		ready: func(ctx context.Context) error {
			if err := e.call(ctx, "status", struct{}{}); err != nil {
				return err
			}
			return answers(ctx, loopback(s.port))
		},
		// ejabberd.log repeats what it prints.
		logs: []string{filepath.Join(s.dir, "output.log")},
	}
	return e, nil
}

// Erlang's database keeps what was written for up to two seconds before it
// reaches a file. Tests kill servers sooner than that, so it is told to hurry.
const (
	syncInterval = 50 * time.Millisecond
	syncFiles    = `spawn(fun Sync() ->
		timer:sleep(50), catch mnesia:sync_log(), catch [dets:sync(T) || T <- dets:all()], Sync() end).`
)

// kill lets the last writes reach their files first: a real server that is
// killed has had the time.
func (e *ejabberd) kill() error {
	e.settle()
	return e.daemon.kill()
}

func (e *ejabberd) settle() { <-time.After(2 * syncInterval) }

func (e *ejabberd) register(account Account) error {
	return e.call(context.Background(), "register", struct {
		User     string `json:"user"`
		Host     string `json:"host"`
		Password string `json:"password"`
	}{account.User, domain, account.Password})
}

// call gives a command over ejabberd's HTTP interface.
func (e *ejabberd) call(ctx context.Context, command string, arguments any) error {
	body, err := json.Marshal(arguments)
	if err != nil {
		return fmt.Errorf("encode arguments of %s: %w", command, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.api+command, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := e.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	if err != nil {
		return fmt.Errorf("read answer to %s: %w", command, err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s: %s", command, resp.Status, answer)
	}
	return nil
}
