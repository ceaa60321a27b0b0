package store

import "muckick/xmpp"

// outcomeCode is an outcome as the database has it: in the words of when there
// were only kicks, which older programs beside this one understand.
func outcomeCode(o xmpp.Outcome) string {
	switch o {
	case xmpp.Done:
		return "kicked"
	case xmpp.Gone:
		return "not found"
	case xmpp.NotSent:
		return "failed"
	}
	return escapeText(string(o))
}

// outcomeOfCode reads what outcomeCode wrote.
func outcomeOfCode(code string) xmpp.Outcome {
	switch code {
	case "kicked":
		return xmpp.Done
	case "not found":
		return xmpp.Gone
	case "failed":
		return xmpp.NotSent
	}
	return xmpp.Outcome(code)
}
