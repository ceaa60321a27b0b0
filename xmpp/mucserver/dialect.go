package mucserver

// A Dialect is what servers do in different ways, each by its right or in spite
// of XEP-0045. The zero value is what most of them do.
type Dialect struct {
	// AdminsMustJoin refuses role and affiliation lists to whoever is not an
	// occupant of the room, as ejabberd does. Otherwise owners and admins get
	// them from outside too, as on Prosody.
	AdminsMustJoin bool
	// HideOccupantItems answers disco#items on a room with an empty list, as
	// Prosody does, instead of the occupants.
	HideOccupantItems bool
	// ResultFirst answers a muc#admin request before the presences that it
	// causes, as XEP-0045 §8.2 lets a server do. Otherwise the answer follows
	// them.
	ResultFirst bool
	// ResultForAbsent answers a change of the role of a nick that nobody has
	// with a result, as Openfire does, although nothing has changed.
	ResultForAbsent bool
	// NoVisitorList refuses the list of visitors with modify: bad-request, as
	// Openfire does, which has those of moderators and participants only.
	NoVisitorList bool
	// SilentEviction tells nobody but the removed that a room which became one
	// for members only has removed them, as Prosody does. The others go on
	// believing that they are there.
	SilentEviction bool
}
