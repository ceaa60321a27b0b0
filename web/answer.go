package web

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/gofiber/fiber/v2"

	"muckick/views"
	"muckick/web/moderation"
	"muckick/xmpp"
)

// fragmentHeader is sent by the panel's script, which wants a piece of a page.
const fragmentHeader = "Muckick-Fragment"

// wantsHTML reports whether a person is to read the answer.
func wantsHTML(c *fiber.Ctx) bool {
	return c.Get(fiber.HeaderAuthorization) == "" && strings.Contains(c.Get(fiber.HeaderAccept), fiber.MIMETextHTML)
}

// sendError writes an error as the reference does. HTML characters stay as they
// are, since this is no HTML.
func sendError(c *fiber.Ctx, text string) error {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(map[string]string{"error": text}); err != nil {
		return fmt.Errorf("encode an error: %w", err)
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	return c.Send(bytes.TrimSuffix(body.Bytes(), []byte("\n")))
}

// answerAction tells the client what became of the action: the reference's bytes
// for a program, a message for the panel's script, a redirect for a plain form.
func (s *Server) answerAction(c *fiber.Ctx, caller caller, order moderation.Order, conclusion moderation.Conclusion, err error) error {
	if !caller.signedIn {
		if err != nil {
			return err
		}
		return c.Send(nil)
	}
	result := resultOf(order, conclusion, err)
	if c.Get(fragmentHeader) != "" {
		if errors.As(err, new(*xmpp.TakenError)) {
			c.Status(answerTo(err).status)
		}
		return render(c, views.ResultMessage(result))
	}
	s.setFlash(c, result.Message())
	return c.Redirect(s.backTo(c, roomPath(order.Action.Room)), fiber.StatusSeeOther)
}

// resultOf words an order's end for the panel.
func resultOf(order moderation.Order, conclusion moderation.Conclusion, err error) views.Result {
	result := views.Result{
		Action: order.Action.Kind, Outcome: conclusion.Outcome, Detail: conclusion.Detail, Until: order.Until,
		Nick: cmp.Or(order.Action.Target.Nick, order.Action.Target.RealJID),
	}
	if !order.Action.Kind.IsOfPerson() {
		result.Nick = order.Action.Room.String()
	}
	switch {
	case errors.Is(err, errNoTime):
		result.Detail = errNoTime.Error()
	case err != nil:
		result.Detail = moderation.InWords(err)
	}
	return result
}

// backTo returns the page of ours that a form came from, if it names one.
func (s *Server) backTo(c *fiber.Ctx, otherwise string) string {
	if back := c.FormValue("back"); isLocalPath(back) {
		return back
	}
	return otherwise
}
