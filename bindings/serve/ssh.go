package serve

import (
	"crypto"
	"crypto/rand"
	"io"

	"golang.org/x/crypto/ssh"

	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine/pki"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// Random returns random bytes for SSH: of the world's seed in virtual time, of the machine otherwise.
func Random(st *stack.Stack) io.Reader {
	if st.Scheduler().Virtual() {
		return pki.Random(st.Rand())
	}
	return rand.Reader
}

// HostKey returns the SSH key of a host of the world, which everybody in the world knows: it is that of its certificate.
func HostKey(p *process.Process, host string) (ssh.Signer, error) {
	authority, err := p.World().Authority()
	if err != nil {
		return nil, err
	}
	certificate, err := authority.Issue(host)
	if err != nil {
		return nil, err
	}
	return ssh.NewSignerFromSigner(certificate.PrivateKey.(crypto.Signer))
}
