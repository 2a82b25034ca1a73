package serve

import (
	"crypto/tls"
	"crypto/x509"

	"github.com/moonwire-lab/moonwire/bindings/process"
)

// ServerTLS returns the settings of a server with a certificate of the world's authority for its host.
func (t *Tasks) ServerTLS() (*tls.Config, error) {
	authority, err := t.p.World().Authority()
	if err != nil {
		return nil, err
	}
	return authority.Server(t.at.Stack, t.at.Host.Name)
}

// ClientTLS returns the settings of a client of the process that talks to a server called name. With verify it trusts the world's
// authority, and on the machine's network those that the machine trusts, otherwise it takes any certificate.
func ClientTLS(p *process.Process, name string, verify bool) (*tls.Config, error) {
	authority, err := p.World().Authority()
	if err != nil {
		return nil, err
	}
	config := authority.Client(p.Stack(), name)
	config.InsecureSkipVerify = !verify
	if p.World().Net == nil {
		if roots, err := x509.SystemCertPool(); err == nil {
			roots.AddCert(authority.Certificate())
			config.RootCAs = roots
		}
	}
	return config, nil
}
