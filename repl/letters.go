package repl

import (
	"bytes"
	"fmt"
	"io"
	"net"

	"github.com/moonwire-lab/moonwire/engine/mailstore"
	"github.com/moonwire-lab/moonwire/engine/pop3"
)

// letters is a mailbox that is being read. Letters count from 0.
type letters interface {
	count() int
	header(i int) ([]byte, error)
	letter(i int) ([]byte, error)
	leave(deleted []int) error // and delete these for good
}

// open opens the user's mailbox.
func (m *mailer) open() (letters, error) {
	if m.pop3 == "" {
		return m.local()
	}
	if m.secret == "" {
		secret, err := m.c.askSecret("Password: ")
		if err != nil {
			return nil, err
		}
		m.secret = secret
	}
	host, number := hostPort(m.pop3, pop3.Port)
	client, err := pop3.Dial(m.c.Process.Stack(), net.JoinHostPort(host, number), pop3.Options{})
	if err != nil {
		return nil, unreached(host, number, err)
	}
	if err := client.Login(m.user, m.secret); err != nil {
		client.Close()
		return nil, err
	}
	list, err := client.List()
	if err != nil {
		client.Close()
		return nil, err
	}
	return &remote{client, list}, nil
}

// local opens a mailbox of this host.
func (m *mailer) local() (letters, error) {
	store, err := mailstore.Of(m.c.Host(), mailstore.Dir)
	if err != nil {
		return nil, err
	}
	if _, err := store.Mailbox(m.user); err != nil {
		return nil, fmt.Errorf("%s has no mailbox on %s: %w", m.user, m.c.Host().Name, err)
	}
	drop, err := pop3.Maildrops(store)(m.user)
	if err != nil {
		return nil, err
	}
	return &own{drop}, nil
}

// remote is a mailbox on another host, by POP3.
type remote struct {
	client *pop3.Client
	list   []pop3.Entry
}

func (r *remote) count() int                   { return len(r.list) }
func (r *remote) header(i int) ([]byte, error) { return r.client.Top(r.list[i].Number, 0) }
func (r *remote) letter(i int) ([]byte, error) { return r.client.Retr(r.list[i].Number) }

func (r *remote) leave(deleted []int) error {
	defer r.client.Close()
	for _, i := range deleted {
		if err := r.client.Dele(r.list[i].Number); err != nil {
			return err
		}
	}
	return r.client.Quit()
}

// own is a mailbox of this host.
type own struct{ drop pop3.Drop }

func (o *own) count() int { return len(o.drop.Messages()) }

func (o *own) letter(i int) ([]byte, error) {
	r, err := o.drop.Open(i)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func (o *own) header(i int) ([]byte, error) {
	b, err := o.letter(i)
	if end := bytes.Index(b, []byte("\n\n")); end >= 0 {
		b = b[:end+2]
	}
	return b, err
}

func (o *own) leave(deleted []int) error {
	defer o.drop.Close()
	if len(deleted) == 0 {
		return nil
	}
	return o.drop.Delete(deleted)
}
