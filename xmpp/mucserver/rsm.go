package mucserver

import (
	"slices"
	"strconv"
	"strings"
)

const nsRSM = "http://jabber.org/protocol/rsm"

// page answers a request for a part of a list (XEP-0059). The ids are all there
// are, in ascending order. It returns the range of those to be sent and, when
// the client asked for a part, the element that describes it.
//
// An item that has disappeared still marks its place in the order, so that a
// client can go on when it removes what it has just been told of.
func page(query *element, ids []string) (from, to int, set []byte, err error) {
	request := query.child(nsRSM, "set")
	if request == nil {
		return 0, len(ids), nil, nil
	}
	from, to = 0, len(ids)
	limit := len(ids)
	if text := request.childText("max"); text != "" {
		if limit, err = natural(text); err != nil {
			return 0, 0, nil, err
		}
	}
	before := request.child(nsRSM, "before")
	switch {
	case request.child(nsRSM, "index") != nil:
		index, err := natural(request.childText("index"))
		if err != nil {
			return 0, 0, nil, err
		}
		from = min(index, to)
	case before != nil:
		if text := before.text(); text != "" {
			to, _ = slices.BinarySearch(ids, text)
		}
		from = max(0, to-limit)
	default:
		if after := request.childText("after"); after != "" {
			var found bool
			if from, found = slices.BinarySearch(ids, after); found {
				from++
			}
		}
	}
	to = min(to, from+limit)

	set = append(set, "<set xmlns='"+nsRSM+"'>"...)
	if from < to {
		set = append(set, "<first index='"+strconv.Itoa(from)+"'>"...)
		set = append(appendText(set, ids[from]), "</first>"...)
		set = appendTag(set, "last", ids[to-1])
	}
	set = appendTag(set, "count", strconv.Itoa(len(ids)))
	return from, to, append(set, "</set>"...), nil
}

func natural(text string) (int, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 31)
	if err != nil {
		return 0, badRequest("not a natural number")
	}
	return int(n), nil
}
