package app

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// A Certificate is a certificate chain with its key in two files, which are
// read again when they change.
type Certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu     sync.Mutex
	pair   *tls.Certificate
	states [2]fileState // of the files when they were last read
	lost   bool         // the files could not be looked at, and that was reported
}

// A fileState tells one version of a file from the next.
type fileState struct {
	modified time.Time
	size     int64
}

// LoadCertificate reads the files for the first time.
func LoadCertificate(certFile, keyFile string, log *slog.Logger) (*Certificate, error) {
	c := &Certificate{certFile: certFile, keyFile: keyFile, log: log}
	if err := c.reload(); err != nil {
		return nil, err
	}
	return c, nil
}

// Config returns the settings of a server that shows the certificate.
func (c *Certificate) Config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get}
}

// get returns the certificate for a handshake. One that cannot be read any more
// is reported once, and the former one stays in use.
func (c *Certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	states, err := c.stat()
	switch {
	case err != nil && !c.lost:
		c.log.Warn("certificate not looked at again", "error", err)
	case err == nil && states != c.states:
		if err := c.reload(); err != nil {
			c.states = states
			c.log.Error("new certificate not usable, the former one stays", "error", err)
		} else {
			c.log.Info("certificate read again", "file", c.certFile)
		}
	}
	c.lost = err != nil
	return c.pair, nil
}

func (c *Certificate) reload() error {
	states, err := c.stat()
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("%s, %s: %w", c.certFile, c.keyFile, err)
	}
	c.pair, c.states = &pair, states
	return nil
}

func (c *Certificate) stat() (states [2]fileState, err error) {
	for i, path := range []string{c.certFile, c.keyFile} {
		info, err := os.Stat(path)
		if err != nil {
			return states, err
		}
		states[i] = fileState{modified: info.ModTime(), size: info.Size()}
	}
	return states, nil
}
