package mucserver

import (
	"errors"
	"fmt"
	"testing"
)

// condition returns "type/condition" of a stanza error, "" for nil.
func condition(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var e *StanzaError
	if !errors.As(err, &e) {
		t.Fatalf("%v is no stanza error", err)
	}
	return e.Type + "/" + e.Condition
}

func TestCheckRoleChange(t *testing.T) {
	var (
		owner  = rank{RoleModerator, AffiliationOwner}
		admin  = rank{RoleModerator, AffiliationAdmin}
		member = rank{RoleParticipant, AffiliationMember}
		mod    = rank{RoleModerator, AffiliationNone}
		modMem = rank{RoleModerator, AffiliationMember}
		guest  = rank{RoleParticipant, AffiliationNone}
		silent = rank{RoleVisitor, AffiliationNone}
	)
	tests := []struct {
		actor, target rank
		role          Role
		want          string
	}{
		// Kicking, XEP-0045 §8.2.
		{guest, silent, RoleNone, "auth/forbidden"},
		{silent, silent, RoleNone, "auth/forbidden"},
		{mod, guest, RoleNone, ""},
		{mod, mod, RoleNone, ""},
		{mod, member, RoleNone, "cancel/not-allowed"},
		{mod, owner, RoleNone, "cancel/not-allowed"},
		{modMem, member, RoleNone, ""},
		{admin, admin, RoleNone, ""},
		{admin, owner, RoleNone, "cancel/not-allowed"},
		{owner, owner, RoleNone, ""},
		// Voice, §8.3 and §8.4.
		{guest, silent, RoleParticipant, "auth/forbidden"},
		{mod, silent, RoleParticipant, ""},
		{mod, guest, RoleVisitor, ""},
		{mod, member, RoleVisitor, "cancel/not-allowed"},
		{modMem, member, RoleVisitor, "cancel/not-allowed"},
		{modMem, guest, RoleVisitor, ""},
		{admin, member, RoleVisitor, ""},
		{admin, admin, RoleVisitor, "cancel/not-allowed"},
		{owner, admin, RoleVisitor, "cancel/not-allowed"},
		// Moderators, §9.6 and §9.7.
		{mod, guest, RoleModerator, "auth/forbidden"},
		{modMem, guest, RoleModerator, "auth/forbidden"},
		{admin, guest, RoleModerator, ""},
		{mod, mod, RoleParticipant, "auth/forbidden"},
		{admin, mod, RoleParticipant, ""},
		{admin, modMem, RoleVisitor, ""},
		{admin, admin, RoleParticipant, "cancel/not-allowed"},
		{owner, admin, RoleParticipant, "cancel/not-allowed"},
		{guest, guest, RoleParticipant, "auth/forbidden"},
		{mod, guest, RoleParticipant, ""},
	}
	for _, tt := range tests {
		name := fmt.Sprintf("%v/%v makes %v/%v %v", tt.actor.affiliation, tt.actor.role, tt.target.affiliation, tt.target.role, tt.role)
		t.Run(name, func(t *testing.T) {
			if got := condition(t, checkRoleChange(tt.actor, tt.target, tt.role)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestCheckAffiliationChange(t *testing.T) {
	const (
		out, none, member, admin, owner = AffiliationOutcast, AffiliationNone, AffiliationMember, AffiliationAdmin, AffiliationOwner
	)
	tests := []struct {
		actor, target, affiliation Affiliation
		self                       bool
		want                       string
	}{
		{none, none, out, false, "auth/forbidden"},
		{member, none, member, false, "auth/forbidden"},
		{admin, none, out, false, ""},
		{admin, out, none, false, ""},
		{admin, none, member, false, ""},
		{admin, member, none, false, ""},
		{admin, none, admin, false, "auth/forbidden"},
		{admin, member, owner, false, "auth/forbidden"},
		{admin, admin, out, false, "cancel/not-allowed"},
		{admin, admin, none, false, "cancel/not-allowed"},
		{admin, owner, out, false, "cancel/not-allowed"},
		{admin, owner, admin, false, "cancel/not-allowed"},
		{admin, admin, member, true, ""},
		{admin, admin, out, true, "cancel/conflict"},
		{admin, admin, owner, true, "auth/forbidden"},
		{owner, none, owner, false, ""},
		{owner, owner, out, false, ""},
		{owner, owner, admin, true, ""},
		{owner, owner, out, true, "cancel/conflict"},
		{owner, admin, none, false, ""},
	}
	for _, tt := range tests {
		name := fmt.Sprintf("%v makes %v %v, self %v", tt.actor, tt.target, tt.affiliation, tt.self)
		t.Run(name, func(t *testing.T) {
			if got := condition(t, checkAffiliationChange(tt.actor, tt.target, tt.affiliation, tt.self)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestInitialRole(t *testing.T) {
	tests := []struct {
		affiliation Affiliation
		moderated   bool
		want        Role
	}{
		{AffiliationOutcast, false, RoleNone},
		{AffiliationNone, false, RoleParticipant},
		{AffiliationNone, true, RoleVisitor},
		{AffiliationMember, true, RoleParticipant},
		{AffiliationAdmin, true, RoleModerator},
		{AffiliationOwner, false, RoleModerator},
	}
	for _, tt := range tests {
		if got := initialRole(tt.affiliation, tt.moderated); got != tt.want {
			t.Errorf("%v, moderated %v: got %v, want %v", tt.affiliation, tt.moderated, got, tt.want)
		}
	}
}
