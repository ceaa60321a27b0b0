package app

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"muckick/xmpp"
)

// newRegistry returns a registry with the state of the process and of its
// session with the chat server.
func newRegistry(chat *xmpp.Client) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "muckick_chat_connected",
			Help: "1 while there is a session with the chat server, else 0.",
		}, func() float64 {
			if status, _ := chat.Status(); status.Online {
				return 1
			}
			return 0
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "muckick_chat_requests_waiting",
			Help: "Requests that the chat server has not answered yet.",
		}, func() float64 { return float64(chat.Load().Waiting) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "muckick_chat_rooms_joined",
			Help: "Rooms that muckick is in.",
		}, func() float64 { return float64(chat.Load().JoinedRooms) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "muckick_chat_rooms_powerless",
			Help: "Rooms that muckick is in and where it may not kick, because it is no moderator.",
		}, func() float64 { return float64(chat.Load().PowerlessRooms) }),
	)
	return registry
}

// metricsHandler answers /metrics.
func metricsHandler(registry *prometheus.Registry) http.Handler {
	routes := http.NewServeMux()
	routes.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	return routes
}
