package moderation

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// somePrincipals know one, or fail.
type somePrincipals struct {
	grants Grants
	err    error
	asked  int
}

func (p *somePrincipals) PrincipalOf(context.Context, Actor) (Principal, error) {
	p.asked++
	return Principal{Grants: p.grants}, p.err
}

// What the actor of a job may do is asked once for many steps, and again in time for
// rights that end to end the job. A failure is not remembered.
func TestWarrant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		principals := &somePrincipals{grants: Everything(), err: errors.New("away")}
		r := &jobRun{jobs: &Jobs{options: JobsOptions{Principals: principals, Now: time.Now}}}
		may := func() bool {
			t.Helper()
			principal, err := r.actor(t.Context())
			return err == nil && principal.Grants.MayEverywhere(Kick)
		}
		if may() {
			t.Error("the store is away, and the actor may kick")
		}
		principals.err = nil
		for range 100 {
			if !may() {
				t.Fatal("the store is back, and the actor may not kick")
			}
		}
		if principals.asked != 2 {
			t.Errorf("asked %d times, want 2", principals.asked)
		}
		principals.grants = Grants{}
		time.Sleep(warrantTime)
		if may() {
			t.Errorf("may kick %s after their rights ended", warrantTime)
		}
	})
}
