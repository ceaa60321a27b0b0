package xmpp

import (
	"context"
	"errors"
	"strings"
	"time"
)

// A Target says whom a kick means: a nick, and what was known of its bearer when
// the decision was made. A nick can change hands at any time, so the rest keeps
// a kick from a bystander. Fields of zero are not known and not compared; with
// the nick alone, whoever bears it is meant.
type Target struct {
	Nick       string
	RealJID    string    // full or bare; its account counts
	OccupantID string    // XEP-0421
	Since      time.Time // [Occupant.Since]; counts where nothing else can be compared

	// Before means that they were there before we came, so that Since is zero. Who
	// was seen to come is somebody else then, where nothing else can be compared.
	Before bool `json:",omitempty"`
}

// isAnybody reports whether nothing but the nick is known.
func (t Target) isAnybody() bool {
	return t.RealJID == "" && t.OccupantID == "" && t.Since.IsZero() && !t.Before
}

// Means reports whether the occupant can be the one who is meant, whatever their
// nick. The best evidence that both sides have decides: an account before an
// occupant id, since ejabberd gives others after a restart.
func (t Target) Means(o Occupant) bool {
	switch {
	case t.RealJID != "" && o.RealJID != "":
		return BareJID(t.RealJID) == BareJID(o.RealJID)
	case t.OccupantID != "" && o.OccupantID != "":
		return t.OccupantID == o.OccupantID
	case !t.Since.IsZero() && !o.Since.IsZero():
		return t.Since.Equal(o.Since)
	case t.Before:
		return o.Since.IsZero()
	}
	return true
}

// target returns who bears the target's nick and under which spelling the room
// knows them. The occupant is zero if nobody is known to bear it, which is no
// obstacle to a kick unless somebody certain is meant or the room's answer would
// prove nothing: then it is [ErrNoOccupant], or a [TakenError] if somebody else
// is there.
func (r *room) target(ctx context.Context, v *visit, target Target, prepared string) (Occupant, string, error) {
	bearer, name, known := r.bearer(v, target.Nick, prepared)
	idle, _ := r.stream.idleResults(r.jid.Domain())
	certain := idle || !target.isAnybody()
	if !known && certain {
		// Large rooms hide presence. Where the role lists are refused, presence is
		// all that there is.
		if err := r.reconcile(ctx, v); err != nil && !errors.As(err, new(*StanzaError)) {
			return Occupant{}, name, err
		}
		bearer, name, known = r.bearer(v, target.Nick, prepared)
	}
	self, _ := r.nickDuring(v)
	switch {
	case known && bearer.Self, !known && strings.EqualFold(name, self): // Openfire has one case
		return bearer, name, ErrOwnOccupant
	case !known && certain:
		return Occupant{}, name, ErrNoOccupant
	case known && !target.Means(bearer):
		return Occupant{}, name, &TakenError{Bearer: bearer}
	}
	return bearer, name, nil
}

// bearer looks up who has a nick, as it was written or else as servers prepare
// it.
func (r *room) bearer(v *visit, nick, prepared string) (bearer Occupant, name string, known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, name := range []string{nick, prepared} {
		if bearer, known = v.occupants.find(name); known {
			bearer.Self = bearer.Self || name == v.self.Nick
			return bearer, name, true
		}
	}
	return Occupant{}, nick, false
}

// errMoved means that a nick changed hands before a kick of its bearer was sent.
var errMoved = errors.New("the nick has changed hands")

// stillBears returns errMoved unless the one who is meant bears the nick, as far
// as is known.
func (r *room) stillBears(v *visit, name string, meant Target) error {
	if meant.isAnybody() {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if bearer, known := v.occupants.find(name); !known || !meant.Means(bearer) {
		return errMoved
	}
	return nil
}
