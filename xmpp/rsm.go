package xmpp

import (
	"context"

	"mellium.im/xmpp/paging"
)

// pageSize is how many items a page is asked to have. ejabberd silently skips
// rooms when more than 100 are wanted.
const pageSize = 100

// maxItems bounds what is kept of a list from the network.
const maxItems = 200_000

// items returns all disco items of an entity, page by page (XEP-0059) where it has pages.
// Entities differ in how they say that a page is the last one, so the list ends
// where a page brings nothing new.
func (s *stream) items(ctx context.Context, entity string) ([]discoItem, error) {
	var all []discoItem
	seen := make(map[string]bool)
	next := &paging.RequestNext{Max: pageSize}
	for len(all) < maxItems {
		var answer struct {
			Query struct {
				Items []discoItem `xml:"item"`
				Set   *paging.Set `xml:"http://jabber.org/protocol/rsm set"`
			} `xml:"http://jabber.org/protocol/disco#items query"`
		}
		if err := s.ask(ctx, entity, "get", itemsQuery(next), &answer); err != nil {
			return nil, err
		}
		page, before := answer.Query, len(all)
		for _, item := range page.Items {
			if !seen[item.JID] {
				seen[item.JID] = true
				all = append(all, item)
			}
		}
		if len(all) == before || page.Set == nil || page.Set.Last == "" {
			break
		}
		next = &paging.RequestNext{Max: pageSize, After: page.Set.Last}
	}
	return all, nil
}
