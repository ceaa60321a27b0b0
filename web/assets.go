package web

import "github.com/gofiber/fiber/v2"

// handleStatic sends a file of package static. Its address names its content,
// so browsers keep it for ever.
func (s *Server) handleStatic(c *fiber.Ctx) error {
	file, current, ok := s.assets.Find(c.Path())
	if !ok {
		return errNoPage
	}
	c.Set(fiber.HeaderCacheControl, "no-cache")
	if current {
		c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	}
	c.Set(fiber.HeaderContentType, file.ContentType)
	return c.Send(file.Data)
}
