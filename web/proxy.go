package web

import (
	"bytes"
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// httpsKey is where guard leaves whether the client's connection is encrypted.
const httpsKey = "https"

func isHTTPS(c *fiber.Ctx) bool {
	https, _ := c.Locals(httpsKey).(bool)
	return https
}

// fromProxy reports whether a trusted proxy sent the request.
func (s *Server) fromProxy(c *fiber.Ctx) bool {
	return s.trusts(peerAddress(c))
}

func (s *Server) trusts(address netip.Addr) bool {
	for _, prefix := range s.options.TrustedProxies {
		if prefix.Contains(address) {
			return true
		}
	}
	return false
}

func peerAddress(c *fiber.Ctx) netip.Addr {
	address, _ := netip.AddrFromSlice(c.Context().RemoteIP())
	return address.Unmap()
}

// headerList returns a header that is a list, with all its lines: proxies that
// append to it may write a line of their own.
func headerList(c *fiber.Ctx, name string) string {
	return string(bytes.Join(c.Request().Header.PeekAll(name), []byte(",")))
}

// clientAddress returns the address that the request came from. Proxies append
// to X-Forwarded-For, so the last entry that no trusted proxy made up counts:
// everything before it is the client's own claim.
func (s *Server) clientAddress(c *fiber.Ctx) string {
	address := peerAddress(c)
	if !s.trusts(address) {
		return address.String()
	}
	hops := strings.Split(headerList(c, fiber.HeaderXForwardedFor), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		address = hop.Unmap()
		if !s.trusts(address) {
			break
		}
	}
	return address.String()
}

// detectHTTPS reports whether the client's connection is encrypted, as we or a
// trusted proxy see it. The last entry is the proxy's own.
func (s *Server) detectHTTPS(c *fiber.Ctx) bool {
	if c.Context().IsTLS() {
		return true
	}
	list := headerList(c, fiber.HeaderXForwardedProto)
	last := strings.TrimSpace(list[strings.LastIndex(list, ",")+1:])
	return s.fromProxy(c) && strings.EqualFold(last, "https")
}
