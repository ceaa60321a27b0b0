//go:build !linux

package wire

import "net"

// acknowledgeAtOnce leaves conn as it is: only Linux has the setting.
func acknowledgeAtOnce(conn net.Conn) net.Conn { return conn }
