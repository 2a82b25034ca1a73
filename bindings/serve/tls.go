package serve

import (
	"crypto/tls"

	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine/pki"
)

// ServerTLS returns the settings of a server with a certificate of the world's authority for its host.
func (t *Tasks) ServerTLS() (*tls.Config, error) {
	authority, err := pki.New(t.p.Sched().Seed())
	if err != nil {
		return nil, err
	}
	return authority.Server(t.at.Stack, t.at.Host.Name)
}

// ClientTLS returns the settings of a client of the process that talks to a server called name. With verify it trusts the world's
// authority alone, otherwise it takes any certificate.
func ClientTLS(p *process.Process, name string, verify bool) (*tls.Config, error) {
	authority, err := pki.New(p.Sched().Seed())
	if err != nil {
		return nil, err
	}
	config := authority.Client(p.Stack(), name)
	config.InsecureSkipVerify = !verify
	return config, nil
}
