package moderation

import "sync"

// A place is one of those that jobs have here. One that waits for something which
// may take hours goes aside, so that it keeps nobody else from working.
type place struct {
	mu    sync.Mutex
	held  chan struct{} // has one for every place of that kind that is taken
	aside chan struct{} // those where jobs wait; nil once it is one of them
}

// goAside takes a place where jobs wait instead, if there is one. What such a job
// has left to do later it does from there: the window bounds all steps together.
func (p *place) goAside() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.aside == nil {
		return
	}
	select {
	case p.aside <- struct{}{}:
		<-p.held
		p.held, p.aside = p.aside, nil
	default:
	}
}

// leave gives the place to somebody else.
func (p *place) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	<-p.held
}
