package xmpptest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// Ports are taken from below the range that systems use for outgoing
// connections (32768 and up on Linux). Otherwise a client that reconnects
// while its server is down could be given the server's port and meet itself.
const (
	firstPort = 20000
	lastPort  = 32000
)

// A reservation keeps a TCP port of 127.0.0.1 for one server, also while that
// server is down. It is the UDP port of the same number, so it holds against
// all other test binaries and ends with the process.
type reservation struct {
	port int
	hold net.PacketConn
}

// reservePort finds a free port.
func reservePort() (reservation, error) {
	for range 1000 {
		port := firstPort + rand.IntN(lastPort-firstPort)
		addr := loopback(port)
		hold, err := net.ListenPacket("udp4", addr)
		if err != nil {
			continue
		}
		probe, err := net.Listen("tcp4", addr)
		if err != nil {
			err = hold.Close()
		} else {
			err = probe.Close()
		}
		if err != nil {
			return reservation{}, fmt.Errorf("probe port %d: %w", port, err)
		}
		if probe != nil {
			return reservation{port: port, hold: hold}, nil
		}
	}
	return reservation{}, errors.New("no free port found")
}

func (r reservation) release() error { return r.hold.Close() }

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
