package web

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"muckick/views"
	"muckick/web/moderation"
	"muckick/web/transport"
	"muckick/xmpp"
)

// render writes a component as the answer.
func render(c *fiber.Ctx, component templ.Component) error {
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return component.Render(c.UserContext(), c)
}

// renderStream is render for a page that may be long: its beginning is on the way
// while the rest is still being made. Nothing of the request may be used in the
// component, since it outlives the handler.
func (s *Server) renderStream(c *fiber.Ctx, component templ.Component) {
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	s.streams.Start(c.Context(), func(w *bufio.Writer, _ func(error)) error {
		return component.Render(context.Background(), w)
	})
}

// page returns what all pages have in common, for the operator of the request.
func (s *Server) page(c *fiber.Ctx, title string, section views.Section) views.Page {
	session := sessionOf(c)
	p := views.Page{
		May: mayOf(c), Title: title, Section: section, Operator: session.Operator.Name, CSRF: csrfToken(session), Session: session.ID,
		Message: s.takeFlash(c), Offline: s.offline(), Assets: s.assets,
	}
	if c.Method() == fiber.MethodGet {
		p.Here = c.OriginalURL()
	}
	if p.Operator != "" {
		p.Events = "/events"
		current, _ := s.waves.look()
		p.Wave = waveModel(current, principalOf(c).Grants, s.dismissedWaves(c))
	}
	return p
}

// mayOf returns what the page offers to the operator of the request.
func mayOf(c *fiber.Ctx) views.May {
	grants := principalOf(c).Grants
	may := views.May{
		See: grants.MaySomewhere(moderation.See), ReadAudit: grants.MaySomewhere(moderation.Audit),
		ReadEvents: grants.MayEverywhere(moderation.Audit), Administer: grants.MayEverywhere(moderation.Administer),
	}
	if room, err := roomOf(c); err == nil {
		may.KickHere, may.ReadAuditHere = grants.May(moderation.Kick, room), grants.May(moderation.Audit, room)
		may.MuteHere, may.BanHere, may.LockHere = grants.May(moderation.Mute, room), grants.May(moderation.Ban, room), grants.May(moderation.Lock, room)
	}
	return may
}

// roomPath is the address of a room's page.
func roomPath(room xmpp.RoomJID) string { return "/rooms/" + url.PathEscape(room.String()) }

// roomOf reads the room that the address of the page names.
func roomOf(c *fiber.Ctx) (xmpp.RoomJID, error) {
	address, err := url.PathUnescape(c.Params("address"))
	if err != nil {
		return xmpp.RoomJID{}, errNoPage
	}
	return xmpp.ParseRoom(address)
}

const flashLifetime = time.Minute

func flashCookie(c *fiber.Ctx) string { return cookieName(c, "muckick-flash") }

// setFlash keeps a message for the next page.
func (s *Server) setFlash(c *fiber.Ctx, m views.Message) {
	// Names of a thousand characters would burst the cookie.
	m.Subject, m.Detail = views.Clip(m.Subject, 200), views.Clip(m.Detail, 300)
	data, err := json.Marshal(m)
	if err == nil {
		err = s.cookies.set(c, flashCookie(c), string(data), flashLifetime)
	}
	if err != nil {
		s.logger(c).ErrorContext(c.UserContext(), "message for the next page lost", "error", err)
	}
}

// takeFlash returns the message that was kept, once.
func (s *Server) takeFlash(c *fiber.Ctx) *views.Message {
	data, ok := s.cookies.get(c, flashCookie(c))
	if !ok {
		return nil
	}
	s.cookies.remove(c, flashCookie(c))
	var m views.Message
	if json.Unmarshal([]byte(data), &m) != nil {
		return nil
	}
	return &m
}

// wordsFor says to a person what went wrong: as a title, and in a sentence.
func wordsFor(err error, a answer) (title, text string) {
	var (
		noHost    *xmpp.NoHostError
		noService *xmpp.NoServiceError
		noRoom    *xmpp.NoRoomError
	)
	const nowhere = "No such room"
	switch {
	case errors.As(err, &noRoom):
		return nowhere, "There is no room " + noRoom.Room.String() + "."
	case errors.As(err, &noHost):
		return nowhere, "There are no rooms at " + noHost.Host + ", or none that muckick serves."
	case errors.As(err, &noService):
		return nowhere, "There are no rooms at " + noService.Host + ": it is no MUC service."
	}
	if a.status == http.StatusMethodNotAllowed {
		return "No page", "This address takes what a program or a form sends, and shows nothing."
	}
	title, text = http.StatusText(a.status), sentence(a.text)
	if text == title+"." {
		text = "" // which would say it twice
	}
	return title, text
}

// remedyFor says what a person can do about an error.
func remedyFor(err error, status int) string {
	var noRoom *xmpp.NoRoomError
	switch {
	case errors.As(err, &noRoom):
		return "It may have been closed, or is none that you may see. Check its address."
	case errors.Is(err, xmpp.ErrOffline):
		return "muckick connects again by itself; this page can be loaded as soon as it has."
	case errors.Is(err, errForgery):
		return "Go back, reload the page, and try again."
	case errors.Is(err, errSignedOut), errors.Is(err, errUnauthorized):
		return "Sign in and try again."
	case status >= http.StatusInternalServerError:
		return "Try again in a moment. If it stays, the log of muckick says more."
	}
	return ""
}

// errorPage shows an error to a person, as a whole page or, for the panel's
// script, as a message.
func (s *Server) errorPage(c *fiber.Ctx, err error, a answer) error {
	if c.Get(fragmentHeader) != "" {
		if !isCompressed(c) {
			_, _ = transport.ReadBody(c.Context(), maxForm) // without it, the message names nobody
		}
		result := views.Result{Action: xmpp.ActionKick, Outcome: xmpp.OutcomeOf(err), Nick: c.FormValue(formNick), Detail: a.text}
		return render(c, views.ResultMessage(result))
	}
	if sessionOf(c).ID == "" && a.status < http.StatusInternalServerError && a.status != http.StatusUnauthorized {
		s.recognize(c)
	}
	title, text := wordsFor(err, a)
	m := views.ErrorModel{Page: s.page(c, title, ""), Status: a.status, Text: text, Remedy: remedyFor(err, a.status)}
	if a.status == http.StatusUnauthorized {
		m.Back, m.BackText = "/login", "Sign in"
	}
	return render(c, views.Error(m))
}

// recognize finds the session of a request that no handler asked about, so that its
// page has the navigation. If it cannot be found, the page goes without.
func (s *Server) recognize(c *fiber.Ctx) {
	ctx, cancel := context.WithTimeout(c.UserContext(), recognizePatience)
	defer cancel()
	defer c.SetUserContext(c.UserContext())
	c.SetUserContext(ctx)
	session, err := s.authenticate(c)
	switch {
	case err == nil:
		c.Locals(sessionKey, session)
	case !errors.Is(err, errSignedOut):
		s.logger(c).ErrorContext(ctx, "a page of an error lacks the navigation", "error", err)
	}
}

// recognizePatience is how long the page of an error waits for whose it is.
const recognizePatience = 2 * time.Second

// sentence makes a sentence of a text in one line.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	first, rest := text[:1], text[1:]
	if first >= "a" && first <= "z" {
		first = string(first[0] - 'a' + 'A')
	}
	if last := text[len(text)-1]; last != '.' && last != '?' && last != '!' {
		rest += "."
	}
	return first + rest
}
