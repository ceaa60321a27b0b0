// Package raidtest clears raids: plans and jobs on real chat servers and both
// databases, with processes that are killed in the middle.
//
// The environment variable MUCKICK_LONG, set to anything, makes waves of 200 bots in
// 20 rooms, with every breakage on every server.
package raidtest

import (
	"fmt"
	"os"
	"testing"

	"muckick/web/store/storetest"
	"muckick/xmpp/xmpptest"
)

func TestMain(m *testing.M) {
	if os.Getenv(victimStore) != "" {
		beVictim()
		return
	}
	xmpptest.Main(m)
	if err := storetest.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
