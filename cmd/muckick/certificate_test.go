package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muckick/cmd/muckick/internal/app"
)

// writeCertificate writes a new certificate for a name, signed by itself, and
// its key into the folder.
func writeCertificate(t *testing.T, folder, name string) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: name},
		DNSNames:     []string{name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	writePEM(t, certFile, "CERTIFICATE", cert)
	writePEM(t, keyFile, "PRIVATE KEY", private)
	return certFile, keyFile
}

func writePEM(t *testing.T, path, kind string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// shownName returns the name in the certificate that a server shows.
func shownName(t *testing.T, address string) string {
	t.Helper()
	conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].Subject.CommonName
}

func TestServeHTTPSAndReload(t *testing.T) {
	wantNoLeak(t)
	chat := startChat(t, nil)
	folder := t.TempDir()
	certFile, keyFile := writeCertificate(t, folder, "first.example")
	r := start(t, append(serveEnv(t, chat.address), "MUCKICK_TLS_CERT="+certFile, "MUCKICK_TLS_KEY="+keyFile), "serve")
	address := r.address(t, "serving")
	if got, want := shownName(t, address), "first.example"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	writeCertificate(t, folder, "second.example")
	if got, want := shownName(t, address), "second.example"; got != want {
		t.Errorf("after a change: got %s, want %s", got, want)
	}
	if err := os.WriteFile(certFile, []byte("half a certifi"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got, want := shownName(t, address), "second.example"; got != want {
			t.Errorf("after a bad change: got %s, want %s", got, want)
		}
	}
	if got := strings.Count(r.stderr.String(), "new certificate not usable"); got != 1 {
		t.Errorf("reported %d times, want once:\n%s", got, r.stderr)
	}
	if err := os.Remove(keyFile); err != nil {
		t.Fatal(err)
	}
	if got, want := shownName(t, address), "second.example"; got != want {
		t.Errorf("without files: got %s, want %s", got, want)
	}
	writeCertificate(t, folder, "third.example")
	if got, want := shownName(t, address), "third.example"; got != want {
		t.Errorf("after a good change: got %s, want %s", got, want)
	}
	if conn, err := net.Dial("tcp", address); err != nil {
		t.Error(err)
	} else {
		conn.Close() // a client that never says anything must not hold up the end
	}
	if status := r.end(t); status != exitOK {
		t.Errorf("exit status %d", status)
	}
}

// Files that are gone are reported once, and again only after they were there.
func TestCertificateGone(t *testing.T) {
	var log strings.Builder
	certFile, keyFile := writeCertificate(t, t.TempDir(), "first.example")
	c, err := app.LoadCertificate(certFile, keyFile, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	aside := keyFile + ".aside"
	for round := 1; round <= 2; round++ {
		if err := os.Rename(keyFile, aside); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if pair, err := c.Config().GetCertificate(nil); pair == nil || err != nil {
				t.Fatalf("got %v, %v, want the former certificate", pair, err)
			}
		}
		if got := strings.Count(log.String(), "not looked at"); got != round {
			t.Errorf("lost %d times and reported %d times:\n%s", round, got, log.String())
		}
		if err := os.Rename(aside, keyFile); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Config().GetCertificate(nil); err != nil {
			t.Fatal(err)
		}
	}
	if strings.Contains(log.String(), "read again") {
		t.Errorf("the same files were read again:\n%s", log.String())
	}
}
