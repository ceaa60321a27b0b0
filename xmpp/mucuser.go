package xmpp

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"

	"muckick/xmpp/wire"
)

// mucUser is what a presence from a room says in its x element (XEP-0045 §17.3),
// and beside it.
type mucUser struct {
	items         []mucItem
	statuses      []string
	destroyed     bool
	destroyReason string
	occupantIDs   []string // beside x (XEP-0421); anybody may have put them there
}

// maxOccupantID is how many characters an occupant id may have (XEP-0421 §4).
const maxOccupantID = 128

// occupantID returns the occupant's id, or nothing if it is not plain which.
func (x *mucUser) occupantID() string {
	if len(x.occupantIDs) != 1 || len(x.occupantIDs[0]) > maxOccupantID {
		return ""
	}
	return x.occupantIDs[0]
}

// has reports whether x carries the status code.
func (x *mucUser) has(code string) bool { return slices.Contains(x.statuses, code) }

// readMUCUser reads the x of a presence; it is zero if there is none. Presences
// are nearly all that a room sends, and reading them is nearly all that a kick
// costs us, so this does without reflection.
func readMUCUser(el *wire.Element) (mucUser, error) {
	var x mucUser
	var inside bool    // an x
	var child string   // the child of x that we are in
	var reason *string // where the text goes
	for {
		token, err := el.Token()
		switch {
		case errors.Is(err, io.EOF) && el.Depth() == 0:
			return x, nil
		case err != nil:
			return mucUser{}, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			switch {
			case el.Depth() == 2:
				inside = token.Name == xml.Name{Space: nsMUCUser, Local: "x"}
				if (token.Name == xml.Name{Space: nsOccupantID, Local: "occupant-id"}) {
					x.occupantIDs = append(x.occupantIDs, attribute(token, "id"))
				}
			case el.Depth() == 3 && inside:
				child = token.Name.Local
				x.take(token)
			case el.Depth() == 4 && inside && token.Name.Local == "reason":
				reason = x.reasonOf(child)
				*reason = ""
			}
		case xml.EndElement:
			if el.Depth() < 4 {
				reason = nil
			}
		case xml.CharData:
			if el.Depth() == 4 && reason != nil {
				*reason += string(token)
			}
		}
	}
}

// take notes the start tag of a child of x.
func (x *mucUser) take(child xml.StartElement) {
	switch child.Name.Local {
	case "item":
		x.items = append(x.items, mucItem{
			Affiliation: attribute(child, "affiliation"), Role: attribute(child, "role"),
			JID: attribute(child, "jid"), Nick: attribute(child, "nick"),
		})
	case "status":
		x.statuses = append(x.statuses, attribute(child, "code"))
	case "destroy":
		x.destroyed = true
	}
}

// reasonOf returns where the reason in a child of x belongs.
func (x *mucUser) reasonOf(child string) *string {
	switch child {
	case "item":
		return &x.items[len(x.items)-1].Reason
	case "destroy":
		return &x.destroyReason
	}
	return new(string)
}

func attribute(start xml.StartElement, name string) (value string) {
	for _, attr := range start.Attr {
		if attr.Name.Space == "" && attr.Name.Local == name {
			value = attr.Value
		}
	}
	return value
}
