package views

import (
	"net/url"
	"time"

	"muckick/xmpp"
)

// pickValue says who is picked by the tick of a row: all that is known of them, as
// a query with the fields of a kick's form.
func pickValue(o xmpp.Occupant) string {
	value := "nickname=" + url.QueryEscape(o.Nick)
	for _, known := range []struct{ field, text string }{
		{"jid", o.RealJID}, {"occupant_id", o.OccupantID}, {"since", exactTime(o.Since)},
	} {
		if known.text != "" {
			value += "&" + known.field + "=" + url.QueryEscape(known.text)
		}
	}
	return value
}

// joinedLately are the times in which one can tick who came.
func joinedLately() []time.Duration {
	return []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute}
}
