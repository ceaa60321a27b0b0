// Package views holds the pages of the moderator panel: templ components and
// the models that they show. A component decides only how something looks and
// reads; what is shown comes from its model, which package web fills.
//
// Every page is complete without a script. The scripts of package static add
// to it, and find what they need by these names:
//
//   - body[data-events] is the address of the page's Server-Sent Events;
//   - body[data-may] has the words of what the reader may do here (see [May]),
//     replaced by "may" events; what they may not is not shown;
//   - body[data-session] names the session, for what is not to outlast it;
//   - #chat holds the banner about the chat server, replaced by "status" events;
//   - [data-needs-chat] is disabled while the chat server is unreachable, and
//     [data-when-offline] is shown then;
//   - tr[data-nick] is an occupant's row; its other data- names are what is known
//     of the person, and the class of a cell is its column;
//   - td.pick has the tick of a row, whose value says who is meant; #tick-tools
//     tick many, and #tick-bar says what is to be done with them;
//   - #notes has what stands beside people whose rows come by an event;
//   - #words has what the scripts of a page say, each by its data-word;
//   - #announcement is what screen readers hear of the list;
//   - form[data-search] answers while one types: the content of the elements
//     whose ids it lists is replaced. [data-search-failed] in it is shown while
//     no answer comes;
//   - [data-count-of] is filled with a room's number of occupants;
//   - [data-zone] is filled with the name of the browser's time zone, and
//     input[data-days] with the zone itself, for the days of a filter.
//
// # Events
//
// Each event has an id. A page that connects again sends the last one that it
// has heard: the browser as the header Last-Event-ID, or the script, where the
// browser gave up, as the query's "last"; if both are there, the header counts.
// The server goes on from there, or sends a reset.
//
//	status  a [ChatStatus]: on every page
//	may     the words of a [May]: on every page, once
//	wave    a [WaveWords]: on every page
//	header  a [RoomHeader]
//	change  [OccupantRows] to add or replace, and [GoneRow]s to remove, by nick
//	reset   an [OccupantBlocks]: the whole list
//	arrived   [ArrivedRows] to add to the page of arrivals
//	arrivals  an [ArrivalsMoving] with groups, to replace that
//	stale     any data: the list lacks arrivals, and has to be asked for anew
//	beat    any data: "you have everything up to now". It is sent once the
//	        client has been brought up to date after it connected, and at least
//	        every 15 seconds from then on
//
// A page calls its list live from a beat on, and stops doing so when the
// connection drops or nothing has been heard for 40 seconds. Comments would not
// do as heartbeats: a browser does not show them to a script, and a connection
// that a phone's sleep has cut looks open for minutes.
package views
