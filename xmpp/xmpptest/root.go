package xmpptest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// treeEnv names the folder with Debian 13's servers, if it is not the one that
// .ci/debian13 makes by default.
const treeEnv = "MUCKICK_DEBIAN13"

// A root is the folder that a server takes for the file system's root: empty
// for the system's own, or a tree with another system in it.
type root string

// rootOf returns the root of a kind of server.
func rootOf(name string) (root, error) {
	if !inTree(name) {
		return "", nil
	}
	if tree := os.Getenv(treeEnv); tree != "" {
		return root(filepath.Clean(tree)), nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return root(filepath.Join(cache, "muckick", "debian13")), nil
}

// newFolder makes a folder for a server of that name. With memory, no disk holds
// the files up.
func (r root) newFolder(name string, memory bool) (string, error) {
	parent := ""
	switch {
	case r != "":
		parent = filepath.Join(string(r), "srv")
	case memory:
		parent = "/dev/shm"
	}
	return os.MkdirTemp(parent, "xmpptest-"+name+"-")
}

// inside returns the path of a file as the server sees it.
func (r root) inside(path string) string { return strings.TrimPrefix(path, string(r)) }

// command returns the command that the server is started with.
func (r root) command(name string, args ...string) *exec.Cmd {
	if r == "" {
		return exec.Command(name, args...)
	}
	return exec.Command("chroot", append([]string{string(r), name}, args...)...)
}

// ejabberdLibrary returns the folder that holds ejabberd's and its dependencies'
// Erlang applications.
func (r root) ejabberdLibrary() (string, error) {
	found, err := filepath.Glob(filepath.Join("/", string(r), "usr/lib/*/ejabberd-*/ebin/ejabberd.app"))
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", fmt.Errorf("no ejabberd below %s/usr/lib", r)
	}
	return filepath.Dir(filepath.Dir(filepath.Dir(found[0]))), nil
}

// lack returns why the software cannot run here, or nil.
func (r root) lack(software string) error {
	if r != "" {
		if os.Geteuid() != 0 {
			return errors.New("chroot needs root")
		}
		if _, err := os.Stat(filepath.Join(string(r), "srv")); err != nil {
			return err
		}
	}
	switch software {
	case Prosody:
		return r.hasProgram("prosody")
	case Ejabberd:
		if _, err := r.ejabberdLibrary(); err != nil {
			return err
		}
		return r.hasProgram("erl")
	}
	return nil
}

func (r root) hasProgram(name string) error {
	if r == "" {
		_, err := exec.LookPath(name)
		return err
	}
	_, err := os.Stat(filepath.Join(string(r), "usr/bin", name))
	return err
}
