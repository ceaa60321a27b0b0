package web

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
)

// shortestHeader is how many bytes the value of the Authorization header has at
// least where strangers can guess at it.
const shortestHeader = 16

// published are values of the Authorization header that stand in documentation.
var published = []string{
	"Basic dXNlcm5hbWU6cGFzc3dvcmQ=", // username:password
	"Basic YWRtaW46cGFzc3dvcmQ=",     // admin:password
	"Basic Zm9vYmFyOmJhcmZvbw==",     // foobar:barfoo
}

// CheckHeader says why a value must not be the Authorization header of the
// machine interface where it can be reached from other machines; nil if it may.
func CheckHeader(value string) error {
	switch {
	case slices.ContainsFunc(published, func(known string) bool { return sameCredentials(known, value) }):
		return errors.New("is published, so everybody knows it")
	case len(value) < shortestHeader:
		return fmt.Errorf("has fewer than %d bytes, so it can be guessed", shortestHeader)
	}
	return nil
}

// sameCredentials reports whether two values are the same to whoever reads them as
// HTTP does, for which the scheme has no case (RFC 9110 §11.1).
func sameCredentials(a, b string) bool {
	aScheme, a, _ := strings.Cut(strings.TrimSpace(a), " ")
	bScheme, b, _ := strings.Cut(strings.TrimSpace(b), " ")
	return strings.EqualFold(aScheme, bScheme) && strings.TrimSpace(a) == strings.TrimSpace(b)
}

// isLoopback reports whether nobody but this machine reaches a listener.
func isLoopback(l net.Listener) bool {
	tcp, ok := l.Addr().(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
