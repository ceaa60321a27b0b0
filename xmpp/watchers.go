package xmpp

import "sync"

// watchers are the open watches of a client. They outlive its streams.
type watchers struct {
	mu     sync.Mutex
	byRoom map[RoomJID]map[*Watch]struct{}
}

func (ws *watchers) add(w *Watch) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.byRoom == nil {
		ws.byRoom = make(map[RoomJID]map[*Watch]struct{})
	}
	if ws.byRoom[w.jid] == nil {
		ws.byRoom[w.jid] = make(map[*Watch]struct{})
	}
	ws.byRoom[w.jid][w] = struct{}{}
}

func (ws *watchers) remove(w *Watch) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	delete(ws.byRoom[w.jid], w)
	if len(ws.byRoom[w.jid]) == 0 {
		delete(ws.byRoom, w.jid)
	}
}

// touch tells the watches of a room which nicks changed.
func (ws *watchers) touch(jid RoomJID, nicks ...string) {
	ws.each(jid, func(w *Watch) { w.touch(nicks) })
}

// reset tells the watches of a room that everything may have changed.
func (ws *watchers) reset(jid RoomJID) {
	ws.each(jid, (*Watch).startOver)
}

func (ws *watchers) each(jid RoomJID, tell func(*Watch)) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for w := range ws.byRoom[jid] {
		tell(w)
	}
}
