// Package moderation decides who may do what, and does it: it knows principals
// and what was granted to them, and the one way that every action takes.
//
//	may they, here?         grant.go
//	intent on record        Trail.Intend: no row, no kick
//	the chat server         Chat.Do, package xmpp
//	outcome on record       Trail.Conclude
//
// It knows neither HTTP nor SQL. Package web finds out who asks, and words the
// answers; package store implements Trail.
package moderation
