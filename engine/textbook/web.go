package textbook

import (
	"net"

	"github.com/moonwire-lab/moonwire/engine/http"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// WebDir is the folder of a host that its web server shows.
const WebDir = "/srv/www"

// serveHTTP shows the files in WebDir, plain and under TLS.
func (s *service) serveHTTP(st *stack.Stack) error {
	authority, err := s.host.World.Authority()
	if err != nil {
		return err
	}
	if err := s.publish(); err != nil {
		return err
	}
	site := &http.Files{FS: s.host.FS, Root: WebDir, Index: []string{"index.html", "home.index"}}
	plain, secure := &http.Server{Handler: site.Answer}, &http.Server{Handler: site.Answer}
	if secure.TLS, err = authority.Server(st, s.entry.Name); err != nil {
		return err
	}
	return s.listen(st, func(st *stack.Stack, l net.Listener) error {
		if l.Addr().(*net.TCPAddr).Port == http.PortTLS {
			return secure.Serve(st, l)
		}
		return plain.Serve(st, l)
	})
}
