package xmpp

// A protection is an affiliation whose bearers a room protects from others of
// the same one. Servers and rooms differ in it (XEP-0045 §8.2).
type protection struct {
	room RoomJID
	rank Affiliation
}

// protects reports whether kicks have shown that the room has the protection.
func (c *Client) protects(room RoomJID, rank Affiliation) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.protections[protection{room, rank}]
}

// learnProtection notes whether the room has the protection, as a kick showed. It
// tells the watches of the room if that is new.
func (c *Client) learnProtection(room RoomJID, rank Affiliation, has bool) {
	key := protection{room, rank}
	c.mu.Lock()
	changed := c.protections[key] != has
	if has {
		c.protections[key] = true
	} else {
		delete(c.protections, key)
	}
	c.mu.Unlock()
	if changed {
		c.watchers.reset(room)
	}
}

// standing returns how we stand in the room.
func (r *room) standing(v *visit) Occupant {
	r.mu.Lock()
	defer r.mu.Unlock()
	return v.self
}

// refusal words why the room refused. Only a refusal for want of rights says
// something of ranks, and only that of a kick whom it protects from kicks.
func (r *room) refusal(v *visit, kind ActionKind, refused *StanzaError, target Occupant) error {
	self := r.standing(v)
	refusal := &RefusedError{Err: refused}
	switch {
	case !refused.Has("not-allowed") && !refused.Has("forbidden"):
	case self.Role != RoleModerator:
		refusal.Obstacle = ObstacleNotModerator
	default:
		refusal.Obstacle = ObstacleOutranked
		if kind == ActionKick && target.Affiliation != "" && target.Affiliation == self.Affiliation {
			r.stream.client.learnProtection(r.jid, self.Affiliation, true)
		}
	}
	return refusal
}
