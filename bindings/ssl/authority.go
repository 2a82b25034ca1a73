package ssl

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"fmt"
	"math/big"
	"math/rand/v2"
	"time"
)

// An authority is the certificate authority of a virtual world. Its key and those of the hosts follow from the world's seed, so
// they are the same on each run; they protect nothing outside the world.
type authority struct {
	seed uint64
	cert *x509.Certificate
	key  ed25519.PrivateKey
}

func newAuthority(seed uint64) (*authority, error) {
	a := &authority{seed: seed, key: worldKey(seed, "authority")}
	template := template("authority", pkix.Name{CommonName: "Moonwire World CA", Organization: []string{"Moonwire"}})
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	var err error
	a.cert, err = sign(template, template, a.key.Public(), a.key)
	return a, err
}

// roots returns the pool of the authority alone.
func (a *authority) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// host returns the certificate of a host of the world.
func (a *authority) host(name string) (tls.Certificate, error) {
	key := worldKey(a.seed, "host "+name)
	template := template(name, pkix.Name{CommonName: name})
	template.DNSNames = []string{name}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	leaf, err := sign(template, a.cert, key.Public(), a.key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{leaf.Raw, a.cert.Raw}, PrivateKey: key, Leaf: leaf}, nil
}

func worldKey(seed uint64, purpose string) ed25519.PrivateKey {
	sum := sha256.Sum256(append(binary.BigEndian.AppendUint64([]byte("tls key "), seed), purpose...))
	return ed25519.NewKeyFromSeed(sum[:])
}

// template is a certificate valid for all times that worlds have.
func template(serial string, subject pkix.Name) *x509.Certificate {
	sum := sha256.Sum256([]byte(serial))
	return &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(sum[:16]), Subject: subject,
		NotBefore: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2099, 12, 31, 0, 0, 0, 0, time.UTC),
	}
}

func sign(c, parent *x509.Certificate, public any, key ed25519.PrivateKey) (*x509.Certificate, error) {
	raw, err := x509.CreateCertificate(nil, c, parent, public, key) // Ed25519 needs no random numbers
	if err != nil {
		return nil, fmt.Errorf("ssl: sign certificate of %s: %w", c.Subject.CommonName, err)
	}
	return x509.ParseCertificate(raw)
}

// A stream makes a random stream of the world what crypto/tls wants. A read of one byte takes nothing from it: Go's libraries make
// such reads by chance, so that nobody depends on how many bytes they take, and here the same seed has to give the same bytes.
type stream struct{ rand *rand.Rand }

// Read implements io.Reader.
func (s stream) Read(p []byte) (int, error) {
	if len(p) == 1 {
		p[0] = 0
		return 1, nil
	}
	for i := range p {
		p[i] = byte(s.rand.Uint32())
	}
	return len(p), nil
}
