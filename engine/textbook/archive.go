package textbook

import (
	"path"

	"github.com/moonwire-lab/moonwire/engine/ftp"
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
	home := path.Join(homes, user)
	if ok && s.host.FS.MkdirAll(home, 0o755) != nil {
		return ftp.Account{}, false
	}
	return ftp.Account{Password: password, FS: s.host.FS, Root: home}, ok
}
