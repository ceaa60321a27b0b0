package xmpp

import (
	"context"
	"maps"
	"slices"
)

// The fields of a room's configuration that locks change, all of them true or
// false.
const (
	fieldMembersOnly = "muc#roomconfig_membersonly"
	fieldModerated   = "muc#roomconfig_moderatedroom"
	fieldDefault     = "members_by_default" // ejabberd's: newcomers have voice in a moderated room
)

// locked are the values that the fields have in a locked room.
var locked = map[string]string{fieldMembersOnly: "1", fieldModerated: "1", fieldDefault: "0"}

// lock closes a room to newcomers (XEP-0045 §10.2): they have no voice, or do not
// get in, with [Action.MembersOnly]. That throws out those who are in and have no
// affiliation; on Prosody nobody else hears of it.
func (c *Client) lock(ctx context.Context, a Action, record func(Result) error) (result Result, err error) {
	err = c.in(ctx, a.Room, func(r *room) error {
		form, err := r.existingForm(ctx)
		if err != nil {
			return err
		}
		needed, optional := []string{fieldModerated}, []string{fieldDefault}
		if a.MembersOnly {
			needed, optional = []string{fieldMembersOnly}, nil
		}
		for _, name := range needed {
			if form.boolean(name) == "" {
				return &FieldError{Field: name, Problem: "the room has no such setting"}
			}
		}
		changes := make(map[string]string)
		result.Fields = make(map[string]string)
		for _, name := range slices.Concat(needed, optional) {
			if before := form.boolean(name); before != "" && before != locked[name] {
				changes[name], result.Fields[name] = locked[name], before
			}
		}
		if len(changes) > 0 {
			if err := record(result); err != nil {
				return err
			}
		}
		return r.apply(ctx, changes, &result)
	})
	return result, err
}

// unlock puts back the values that a lock changed, of those fields that still have
// the lock's, and notes which have not.
func (c *Client) unlock(ctx context.Context, a Action) (result Result, err error) {
	if len(a.Fields) == 0 && a.MembersOnly {
		a.Fields = map[string]string{fieldMembersOnly: "0"}
	}
	if len(a.Fields) == 0 {
		return Result{}, &FieldError{Problem: "an unlock needs those that the lock changed"}
	}
	for _, name := range slices.Sorted(maps.Keys(a.Fields)) {
		if value := a.Fields[name]; locked[name] == "" || value != "0" && value != "1" {
			return Result{}, &FieldError{Field: name, Problem: "no lock changes it from " + value}
		}
	}
	err = c.in(ctx, a.Room, func(r *room) error {
		form, err := r.existingForm(ctx)
		if err != nil {
			return err
		}
		changes := make(map[string]string)
		result.Fields = make(map[string]string)
		for name, value := range a.Fields {
			now := form.boolean(name)
			switch {
			case now != locked[name]:
				if result.Skipped == nil {
					result.Skipped = make(map[string]string)
				}
				result.Skipped[name] = now
			case now != value:
				changes[name], result.Fields[name] = value, now
			}
		}
		return r.apply(ctx, changes, &result)
	})
	return result, err
}

// Locked reports whether a room still is as a lock left it, in any of the fields
// that the lock changed, whose values before are given: see [Result.Fields]. The
// errors are those of [Client.Do] for a lock, and [ErrNoAnswer].
func (c *Client) Locked(ctx context.Context, jid RoomJID, before map[string]string) (is bool, err error) {
	err = c.in(ctx, jid, func(r *room) error {
		form, err := r.existingForm(ctx)
		if err != nil {
			return err
		}
		for name := range before {
			is = is || form.boolean(name) == locked[name] && locked[name] != ""
		}
		return nil
	})
	return is, err
}

// MembersOnly reports whether only members get into a room. Only its owners are
// told: anybody else gets a [*RefusedError]. A [*FieldError] means that the room has
// no such setting.
func (c *Client) MembersOnly(ctx context.Context, jid RoomJID) (closed bool, err error) {
	err = c.in(ctx, jid, func(r *room) error {
		form, err := r.existingForm(ctx)
		if err != nil {
			return err
		}
		value := form.boolean(fieldMembersOnly)
		if value == "" {
			return &FieldError{Field: fieldMembersOnly, Problem: "the room has no such setting"}
		}
		closed = value == "1"
		return nil
	})
	return closed, err
}

// existingForm returns the configuration of a room that exists.
func (r *room) existingForm(ctx context.Context) (*dataForm, error) {
	if _, err := r.stream.roomInfo(ctx, r.jid); err != nil {
		return nil, err
	}
	form, err := r.configForm(ctx)
	if err != nil {
		return nil, r.ownerRefusal(err)
	}
	return form, nil
}

// apply makes the changes of a lock or an unlock, if there are any.
func (r *room) apply(ctx context.Context, changes map[string]string, result *Result) error {
	if len(changes) == 0 {
		result.Already = true
		return nil
	}
	if err := r.reconfigure(ctx, changes); err != nil {
		return err
	}
	v := r.present()
	if changes[fieldMembersOnly] != locked[fieldMembersOnly] || v == nil {
		return nil
	}
	// The room is locked, whether or not we can see who is left in it.
	if err := r.reconcile(ctx, v); err != nil {
		r.stream.options.Logger.Warn("who is left in a room that became members-only is not known", "room", r.jid, "error", err)
	}
	return nil
}
