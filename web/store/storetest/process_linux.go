package storetest

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// processAttributes make Postgres end with the test binary, and run as another
// user when the tests run as root, as whom it refuses to run.
func processAttributes() *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
	if uid, gid, found := servant(); found {
		attributes.Credential = &syscall.Credential{Uid: uid, Gid: gid}
	}
	return attributes
}

// giveAway makes that other user the owner of a folder.
func giveAway(folder string) error {
	uid, gid, found := servant()
	if !found {
		if os.Geteuid() == 0 {
			return fmt.Errorf("running as root, and there is no user postgres or nobody to run Postgres as")
		}
		return nil
	}
	return os.Chown(folder, int(uid), int(gid))
}

// servant returns the user to run Postgres as, if not as the present one.
func servant() (uid, gid uint32, found bool) {
	if os.Geteuid() != 0 {
		return 0, 0, false
	}
	for _, name := range []string{"postgres", "nobody"} {
		account, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(account.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(account.Gid, 10, 32)
		if uidErr == nil && gidErr == nil {
			return uint32(uid), uint32(gid), true
		}
	}
	return 0, 0, false
}
