package views

import "time"

// A Wave says that new accounts come in unusual numbers. Waves in several rooms that
// somebody may see are one for them.
type Wave struct {
	Since     time.Time  // when the first of them began
	Newest    time.Time  // when the last of them did
	People    int        // in all rooms together; 0 if that is no wave, or not for the reader
	Rooms     []WaveRoom // where most of them came
	MoreRooms int        // how many others there are
}

// A WaveRoom is how many new accounts came into a room.
type WaveRoom struct {
	Room   string
	People int
}

// path is the address of the arrivals of a wave.
func (w Wave) path() string {
	f := ArrivalsFilter{By: ArrivalsByName, New: true, Since: w.Since}
	if len(w.Rooms) == 1 && w.MoreRooms == 0 && w.People == 0 {
		f.Room = w.Rooms[0].Room
	}
	return f.Path()
}
