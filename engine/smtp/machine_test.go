package smtp_test

import (
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/moonwire-lab/moonwire/engine/pki"
)

func pemOf(kind string, raw []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: raw})
}

// keyFiles writes a certificate for a name, and its key.
func keyFiles(t *testing.T, authority *pki.Authority, name string) (cert, key string) {
	t.Helper()
	c, err := authority.Issue(name)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, text := range map[string][]byte{cert: pemOf("CERTIFICATE", c.Certificate[0]), key: pemOf("PRIVATE KEY", raw)} {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// listener returns a socket that listens, for a server to inherit, and its port.
func listener(t *testing.T) (*net.TCPListener, *os.File, string) {
	t.Helper()
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	f, err := l.File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close(); f.Close() })
	return l, f, strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}
