package textbook

import (
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A kind is a kind of service that hosts may have.
type kind struct {
	name  string // in the lines "serves" of the description, and of the process
	ports []port
	// serve starts the service with the tasks of a new process of the host. It must not wait. What it fails with leaves the ports closed.
	serve func(*service, *stack.Stack) error
}

// A port is one on which a service is waited for.
type port struct {
	kind   stack.Kind
	number uint16
}

// kinds returns all kinds of services.
func kinds() []kind {
	return []kind{
		{"dns", []port{{stack.UDP, 53}, {stack.TCP, 53}}, (*service).serveDNS},
		{"mail", []port{{stack.TCP, 25}, {stack.TCP, 587}}, (*service).serveMail},
		{"pop3", []port{{stack.TCP, 110}}, (*service).servePOP3},
		{"imap", []port{{stack.TCP, 143}}, (*service).serveIMAP},
		{"ftp", []port{{stack.TCP, 21}}, (*service).serveFTP},
		{"sftp", []port{{stack.TCP, 22}}, (*service).serveSFTP},
		{"http", []port{{stack.TCP, 80}, {stack.TCP, 443}}, (*service).serveHTTP},
		{"replica", []port{{stack.TCP, 80}}, (*service).serveReplica},
	}
}

func kindOf(name string) (kind, bool) {
	for _, k := range kinds() {
		if k.name == name {
			return k, true
		}
	}
	return kind{}, false
}

// A service is a service of a host.
type service struct {
	kind     kind
	host     *engine.Host
	entry    *planned
	internet *Internet
	started  bool // it was spoken to
}

// wait lets the service start with the first packet for one of its ports, and after that whenever the host is switched on again: mail may be
// left in a queue.
func (s *service) wait() {
	for _, p := range s.kind.ports {
		s.host.V.StartOnDemand(p.kind, p.number, s.kind.name, s.start)
	}
	s.host.V.OnBoot(func() {
		if s.started {
			s.start()
		}
	})
}

// start runs the service in a process of its own.
func (s *service) start() {
	s.started = true
	st := s.host.NewStack(s.kind.name)
	st.Group().Background = true
	if err := s.kind.serve(s, st); err != nil {
		st.Group().Kill(err)
	}
}
