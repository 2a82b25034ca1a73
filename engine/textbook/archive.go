package textbook

import (
	"crypto"
	"path"

	gossh "golang.org/x/crypto/ssh"

	"github.com/moonwire-lab/moonwire/engine/ftp"
	"github.com/moonwire-lab/moonwire/engine/pki"
	"github.com/moonwire-lab/moonwire/engine/scp"
	"github.com/moonwire-lab/moonwire/engine/sftp"
	"github.com/moonwire-lab/moonwire/engine/ssh"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// The folders that the FTP server of a host shows: the archive to guests, who may read it, and to each user of the host one of their own.
const (
	archive = "/srv/ftp"
	homes   = "/home"
)

// serveFTP shows the archive to everybody who asks for it as "anonymous".
func (s *service) serveFTP(st *stack.Stack) error {
	if err := s.host.FS.MkdirAll(archive, 0o755); err != nil {
		return err
	}
	server := &ftp.Server{Account: s.account}
	authority, err := s.host.World.Authority()
	if err == nil {
		server.TLS, err = authority.Server(st, s.host.Name)
	}
	if err != nil {
		return err
	}
	return s.listen(st, server.Serve)
}

// account returns what a user of the FTP server may do.
func (s *service) account(user string) (ftp.Account, bool) {
	if user == "anonymous" || user == "ftp" {
		return ftp.Account{Guest: true, ReadOnly: true, FS: s.host.FS, Root: archive}, true
	}
	password, ok := s.entry.Users[user]
	home, made := s.home(user, ok)
	return ftp.Account{Password: password, FS: s.host.FS, Root: home}, made
}

// home returns the folder of a user of the host, and makes it if it is not there. It reports false if there is no such user.
func (s *service) home(user string, known bool) (string, bool) {
	home := path.Join(homes, user)
	return home, known && s.host.FS.MkdirAll(home, 0o755) == nil
}

// serveSFTP lets the users of the host use the files of their folder by SFTP and SCP. The host's key is that of its certificate.
func (s *service) serveSFTP(st *stack.Stack) error {
	authority, err := s.host.World.Authority()
	if err != nil {
		return err
	}
	certificate, err := authority.Issue(s.host.Name)
	if err != nil {
		return err
	}
	key, err := gossh.NewSignerFromSigner(certificate.PrivateKey.(crypto.Signer))
	if err != nil {
		return err
	}
	server := &ssh.Server{Key: key, Rand: pki.Random(st.Rand()), Run: s.runSFTP, Account: func(user string) (ssh.Account, bool) {
		password, ok := s.entry.Users[user]
		return ssh.Account{Password: password}, ok
	}}
	return s.listen(st, server.Serve)
}

// runSFTP runs what a user who has logged in asks for.
func (s *service) runSFTP(c *ssh.Channel, subsystem bool, name string) (run func() int, ok bool) {
	home, made := s.home(c.User, true)
	command, isSCP := scp.ParseCommand(name)
	switch {
	case made && subsystem && name == sftp.Subsystem:
		c.Describe = sftp.Describe
		return func() int {
			if (&sftp.Server{FS: s.host.FS, Root: home}).Serve(c) != nil {
				return 1
			}
			return 0
		}, true
	case made && !subsystem && isSCP:
		return func() int { return (&scp.Server{FS: s.host.FS, Root: home}).Serve(c, command) }, true
	}
	return nil, false
}
