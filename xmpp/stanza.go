package xmpp

import "encoding/xml"

// Namespaces of the protocols spoken here.
const (
	nsDiscoInfo  = "http://jabber.org/protocol/disco#info"
	nsDiscoItems = "http://jabber.org/protocol/disco#items"
	nsCommands   = "http://jabber.org/protocol/commands"
	nsMUC        = "http://jabber.org/protocol/muc"
	nsMUCUser    = "http://jabber.org/protocol/muc#user"
	nsMUCAdmin   = "http://jabber.org/protocol/muc#admin"
	nsMUCOwner   = "http://jabber.org/protocol/muc#owner"
	nsOccupantID = "urn:xmpp:occupant-id:0"
	nsPing       = "urn:xmpp:ping"
	nsData       = "jabber:x:data"
)

// destroyQuery asks an owner's room to end (XEP-0045 §10.9).
type destroyQuery struct {
	XMLName xml.Name `xml:"http://jabber.org/protocol/muc#owner query"`
	Destroy struct{} `xml:"destroy"`
}

// ping asks whether somebody is there (XEP-0199).
type ping struct {
	XMLName xml.Name `xml:"urn:xmpp:ping ping"`
}

// Status codes of XEP-0045 §15.6.
const (
	statusSelf        = "110"
	statusCreated     = "201"
	statusBanned      = "301"
	statusNickChanged = "303"
	statusKicked      = "307"
	statusAffiliation = "321"
	statusMembersOnly = "322"
	statusShutdown    = "332"
	statusLost        = "333" // beside 307: not by anybody's will
)

// mucItem is the item of muc#user and of muc#admin (XEP-0045 §17.2, §17.3).
type mucItem struct {
	Affiliation string `xml:"affiliation,attr,omitempty"`
	Role        string `xml:"role,attr,omitempty"`
	JID         string `xml:"jid,attr,omitempty"`
	Nick        string `xml:"nick,attr,omitempty"`
	Reason      string `xml:"reason,omitempty"`
}

// adminQuery is the payload of muc#admin requests and answers (XEP-0045 §17.2).
type adminQuery struct {
	XMLName xml.Name  `xml:"http://jabber.org/protocol/muc#admin query"`
	Items   []mucItem `xml:"item"`
}
