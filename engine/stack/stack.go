// Package stack is the socket interface that every protocol is written against.
//
// A Network (vnet's hosts, osnet's machine) provides non-blocking sockets; Stack adds to them, once for
// both, everything that blocks: dialling, accepting, reading and writing with deadlines, as ordinary
// net.Conn, net.Listener and net.PacketConn values.
package stack

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
)

// A Network is one host's view of a network.
type Network interface {
	// HostName returns the host's own name.
	HostName() string
	// Socket returns a new, unbound socket.
	Socket(Kind, Family) (Socket, error)
	// LookupHost returns the addresses of a name in order of preference, or an error that is ErrHostNotFound.
	// It may park the calling task. An address literal is its own answer.
	LookupHost(name string) ([]netip.Addr, error)
	// LookupAddr returns the names of an address, the canonical one first.
	LookupAddr(netip.Addr) ([]string, error)
	// Interfaces returns the host's interfaces, loopback first.
	Interfaces() []Interface
	// Sockets returns the host's socket table in the order of creation; a network may list TCP before UDP.
	Sockets() []SocketInfo
}

// An Interface is a network interface of a host.
type Interface struct {
	Name      string
	Up        bool
	MTU       int
	Prefixes  []netip.Prefix // its addresses, each with the length of its subnet
	Peer      string         // the host or router at the other end of its link; "" if not known
	HardwareA string         // MAC address, "" for loopback
}

// SocketInfo is a line of the socket table, as the ss command shows it.
type SocketInfo struct {
	Kind          Kind
	State         string // LISTEN, SYN-SENT, ESTAB, TIME-WAIT, UNCONN, … as ss names them
	Local, Remote netip.AddrPort
	RecvQueue     int    // bytes waiting to be read; of a listener, connections waiting to be accepted
	SendQueue     int    // bytes not yet acknowledged; of a listener, its backlog
	Process       string // who holds it
}

// A Stack is what a process uses of its host: it opens sockets, waits and starts tasks. All tasks that it
// starts and all sockets that it opens end with Close.
type Stack struct {
	Network
	// MaxSockets bounds how many sockets may be open at a time; 0 means no bound. One more fails with ErrTooManyFiles, after
	// TooMany, if set, has been called.
	MaxSockets int64
	TooMany    func()

	sched *sim.Scheduler
	group *sim.Group
	name  string
	rng   *rand.Rand
	as    string   // what SeedAs was given
	open  []Socket // in the order of opening; closed ones are dropped now and then
	watch *Watch   // or nil
}

// New returns a stack for a process called name on network n; its tasks run in group g.
func New(s *sim.Scheduler, g *sim.Group, n Network, name string) *Stack {
	return &Stack{Network: n, sched: s, group: g, name: name}
}

// Now returns the network's time: virtual or the machine's.
func (s *Stack) Now() time.Time { return s.sched.Now() }

// Sleep parks the calling task for d.
func (s *Stack) Sleep(d time.Duration) { s.sched.Sleep(d) }

// Go starts f as a task of the same process.
func (s *Stack) Go(name string, f func()) *sim.Task { return s.group.Go(name, f) }

// Rand returns the process's random stream: it depends on the seed, the host's name and the process's name.
func (s *Stack) Rand() *rand.Rand {
	if s.rng == nil {
		s.rng = s.sched.Rand("process " + s.HostName() + " " + s.name)
	}
	return s.rng
}

// SeedAs begins the process's random stream anew, as one that depends on the seed, the host's name and a name of the caller's. To give the
// name once more changes nothing.
func (s *Stack) SeedAs(name string) {
	if s.as != name {
		s.as, s.rng = name, s.sched.Rand("process "+s.HostName()+" as "+name)
	}
}

// Scheduler returns the scheduler that runs the process.
func (s *Stack) Scheduler() *sim.Scheduler { return s.sched }

// Group returns the group of the process's tasks.
func (s *Stack) Group() *sim.Group { return s.group }

// ProcessName returns the name the stack was made with.
func (s *Stack) ProcessName() string { return s.name }

// Socket opens a socket that Close will close.
func (s *Stack) Socket(k Kind, f Family) (Socket, error) {
	if !s.room() {
		return nil, ErrTooManyFiles
	}
	sock, err := s.Network.Socket(k, f)
	if err != nil {
		return nil, err
	}
	return s.own(sock), nil
}

// Accept takes the next connection from a listening socket that the stack opened; Close will close it. It fails with
// ErrWouldBlock when none waits.
func (s *Stack) Accept(listener Socket) (Socket, error) {
	if !s.room() {
		return nil, ErrTooManyFiles
	}
	sock, err := listener.Accept()
	if err != nil {
		return nil, err
	}
	sock = s.own(sock)
	if w, ok := sock.(*watched); ok {
		w.connected = true
		w.tell(OpAccept, nil, nil)
	}
	return sock, nil
}

// room reports whether one more socket may be opened.
func (s *Stack) room() bool {
	if s.MaxSockets <= 0 || int64(len(s.open)) < s.MaxSockets {
		return true
	}
	s.forget()
	if int64(len(s.open)) < s.MaxSockets {
		return true
	}
	if s.TooMany != nil {
		s.TooMany()
	}
	return false
}

// forget drops the sockets that were closed.
func (s *Stack) forget() {
	alive := s.open[:0]
	for _, o := range s.open {
		if !o.Closed() {
			alive = append(alive, o)
		}
	}
	clear(s.open[len(alive):])
	s.open = alive
}

// own records sock for Close and returns it, with what tells observers of it around it if there are any.
func (s *Stack) own(sock Socket) Socket {
	if l, ok := sock.(Labeled); ok {
		l.SetLabel(s.name)
	}
	if s.Watched() {
		sock = &watched{Socket: sock, stack: s, begun: s.watch.begun}
	}
	if len(s.open) == cap(s.open) {
		s.forget()
		s.open = slices.Grow(s.open, len(s.open)+1) // room for as many again before the next look
	}
	s.open = append(s.open, sock)
	return sock
}

// Labeled is implemented by sockets that show in the socket table which process holds them.
type Labeled interface{ SetLabel(process string) }

// OpenSockets returns how many sockets of the process are open.
func (s *Stack) OpenSockets() int {
	n := 0
	for _, o := range s.open {
		if !o.Closed() {
			n++
		}
	}
	return n
}

// Close closes every socket that the process still holds, as an operating system does when a process ends.
// It does not end the tasks.
func (s *Stack) Close() {
	for _, o := range s.open {
		o.Close()
	}
	s.open = nil
}
