package web

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// An operator may have as many pages that search, looks into rooms, plans being made
// and exports of the trails under way at once. Pages beyond that wait, and exports,
// which last for as long as their client reads, are refused.
const (
	maxSearches = 2
	maxExports  = 2
)

// searches are the searches under way, by operator. Those of the trails share the
// connections that the store has for them, and those of rooms the chat server: nobody
// waits there for more than a few pages of another operator. It keeps a few bytes for
// each operator who searched.
type searches struct {
	mu sync.Mutex
	by map[string]*searcher
}

type searcher struct{ pages, exports *semaphore.Weighted }

func newSearches() *searches { return &searches{by: make(map[string]*searcher)} }

func (s *searches) of(operator string) *searcher {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, known := s.by[operator]
	if !known {
		one = &searcher{semaphore.NewWeighted(maxSearches), semaphore.NewWeighted(maxExports)}
		s.by[operator] = one
	}
	return one
}

// page waits until the operator's next page may be searched for. The error is
// errTooManySearches when ctx ends first, and otherwise end is to be called when
// the search has ended.
func (s *searches) page(ctx context.Context, operator string) (end func(), err error) {
	one := s.of(operator)
	if one.pages.Acquire(ctx, 1) != nil {
		return nil, errTooManySearches
	}
	return func() { one.pages.Release(1) }, nil
}

// export is as page, but waits for nothing.
func (s *searches) export(operator string) (end func(), err error) {
	one := s.of(operator)
	if !one.exports.TryAcquire(1) {
		return nil, errTooManySearches
	}
	return func() { one.exports.Release(1) }, nil
}
