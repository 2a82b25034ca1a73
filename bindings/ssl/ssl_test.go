package ssl_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/clients"
	"github.com/moonwire-lab/moonwire/bindings/ltn12"
	"github.com/moonwire-lab/moonwire/bindings/mime"
	"github.com/moonwire-lab/moonwire/bindings/socket"
	"github.com/moonwire-lab/moonwire/bindings/socktest"
	"github.com/moonwire-lab/moonwire/bindings/ssl"
	"github.com/moonwire-lab/moonwire/bindings/url"
)

func modules() []*bind.Module {
	return []*bind.Module{socket.Module, ltn12.Module, mime.Module, url.Module, clients.Headers, clients.HTTP, ssl.Module, ssl.HTTPS}
}

func testKey(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

// testFiles are the certificates and keys of the tests, the same on each run: an authority, a server and a client signed by
// it, and a server that signed itself.
func testFiles(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	ca := &x509.Certificate{SerialNumber: big.NewInt(0xabcdef), Subject: pkix.Name{CommonName: "Test CA", Organization: []string{"Probes"}},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	add := func(name string, c, parent *x509.Certificate, signer ed25519.PrivateKey) {
		c.NotBefore, c.NotAfter = time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC), time.Date(2099, 12, 31, 0, 0, 0, 0, time.UTC)
		key := testKey(name)
		raw, err := x509.CreateCertificate(nil, c, parent, key.Public(), signer)
		if err != nil {
			t.Fatal(err)
		}
		private, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		files[name+".pem"] = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}))
		files[name+".key"] = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	}
	add("ca", ca, ca, testKey("ca"))
	server := &x509.Certificate{SerialNumber: big.NewInt(0x1234567890), DNSNames: []string{"www.lab", "*.lab"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		Subject: pkix.Name{CommonName: "www.lab", Organization: []string{"Moonwire"}, Country: []string{"PT"}}, KeyUsage: x509.KeyUsageDigitalSignature}
	add("server", server, ca, testKey("ca"))
	add("client", &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "ana"}}, ca, testKey("ca"))
	alone := &x509.Certificate{SerialNumber: big.NewInt(8), Subject: pkix.Name{CommonName: "alone"}}
	add("alone", alone, alone, testKey("alone"))
	return files
}

func TestProbes(t *testing.T) {
	socktest.Suite{
		Modules:  modules(),
		Requires: []string{"ssl", "ssl.https"},
		Files:    testFiles(t),
		AtLeast:  20,
	}.Run(t)
}
