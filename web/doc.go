// Package web is the HTTP side of muckick: the machine interface POST
// /muc_kick, the moderator panel, and the events that keep the panel live.
//
// A kick takes the same way from a program and from the panel:
//
//	handleKick           kick.go
//	  identify           caller.go: header, token, or session make a principal
//	  readOrder          kickbody.go: the reference's JSON; kickform.go: the panel's form
//	  desk.Kick          package moderation: may they, intent, chat server, outcome
//	  answerKick         answer.go: the reference's bytes, a fragment, or a redirect
//
// Handlers return errors; errors.go has the one table that turns them into
// answers, for programs and for people alike.
package web
