package web

import "github.com/gofiber/fiber/v2"

// Routes returns the methods and paths of all routes, each as "METHOD PATH".
func (s *Server) Routes() []string {
	var routes []string
	for _, route := range s.app.GetRoutes(true) {
		if route.Method == fiber.MethodGet || route.Method == fiber.MethodPost {
			routes = append(routes, route.Method+" "+route.Path)
		}
	}
	return routes
}
