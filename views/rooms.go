package views

import (
	"strconv"
	"time"
)

// RoomsPerPage is how many rooms a page lists.
const RoomsPerPage = 100

// A RoomSort is an order of rooms.
type RoomSort string

// The orders of rooms.
const (
	RoomsByName      RoomSort = "name"
	RoomsByOccupants RoomSort = "occupants" // most first
)

// A RoomsModel is what the list of rooms shows.
type RoomsModel struct {
	Page
	Query    string
	Sort     RoomSort
	Total    int // rooms that match, on all pages
	Number   int // of this page, from 1
	Services []ServiceRooms
	Busy     []RoomEntry // where something is going on, most first
	Opened   []RoomEntry // that the operator opened by their address, latest first
	Watching *Watching   // how far muckick is with entering all rooms; nil if it does not, or is
	// OpenAddress and OpenProblem repeat a room's address that could not be
	// opened, and say why.
	OpenAddress, OpenProblem string
}

// Watching says how far muckick has come with entering every listed room that the
// reader may see, and which ones it could not enter.
type Watching struct {
	Rooms, Inside int
	Beyond        int    // rooms that are more than muckick watches
	Problem       string // why not all rooms are known; may be empty
	Refused       []RefusedRoom
	MoreRefused   int // others
}

// A RefusedRoom is one that muckick could not enter.
type RefusedRoom struct {
	Room  string
	Why   string // as the room says
	Again time.Time
}

// refused is how many rooms could not be entered.
func (w Watching) refused() int { return len(w.Refused) + w.MoreRefused }

// waiting is how many rooms are still to be entered.
func (w Watching) waiting() int { return max(0, w.Rooms-w.Inside-w.Beyond-w.refused()) }

// ServiceRooms are the rooms of one service that are on this page.
type ServiceRooms struct {
	Domain  string // empty if the services themselves are not known
	Name    string // as the service calls itself; may be empty
	Problem string // why its rooms cannot be listed, or not all of them; may be empty
	Rooms   []RoomEntry
}

// A RoomEntry is a room in the list.
type RoomEntry struct {
	Address   string
	Name      string // may be empty
	Occupants int    // -1 if not known yet; the page then asks for it
	Activity
}

// An Activity is what goes on in a room.
type Activity struct {
	Kicks     int  // in the last 24 hours
	Joins     int  // how many people came in the last minute, as far as muckick was there
	Powerless bool // muckick is known not to be able to moderate
}

// wave is how many have to join a room in a minute before it is more than people
// coming and going.
const wave = 10

// RoomCounts are the numbers of occupants of rooms by address, as
// GET /rooms/counts?address=…&address=… answers in JSON. Rooms that do not say
// are left out.
type RoomCounts map[string]int

// pages is the number of pages.
func (m RoomsModel) pages() int {
	return max(1, (m.Total+RoomsPerPage-1)/RoomsPerPage)
}

// address is that of the list in an order, at a page.
func (m RoomsModel) address(order RoomSort, page int) string {
	var sort, number string
	if order != RoomsByName {
		sort = string(order)
	}
	if page > 1 {
		number = strconv.Itoa(page)
	}
	return withQuery("/rooms", "q", m.Query, "sort", sort, "page", number)
}

// summary says how many rooms are listed.
func (m RoomsModel) summary() string {
	switch {
	case m.Query != "" && m.Total == 0:
		return "No room matches."
	case m.Query != "":
		return count(m.Total, "room matches.", "rooms match.")
	case m.Total == 0:
		return "No rooms."
	}
	return count(m.Total, "room.", "rooms.")
}
