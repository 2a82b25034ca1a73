// Package pki is the public key infrastructure of a virtual world (X.509, RFC 5280): its certificate authority, the certificates
// that it issues to hosts, and settings of crypto/tls with which the same seed gives the same bytes.
//
// All keys follow from the world's seed. They show how TLS works and protect nothing outside of the world. Handshakes repeat
// only in a program with GODEBUG=cryptocustomrand=1, which the go.mod of this module sets for its own commands and tests.
package pki

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// An Authority is the certificate authority of a world.
type Authority struct {
	seed uint64
	cert *x509.Certificate
	key  ed25519.PrivateKey
}

// New returns the authority of the world with that seed: the same each time.
func New(seed uint64) (*Authority, error) {
	a := &Authority{seed: seed, key: worldKey(seed, "authority")}
	template := template("authority", pkix.Name{CommonName: "Moonwire World CA", Organization: []string{"Moonwire"}})
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	var err error
	a.cert, err = sign(template, template, a.key.Public(), a.key)
	return a, err
}

// Certificate returns the authority's own certificate, which signs itself.
func (a *Authority) Certificate() *x509.Certificate { return a.cert }

// Roots returns the pool of the authority alone.
func (a *Authority) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// Issue returns a certificate, with its chain and key, for the names of one host: domain names, *.name wildcards or IP addresses (RFC 5280
// 4.2.1.6). It can be a server's and a client's.
func (a *Authority) Issue(names ...string) (tls.Certificate, error) {
	if len(names) == 0 {
		return tls.Certificate{}, errors.New("pki: issue certificate: no name")
	}
	subject := strings.Join(names, " ")
	key := worldKey(a.seed, "host "+subject)
	template := template(subject, pkix.Name{CommonName: names[0]})
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	leaf, err := sign(template, a.cert, key.Public(), a.key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{leaf.Raw, a.cert.Raw}, PrivateKey: key, Leaf: leaf}, nil
}

// Server returns the settings of a server of st's process with a certificate for names.
func (a *Authority) Server(st *stack.Stack, names ...string) (*tls.Config, error) {
	cert, err := a.Issue(names...)
	if err != nil {
		return nil, err
	}
	c := Config(st)
	c.Certificates = []tls.Certificate{cert}
	return c, nil
}

// Client returns the settings of a client of st's process that trusts the authority alone and expects a server called name.
func (a *Authority) Client(st *stack.Stack, name string) *tls.Config {
	c := Config(st)
	c.RootCAs, c.ServerName = a.Roots(), name
	return c
}

// Config returns settings for either side with the clock of st and, in virtual time, its random numbers: complete them with
// certificates or trusted roots. Use tls.Server and tls.Client on a connection of st and handshake in the task that waits for it.
func Config(st *stack.Stack) *tls.Config {
	c := Repeatable(&tls.Config{Time: st.Now})
	if st.Scheduler().Virtual() {
		c.Rand = Random(st.Rand())
	}
	return c
}

// Repeatable limits c, which it returns, to what takes all that is random in a handshake from c.Rand: without ML-KEM and without session tickets.
func Repeatable(c *tls.Config) *tls.Config {
	c.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}
	c.SessionTicketsDisabled = true
	return c
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
		return nil, fmt.Errorf("pki: sign certificate of %s: %w", c.Subject.CommonName, err)
	}
	return x509.ParseCertificate(raw)
}

// Random makes a random stream of a process what crypto/tls wants as Config.Rand.
func Random(source interface{ Uint32() uint32 }) io.Reader { return random{source} }

// A random reads bytes from a stream. A read of one byte takes nothing from it: Go's libraries make such reads by chance, so that nobody
// depends on how many bytes they take, and here the same seed has to give the same bytes.
type random struct{ source interface{ Uint32() uint32 } }

// Read implements io.Reader.
func (r random) Read(p []byte) (int, error) {
	if len(p) == 1 {
		p[0] = 0
		return 1, nil
	}
	for i := range p {
		p[i] = byte(r.source.Uint32())
	}
	return len(p), nil
}
