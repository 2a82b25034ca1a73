// Package mailstore gives the processes of a host, such as its mail transfer agent and its POP3 and IMAP servers, the one store of
// mailboxes that a directory of the host may have.
package mailstore

import (
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/maildrop"
)

// Dir is where mailboxes are unless a script says otherwise.
const Dir = "/var/mail"

// Of returns the store in a directory of the host, given as an absolute path. All processes of the host share it until the host
// crashes; the next one reads it from the files again.
func Of(h *engine.Host, dir string) (*maildrop.Store, error) {
	v, err := h.Shared("mailstore "+dir, func() (any, error) {
		return maildrop.Open(h.World.Sched, h.FS, dir, maildrop.Options{})
	})
	if err != nil {
		return nil, err
	}
	return v.(*maildrop.Store), nil
}
