package ftp_test

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"testing"

	"github.com/moonwire-lab/moonwire/engine/pki"
)

// certificate writes a certificate for 127.0.0.1, with its chain, and its key.
func certificate(t testing.TB, authority *pki.Authority, write func(name string, text []byte, mode os.FileMode)) {
	t.Helper()
	cert, err := authority.Issue("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	var chain []byte
	for _, der := range cert.Certificate {
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	write("cert.pem", chain, 0o644)
	write("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600)
}
