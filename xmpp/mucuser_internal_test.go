package xmpp

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muckick/xmpp/wire"
)

var samplePresences = []string{
	"<presence><x xmlns='" + nsMUCUser + "'><item affiliation='none' role='participant' jid='bob@example.org/x'/></x></presence>",
	"<presence type='unavailable'><c xmlns='http://jabber.org/protocol/caps'><item role='x'/></c><x xmlns='" + nsMUCUser +
		"'><item nick='Bob' role='none'><actor nick='Eve'/><reason>Too &amp; loud</reason></item><status code='307'/><status code='110'/></x></presence>",
	"<presence><x xmlns='" + nsMUCUser + "'><destroy><reason>over</reason><reason>really</reason></destroy><other><reason>no</reason></other></x></presence>",
	"<presence><x xmlns='" + nsMUCUser + "'><item/><destroy/></x><x xmlns='" + nsMUCUser + "'><item role='a'><reason>b<i>c</i>d</reason>e</item></x></presence>",
	"<presence><x><item role='moderator'/></x><status code='110'/></presence>",
	"<presence><occupant-id xmlns='" + nsOccupantID + "' id='a'/><x xmlns='" + nsMUCUser + "'><occupant-id xmlns='" + nsOccupantID + "' id='b'/></x></presence>",
	"<presence><x xmlns='" + nsMUCUser + "'><status/><item y:role='a' xmlns:y='z'/></presence>",
}

// FuzzMUCUser compares the reader by hand with encoding/xml's decoder.
func FuzzMUCUser(f *testing.F) {
	for _, seed := range samplePresences {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		reference, ours := startElement(text), startElement(text)
		if reference == nil {
			return
		}
		var decoded struct {
			User *struct {
				Items    []mucItem `xml:"item"`
				Statuses []struct {
					Code string `xml:"code,attr"`
				} `xml:"status"`
				Destroy *struct {
					Reason string `xml:"reason"`
				} `xml:"destroy"`
			} `xml:"http://jabber.org/protocol/muc#user x"`
			OccupantIDs []struct {
				ID string `xml:"id,attr"`
			} `xml:"urn:xmpp:occupant-id:0 occupant-id"`
		}
		wantErr := reference.Decode(&decoded)
		got, err := readMUCUser(ours)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("got error %v, want %v", err, wantErr)
		}
		if err != nil {
			return
		}
		var want mucUser
		if user := decoded.User; user != nil {
			want.items = user.Items
			for _, status := range user.Statuses {
				want.statuses = append(want.statuses, status.Code)
			}
			if want.destroyed = user.Destroy != nil; want.destroyed {
				want.destroyReason = user.Destroy.Reason
			}
		}
		for _, id := range decoded.OccupantIDs {
			want.occupantIDs = append(want.occupantIDs, id.ID)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(mucUser{})); diff != "" {
			t.Errorf("%s\n-want +got:\n%s", text, diff)
		}
	})
}

// startElement returns the first element on the wire, or nil if there is none.
func startElement(text string) *wire.Element {
	el, err := wire.NewReader(strings.NewReader(streamHeader + text)).Next()
	if err != nil {
		return nil
	}
	return el
}

// BenchmarkMUCUser measures reading one presence, and the same with
// encoding/xml's decoder, which is its yardstick.
func BenchmarkMUCUser(b *testing.B) {
	text := samplePresences[1]
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := readMUCUser(startElement(text)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("reflection", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var into struct {
				Items    []mucItem `xml:"x>item"`
				Statuses []struct {
					Code string `xml:"code,attr"`
				} `xml:"x>status"`
			}
			if err := startElement(text).Decode(&into); err != nil {
				b.Fatal(err)
			}
		}
	})
}
