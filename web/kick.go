package web

import (
	"context"
	"errors"
	"strings"

	"github.com/gofiber/fiber/v2"

	"muckick/web/moderation"
	"muckick/web/transport"
	"muckick/xmpp"
)

// handleKick kicks an occupant, for programs and for the panel alike. The order
// of its checks is the reference's: authorization, body, room, kick.
func (s *Server) handleKick(c *fiber.Ctx) error {
	caller, err := s.identify(c)
	if err != nil {
		return err
	}
	order, err := s.readOrder(c, caller)
	if err != nil {
		return err
	}
	return s.act(c, caller, order)
}

// readOrder reads whom the caller wants kicked where. Nothing that fails here
// reaches the store or the chat server.
func (s *Server) readOrder(c *fiber.Ctx, caller caller) (moderation.Order, error) {
	request, err := s.readKick(c, caller)
	if err != nil {
		return moderation.Order{}, err
	}
	return s.orderOf(c, caller, xmpp.ActionKick, request)
}

// orderOf checks what a caller wants. What fails here is not stored either: it may
// be as long as a body.
func (s *Server) orderOf(c *fiber.Ctx, caller caller, kind xmpp.ActionKind, request kickRequest) (moderation.Order, error) {
	room, err := s.parseRoom(c.UserContext(), request.room)
	if err != nil {
		return moderation.Order{}, err
	}
	if _, err := xmpp.PrepareNick(request.target.Nick); err != nil {
		return moderation.Order{}, err
	}
	if err := xmpp.CheckReason(request.reason); err != nil {
		return moderation.Order{}, err
	}
	return moderation.Order{
		Principal: caller.principal, Address: s.clientAddress(c),
		Action: xmpp.Action{Kind: kind, Room: room, Target: request.target, Reason: request.reason},
	}, nil
}

// readKick reads the body: JSON of a program, or a form of the panel.
func (s *Server) readKick(c *fiber.Ctx, caller caller) (kickRequest, error) {
	if isCompressed(c) {
		return kickRequest{}, refuseCompressed(c)
	}
	body, err := transport.ReadBody(c.Context(), maxKickBody)
	if err != nil {
		return kickRequest{}, err
	}
	if !caller.signedIn {
		return decodeKickJSON(body)
	}
	if err := s.checkForm(c, caller.session); err != nil {
		return kickRequest{}, err
	}
	return readKickForm(c)
}

// parseRoom reads the address of a room. Of one that is a host alone the error
// says first what is wrong with the host, as the reference does.
func (s *Server) parseRoom(ctx context.Context, address string) (xmpp.RoomJID, error) {
	room, err := xmpp.ParseRoom(address)
	if err == nil || strings.Contains(address, "@") {
		return room, err
	}
	var noHost *xmpp.NoHostError
	var noService *xmpp.NoServiceError
	if host := s.chat.CheckService(ctx, address); errors.As(host, &noHost) || errors.As(host, &noService) || errors.Is(host, xmpp.ErrOffline) {
		return xmpp.RoomJID{}, host
	}
	return xmpp.RoomJID{}, err
}
