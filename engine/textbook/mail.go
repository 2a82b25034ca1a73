package textbook

import (
	"bytes"
	"errors"
	"maps"
	"net"
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/imap"
	"github.com/moonwire-lab/moonwire/engine/maildrop"
	"github.com/moonwire-lab/moonwire/engine/mailstore"
	"github.com/moonwire-lab/moonwire/engine/mta"
	"github.com/moonwire-lab/moonwire/engine/pop3"
	"github.com/moonwire-lab/moonwire/engine/resolver"
	"github.com/moonwire-lab/moonwire/engine/smtp"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// spool is where mail waits to be passed on.
const spool = "/var/spool/mail"

// serveMail takes mail for the host's domains, and of the site's own network for everybody.
func (s *service) serveMail(st *stack.Stack) error {
	store, err := s.mailboxes()
	if err != nil {
		return err
	}
	server := &mta.Server{Store: store, FS: s.host.FS, Queue: spool, Local: s.entry.Domains, RelayFor: s.entry.RelayFor,
		Networks: []netip.Prefix{s.entry.site.Network}, MX: &exchanger{s, st},
		SMTP: smtp.Server{Secret: s.secret, Insecure: true}}
	return s.listen(st, server.Serve)
}

// servePOP3 lets the users take their mail.
func (s *service) servePOP3(st *stack.Stack) error {
	store, err := s.mailboxes()
	if err != nil {
		return err
	}
	return s.listen(st, (&pop3.Server{Secret: s.secret, Open: pop3.Maildrops(store)}).Serve)
}

// serveIMAP lets the users read their mail on the server.
func (s *service) serveIMAP(st *stack.Stack) error {
	store, err := s.mailboxes()
	if err != nil {
		return err
	}
	return s.listen(st, (&imap.Server{Secret: s.secret, Store: store}).Serve)
}

// listen serves on the ports of the service.
func (s *service) listen(st *stack.Stack, serve func(*stack.Stack, net.Listener) error) error {
	var all []net.Listener
	var failed []error
	for _, p := range s.kind.ports {
		l, err := st.Listen("tcp", ":"+strconv.Itoa(int(p.number)))
		if err != nil {
			failed = append(failed, err)
			continue
		}
		all = append(all, l)
	}
	if len(all) == 0 {
		return errors.Join(failed...)
	}
	for _, l := range all {
		st.Go(s.kind.name, func() { serve(st, l) })
	}
	return nil
}

// mailboxes returns the store of the host, in which each user has a mailbox. A new one has the letters in it that are in letters/HOST/USER.
func (s *service) mailboxes() (*maildrop.Store, error) {
	store, err := mailstore.Of(s.host, mailstore.Dir)
	if err != nil {
		return nil, err
	}
	for _, user := range slices.Sorted(maps.Keys(s.entry.Users)) {
		box, err := store.Create(user)
		if errors.Is(err, maildrop.ErrExists) {
			continue
		}
		if err == nil {
			err = s.fill(box, path.Join("letters", s.entry.Name, user))
		}
		if err != nil {
			return nil, err
		}
	}
	return store, nil
}

// fill puts the letters of a folder into a mailbox.
func (s *service) fill(box *maildrop.Mailbox, folder string) error {
	list, err := letters.ReadDir(folder)
	if err != nil {
		return nil // there are none
	}
	inbox, err := box.Inbox()
	if err != nil {
		return err
	}
	for _, f := range list {
		text, err := letters.ReadFile(path.Join(folder, f.Name()))
		if err == nil {
			_, err = inbox.Append(bytes.NewReader(text), 0, time.Time{})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *service) secret(user string) (string, bool) {
	user, _, _ = strings.Cut(strings.ToLower(user), "@")
	password, ok := s.entry.Users[user]
	return password, ok
}

// An exchanger looks mail exchangers up as the host's resolv.conf says.
type exchanger struct {
	service *service
	stack   *stack.Stack
}

// LookupMX implements mta.Exchanger.
func (x *exchanger) LookupMX(domain string) ([]mta.MX, error) {
	config, _ := x.service.host.Config()
	stub := resolver.Stub{Stack: x.stack, Config: config}
	records, err := stub.LookupMX(domain)
	if err != nil {
		return nil, err
	}
	var list []mta.MX
	for _, mx := range records {
		list = append(list, mta.MX{Host: strings.ToLower(strings.TrimSuffix(mx.Mx, ".")), Preference: mx.Preference})
	}
	return list, nil
}
