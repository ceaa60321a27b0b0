// Package web is the HTTP side of muckick: the machine interface POST
// /muc_kick, the moderator panel, and the events that keep the panel live.
//
// A kick takes the same way from a program and from the panel:
//
//	handleKick           kick.go
//	  authenticate       apiauth.go: header or token; session.go: cookie and CSRF token
//	  decode             kickbody.go: the reference's JSON, or the panel's form
//	  store.Intend       no row, no kick
//	  chat.Kick          package xmpp
//	  store.Conclude     what became of it
//	  answer             the reference's bytes, a fragment, or a redirect
//
// Handlers return errors; errors.go has the one table that turns them into
// answers, for programs and for people alike.
package web
