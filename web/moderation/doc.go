// Package moderation decides who may do what, and does it: it knows principals
// and what was granted to them, and the one way that every action takes.
//
//	may they, here?         grant.go
//	intent on record        Trail.Intend: no row, no kick
//	the chat server         Chat.Do, package xmpp
//	outcome on record       Trail.Conclude
//
// Many things are done at once in three steps, each of which can be looked at:
//
//	a Selection    who is meant: a rule, never empty
//	a Plan         who that is now, who is left alone and why (Planner)
//	a Job          the plan carried out, step by step through the desk (Jobs)
//
// A job is not a job of River (riverqueue/river): its SQLite driver is in early
// testing, and it begins a job anew when its process has died, while here no step
// may be sent a second time.
//
// It knows neither HTTP nor SQL. Package web finds out who asks, and words the
// answers; package store implements Trail.
package moderation
