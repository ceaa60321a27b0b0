package moderation

import "muckick/xmpp"

// opposite returns the action that takes back one of the kind.
func opposite(kind xmpp.ActionKind) (xmpp.ActionKind, bool) {
	switch kind {
	case xmpp.ActionBan:
		return xmpp.ActionUnban, true
	case xmpp.ActionMute:
		return xmpp.ActionUnmute, true
	case xmpp.ActionLock:
		return xmpp.ActionUnlock, true
	}
	return "", false
}

// undone returns the action that one of the kind takes back.
func undone(kind xmpp.ActionKind) (xmpp.ActionKind, bool) {
	switch kind {
	case xmpp.ActionUnban:
		return xmpp.ActionBan, true
	case xmpp.ActionUnmute:
		return xmpp.ActionMute, true
	case xmpp.ActionUnlock:
		return xmpp.ActionLock, true
	}
	return "", false
}
