package dns

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// Port is the port of DNS.
const Port = 53

// Defaults of a Server.
const (
	DefaultUDPSize = 1232             // bytes of the largest UDP message: no path cuts it into fragments
	DefaultConns   = 100              // TCP connections at a time
	DefaultIdle    = 10 * time.Second // that a TCP connection may be silent (RFC 7766 6.2.3)
	DefaultTasks   = 1000             // questions at a time that Server.Answer works on
	DefaultCache   = 8 << 20          // bytes of packed answers
)

// A Server answers with authority for its zones, over UDP and TCP. Fill in the fields, add zones, and start it. It runs as tasks of its stack.
type Server struct {
	Stack *stack.Stack
	// Addrs says where it listens; the default is AllAddrs(Port). For port 0 the network draws one, the same for UDP and TCP and all
	// addresses. All addresses of IPv6, if they come after others, are left out where there is no IPv6.
	Addrs []netip.AddrPort
	// Answer, if set, is asked first, for each question of opcode QUERY but transfers. It may wait. If it returns nil, the zones answer.
	Answer func(*Query) *Answer
	// Known, if set, is asked before Answer, for what comes over UDP, and must not wait: what it knows is answered at once. If it returns nil,
	// Answer is asked, in a task of its own.
	Known func(*Query) *Answer
	// Minimal leaves the name servers and additional records out of positive answers.
	Minimal bool
	UDPSize int           // of the largest UDP message; DefaultUDPSize if 0
	Conns   int           // TCP connections at a time: one more ends the one that was silent longest; DefaultConns if 0
	Idle    time.Duration // silence after which a TCP connection is closed, and time that one message may take; DefaultIdle if 0
	Tasks   int           // questions that Answer works on at a time; more are dropped; DefaultTasks if 0

	zones   map[key]*served
	cache   cache
	stats   Stats
	sockets []stack.Socket
	conns   []*conn // the one that was silent longest first
	working int     // tasks of Answer
	tasks   []*sim.Task
	closed  bool
}

// A served zone is one of a server's.
type served struct {
	zone *Zone
	stop func() // ends watching the zone
}

// Stats counts what a server did.
type Stats struct {
	UDP, TCP  uint64     // messages received
	Replies   uint64     // messages sent, those of a transfer apart
	Rcodes    [24]uint64 // replies by response code; 16 is BADVERS
	Truncated uint64     // replies sent with TC
	Dropped   uint64     // messages that were not worth a reply: too short, responses themselves, too many at a time
	Cached    uint64     // replies that had been packed before
	Conns     uint64     // TCP connections accepted
	Evicted   uint64     // TCP connections closed to make room
	Transfers uint64     // zones sent
	Notifies  uint64     // NOTIFY received
	Updates   uint64     // updates that changed a zone
}

// A Query is a question as Server.Answer sees it.
type Query struct {
	From, To netip.AddrPort // To is where it was received; its address may be unspecified
	TCP      bool
	Name     string // as it was asked
	Type     uint16
	Class    uint16
	Key      string       // the TSIG key it was signed with, or ""
	Subnet   netip.Prefix // the client behind a resolver, if it says so (RFC 7871)
	Message  *Message
}

// AddZone makes the server answer for a zone. It takes the place of one with the same origin.
func (s *Server) AddZone(z *Zone) {
	s.RemoveZone(z.name)
	if s.zones == nil {
		s.zones = map[key]*served{}
	}
	s.zones[z.origin] = &served{zone: z, stop: z.Watch(s.cache.flush)}
	s.cache.flush()
}

// RemoveZone ends the answering for a zone; it reports whether the server had it.
func (s *Server) RemoveZone(origin string) bool {
	k, err := keyOf(miekg.Fqdn(origin))
	if err != nil || s.zones[k] == nil {
		return false
	}
	s.zones[k].stop()
	delete(s.zones, k)
	s.cache.flush()
	return true
}

// Zone returns the zone with an origin, or nil.
func (s *Server) Zone(origin string) *Zone {
	k, err := keyOf(miekg.Fqdn(origin))
	if err != nil || s.zones[k] == nil {
		return nil
	}
	return s.zones[k].zone
}

// zoneOf returns the zone that a name is in: that with the longest origin. A DS belongs to the parent of the zone it is for.
func (s *Server) zoneOf(k key, typ uint16) *Zone {
	if typ == miekg.TypeDS && k != rootKey {
		if z := s.zoneOf(k.parent(), miekg.TypeA); z != nil {
			return z
		}
	}
	for {
		if z := s.zones[k]; z != nil {
			return z.zone
		}
		if k == rootKey {
			return nil
		}
		k = k.parent()
	}
}

// Stats returns the counters.
func (s *Server) Stats() Stats { return s.stats }

// Start opens the sockets and starts the tasks that answer. It fails if an address cannot be had.
func (s *Server) Start() error {
	if err := s.listen(); err != nil {
		s.Close()
		return fmt.Errorf("dns: serve: %w", err)
	}
	for _, sock := range s.sockets {
		if sock.Kind() == stack.UDP {
			s.run("dns udp", func() { s.serveUDP(sock) })
		} else {
			s.run("dns tcp", func() { s.serveTCP(sock) })
		}
	}
	return nil
}

func (s *Server) run(name string, f func()) { s.tasks = append(s.tasks, s.Stack.Go(name, f)) }

// listen opens a UDP and a TCP socket for each address. Once the network has drawn a port, the other addresses have the same.
func (s *Server) listen() error {
	for i, a := range s.addrs() {
		if a.Port() == 0 && i > 0 {
			a = netip.AddrPortFrom(a.Addr(), s.Addr().Port())
		}
		err := s.pair(a)
		optional := i > 0 && a.Addr() == netip.IPv6Unspecified() && !errors.Is(err, stack.ErrAddrInUse)
		if err != nil && !optional {
			return err
		}
	}
	return nil
}

func (s *Server) addrs() []netip.AddrPort {
	if len(s.Addrs) > 0 {
		return s.Addrs
	}
	return AllAddrs(Port)
}

// AllAddrs returns a port on the unspecified addresses of both families.
func AllAddrs(port uint16) []netip.AddrPort {
	return []netip.AddrPort{netip.AddrPortFrom(netip.IPv4Unspecified(), port), netip.AddrPortFrom(netip.IPv6Unspecified(), port)}
}

// pair opens both sockets on one address. A port that the network drew for UDP may be taken for TCP: then another is drawn.
func (s *Server) pair(a netip.AddrPort) error {
	for try := 0; ; try++ {
		udp, err := s.open(stack.UDP, a)
		if err != nil {
			return err
		}
		tcp, err := s.open(stack.TCP, netip.AddrPortFrom(a.Addr(), udp.LocalAddr().Port()))
		if err == nil {
			s.sockets = append(s.sockets, udp, tcp)
			return nil
		}
		udp.Close()
		if a.Port() != 0 || try == 20 {
			return err
		}
	}
}

// open opens one socket.
func (s *Server) open(kind stack.Kind, a netip.AddrPort) (stack.Socket, error) {
	sock, err := s.Stack.Socket(kind, stack.FamilyOf(a.Addr()))
	if err != nil {
		return nil, err
	}
	if a.Addr().Is6() {
		err = sock.SetOption(stack.V6Only, true)
	}
	if err == nil && kind == stack.TCP {
		err = sock.SetOption(stack.ReuseAddr, true)
	}
	if err == nil {
		err = sock.Bind(a)
	}
	if err == nil && kind == stack.TCP {
		err = sock.Listen(128)
	}
	if err != nil {
		sock.Close()
		return nil, fmt.Errorf("%s/%s: %w", a, kind, err)
	}
	return sock, nil
}

// Addr returns the first address that the server listens on, or the zero value.
func (s *Server) Addr() netip.AddrPort {
	if len(s.sockets) == 0 {
		return netip.AddrPort{}
	}
	return s.sockets[0].LocalAddr()
}

// ErrServerClosed is why the tasks of a closed server end.
var ErrServerClosed = errors.New("dns: server closed")

// Close closes the sockets and connections and ends the server's tasks. Its zones stay as they are.
func (s *Server) Close() {
	if s.closed {
		return
	}
	s.closed = true
	for _, sock := range s.sockets {
		sock.Close()
	}
	for _, c := range s.conns {
		c.Close()
	}
	for _, z := range s.zones {
		z.stop()
	}
	current := s.Stack.Scheduler().Current()
	for _, t := range s.tasks {
		if t != current {
			t.Kill(ErrServerClosed)
		}
	}
}

func (s *Server) udpSize() int {
	if s.UDPSize > 0 {
		return min(max(s.UDPSize, miekg.MinMsgSize), miekg.MaxMsgSize)
	}
	return DefaultUDPSize
}
