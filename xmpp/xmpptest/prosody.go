package xmpptest

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/template"
)

//go:embed prosody.cfg.lua.tmpl
var prosodyConfig string

type prosody struct {
	daemon
	accounts string // folder with a file for each account
}

func newProsody(s setup) (*prosody, error) {
	data := filepath.Join(s.dir, "data")
	p := &prosody{accounts: filepath.Join(data, storageName(domain), "accounts")}
	if err := os.MkdirAll(p.accounts, 0o700); err != nil {
		return nil, err
	}
	values := configValues(s)
	log := filepath.Join(s.dir, "prosody.log")
	values.Data, values.Log = s.root.inside(data), s.root.inside(log)
	config := filepath.Join(s.dir, "prosody.cfg.lua")
	quote := template.FuncMap{"lua": luaString}
	if err := writeConfig(config, prosodyConfig, quote, values); err != nil {
		return nil, err
	}
	p.daemon = daemon{
		core: s.core,
		command: func() *exec.Cmd {
			cmd := s.root.command("prosody", "-F", "--config", s.root.inside(config))
			cmd.Dir = s.dir
			return cmd
		},
		ready: func(ctx context.Context) error { return answers(ctx, loopback(s.port)) },
		logs:  []string{filepath.Join(s.dir, "output.log"), log},
	}
	return p, nil
}

// register writes the account as Prosody's internal storage keeps it, since
// prosodyctl takes longer than the start of the server. Prosody reads the
// file whenever the account logs in.
func (p *prosody) register(account Account) error {
	path := filepath.Join(p.accounts, storageName(account.User)+".dat")
	content := fmt.Sprintf("return { [\"password\"] = %s };\n", luaString(account.Password))
	return os.WriteFile(path, []byte(content), 0o600)
}

// storageName returns the file name that Prosody's internal storage has for a
// host or a user.
func storageName(name string) string { return escapeBytes(name, "%%%02x") }

// luaString returns the Lua literal of s.
func luaString(s string) string { return `"` + escapeBytes(s, `\%03d`) + `"` }

// escapeBytes formats every byte that is no ASCII letter or digit.
func escapeBytes(s, format string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		switch {
		case '0' <= c && c <= '9', 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, format, c)
		}
	}
	return b.String()
}
