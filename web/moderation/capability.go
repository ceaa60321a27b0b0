package moderation

import "slices"

// A Capability is one kind of thing that may be done.
type Capability string

// The capabilities.
const (
	See        Capability = "see"        // a room and who is in it
	Kick       Capability = "kick"       // throw an occupant out of a room
	Mute       Capability = "mute"       // take an occupant's voice away, and give it back
	Ban        Capability = "ban"        // keep a person out of a room, and let them in again
	Lock       Capability = "lock"       // close a room to newcomers, and open it
	Audit      Capability = "audit"      // read who did what in a room
	Administer Capability = "administer" // decide who may do what
)

// Capabilities returns all capabilities.
func Capabilities() []Capability {
	return []Capability{See, Kick, Mute, Ban, Lock, Audit, Administer}
}

// A Preset is a set of capabilities that go together, under a name.
type Preset struct {
	Name         string
	Capabilities []Capability
}

// Presets returns the presets, those with more capabilities later.
func Presets() []Preset {
	return []Preset{
		{"viewer", []Capability{See}},
		{"auditor", []Capability{See, Audit}},
		{"moderator", []Capability{See, Kick, Mute, Ban, Lock}},
		{"administrator", Capabilities()},
	}
}

// Named returns the capabilities that a name stands for: that of a preset, or
// that of one capability.
func Named(name string) ([]Capability, bool) {
	for _, preset := range Presets() {
		if preset.Name == name {
			return preset.Capabilities, true
		}
	}
	if capability := Capability(name); slices.Contains(Capabilities(), capability) {
		return []Capability{capability}, true
	}
	return nil, false
}
