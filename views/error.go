package views

// An ErrorModel is what a page says that could not be shown.
type ErrorModel struct {
	Page
	Status int    // of the HTTP answer
	Text   string // what happened, in a sentence; empty if the title says it
	Remedy string // what to do next, in a sentence; may be empty
	// Back is where to go from here, as a path of ours and what it is called.
	// Empty means the list of rooms.
	Back, BackText string
}
