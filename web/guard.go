package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"muckick/static"
)

// contentSecurity lets a page load nothing but our own files, and nobody put it
// into a frame.
const contentSecurity = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// guard sets what protects every answer, and lets no compressed body pass.
func (s *Server) guard(c *fiber.Ctx) error {
	c.Locals(httpsKey, s.detectHTTPS(c))
	id := newRequestID()
	c.Locals(requestKey, id)
	c.Set(fiber.HeaderXRequestID, id)
	if c.Path() != kickPath || isPanel(c) {
		c.Set(fiber.HeaderContentSecurityPolicy, contentSecurity)
		c.Set(fiber.HeaderXFrameOptions, "DENY")
		c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
		c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
		c.Set("Cross-Origin-Opener-Policy", "same-origin")
		c.Set("Cross-Origin-Resource-Policy", "same-origin")
		c.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		if isHTTPS(c) {
			c.Set(fiber.HeaderStrictTransportSecurity, "max-age=31536000")
		}
	}
	if !strings.HasPrefix(c.Path(), static.Prefix) {
		c.Set(fiber.HeaderCacheControl, "no-store")
	}
	// A small body can inflate to gigabytes, as soon as anything asks for a field
	// of a form. A kick checks the authorization first.
	if c.Path() != kickPath && isCompressed(c) {
		return refuseCompressed(c)
	}
	return c.Next()
}

// isCompressed reports whether the body of a request is said to be encoded in
// any way.
func isCompressed(c *fiber.Ctx) bool {
	for _, coding := range strings.Split(headerList(c, fiber.HeaderContentEncoding), ",") {
		if coding = strings.TrimSpace(coding); coding != "" && !strings.EqualFold(coding, "identity") {
			return true
		}
	}
	return false
}

// refuseCompressed returns errCompressed and tells the client which encoding it
// may use (RFC 9110 §12.5.3).
func refuseCompressed(c *fiber.Ctx) error {
	c.Set(fiber.HeaderAcceptEncoding, "identity")
	return errCompressed
}

// isStream reports whether an answer must not be compressed as a whole: events
// would wait in the compressor, and a kick is answered with the reference's bytes.
func isStream(c *fiber.Ctx) bool {
	return c.Method() != fiber.MethodGet || strings.HasSuffix(c.Path(), "/events") || strings.HasPrefix(c.Path(), "/audit.") || strings.HasSuffix(c.Path(), ".csv")
}
