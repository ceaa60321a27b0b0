package views

import (
	"strings"
	"time"

	"muckick/xmpp"
)

// outcomeLabel names an outcome in a word or two.
func outcomeLabel(o xmpp.Outcome) string {
	switch o {
	case xmpp.Pending:
		return "Not finished"
	case xmpp.Done:
		return "Done"
	case xmpp.Already:
		return "Already so"
	case xmpp.Gone:
		return "Not found"
	case xmpp.Refused:
		return "Refused"
	case xmpp.NotSent:
		return "Not done"
	case xmpp.Unknown:
		return "Unknown"
	case xmpp.Cancelled:
		return "Cancelled"
	}
	return string(o)
}

// outcomeSentence says what an outcome means.
func outcomeSentence(o xmpp.Outcome) string {
	switch o {
	case xmpp.Pending:
		return "It was begun and no end of it is on record. It may have happened."
	case xmpp.Done:
		return "The chat server confirmed it."
	case xmpp.Already:
		return "It was so before. Nothing was changed."
	case xmpp.Gone:
		return "Nobody was there to do it to."
	case xmpp.Refused:
		return "The chat server refused. Nothing happened."
	case xmpp.NotSent:
		return "It was not carried out. Nothing happened."
	case xmpp.Unknown:
		return "It was sent, but no answer came. It may have happened: look at the list before you try again."
	case xmpp.Cancelled:
		return "It was stopped before it was sent."
	}
	return ""
}

// explain says in plain words what an outcome means, and what the error's own
// words in detail add to that. Nothing is said twice.
func explain(o xmpp.Outcome, detail string) (text, rest string) {
	switch {
	case detail == xmpp.ErrNoOccupant.Error():
		return "Nobody of that nick is in the room.", ""
	case detail == xmpp.ErrOwnOccupant.Error():
		return "That is muckick itself, which does not act on its own occupant.", ""
	case o == xmpp.Unknown:
		rest = strings.TrimPrefix(strings.TrimPrefix(detail, xmpp.ErrUnknown.Error()), ": ")
	default:
		rest = strings.TrimPrefix(strings.TrimPrefix(detail, "kick refused: "), "refused: ")
	}
	return outcomeSentence(o), rest
}

// toneOf is the weight of an outcome.
func toneOf(o xmpp.Outcome) Tone {
	switch o {
	case xmpp.Done, xmpp.Already:
		return ToneGood
	case xmpp.Pending, xmpp.Unknown:
		return ToneWarn
	}
	return ToneBad
}

// A Result says what became of one action on somebody.
type Result struct {
	Action  xmpp.ActionKind
	Outcome xmpp.Outcome
	Nick    string
	Detail  string    // the error's own words, e.g. "cancel: not-allowed"; may be empty
	Until   time.Time // when it is to end by itself; zero for never
}

// Message is the result in words, to be shown at once or after a redirect.
func (r Result) Message() Message {
	m := Message{Tone: toneOf(r.Outcome), Subject: r.Nick}
	m.Text, m.Detail = explain(r.Outcome, r.Detail)
	done := actionDone(r.Action)
	switch r.Outcome {
	case xmpp.Done:
		if !r.Until.IsZero() {
			m.Text += " It ends by itself on " + formatTime(r.Until, longTime) + " UTC."
		}
		m.Title = strings.ToUpper(done[:1]) + done[1:]
		if r.Detail != "" { // not whom or what was meant
			m.Tone = ToneWarn
		}
	case xmpp.Already:
		m.Title = "Already " + done
	case xmpp.Unknown, xmpp.Pending:
		m.Title = "Not known whether " + done
	default:
		m.Title = "Not " + done
	}
	return m
}

// actionOutcome names what was done and what became of it, in a few words.
func actionOutcome(kind xmpp.ActionKind, o xmpp.Outcome) string {
	if o != xmpp.Done {
		return actionNoun(kind) + ": " + strings.ToLower(outcomeLabel(o))
	}
	done := actionDone(kind)
	return strings.ToUpper(done[:1]) + done[1:]
}

// actionDone says of an action that it was carried out.
func actionDone(kind xmpp.ActionKind) string {
	switch kind {
	case xmpp.ActionKick:
		return "kicked"
	case xmpp.ActionBan:
		return "banned"
	case xmpp.ActionUnban:
		return "unbanned"
	case xmpp.ActionMute:
		return "muted"
	case xmpp.ActionUnmute:
		return "unmuted"
	case xmpp.ActionLock:
		return "locked"
	case xmpp.ActionUnlock:
		return "unlocked"
	case xmpp.ActionMember:
		return "made a member for a while"
	case xmpp.ActionUnmember:
		return "no member any more"
	}
	return string(kind) + " done"
}

// actionUnderWay says of an action that it is being carried out.
func actionUnderWay(kind xmpp.ActionKind) string {
	switch kind {
	case xmpp.ActionBan, xmpp.ActionUnban:
		return actionNoun(kind) + "ning"
	case xmpp.ActionMute, xmpp.ActionUnmute:
		return strings.TrimSuffix(actionNoun(kind), "e") + "ing"
	}
	return actionNoun(kind) + "ing"
}
