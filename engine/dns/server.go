package dns

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
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
	// addresses. All addresses of IPv6, if they come after others, are left out where there is no IPv6. Of a host that has several
	// addresses of a family at the start, those that it gets later are served over TCP only.
	Addrs []netip.AddrPort
	// Answer, if set, is asked first, for each question of opcode QUERY but transfers. It may wait. If it returns nil, the zones answer.
	Answer func(*Query) *Answer
	// Known, if set, is asked before Answer, for what comes over UDP, and must not wait: what it knows is answered at once. If it returns nil,
	// Answer is asked, in a task of its own.
	Known func(*Query) *Answer
	// Minimal leaves the name servers and additional records out of positive answers.
	Minimal bool
	Keys    []*Key        // of those who sign messages
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
	started bool
	closed  bool
}

// A served zone is one of a server's.
type served struct {
	zone      *Zone
	primary   Primary
	secondary *Secondary // or nil
	stop      func()     // ends watching the zone
	tasks     []*sim.Task
	changed   sim.Queue // woken after each change
}

// Primary says who else has to do with a zone that a server is the primary of, or hands on. The zero value keeps it alone.
type Primary struct {
	Transfer  Access           // who may have copies (AXFR, IXFR)
	Update    Access           // who may change it (RFC 2136)
	Notify    []netip.AddrPort // who is told of changes (RFC 1996)
	NotifyKey *Key             // signs what they are told
}

// Stats counts what a server did.
type Stats struct {
	UDP, TCP   uint64     // messages received
	Replies    uint64     // messages sent, those of a transfer apart
	Rcodes     [24]uint64 // replies by response code; 16 is BADVERS
	Truncated  uint64     // replies sent with TC
	Dropped    uint64     // messages that were not worth a reply: too short, responses themselves, too many at a time
	Cached     uint64     // replies that had been packed before
	Conns      uint64     // TCP connections accepted
	Evicted    uint64     // TCP connections closed to make room
	Transfers  uint64     // transfers sent over TCP
	Increments uint64     // those of them that brought changes only
	Notifies   uint64     // NOTIFY received
	Updates    uint64     // updates that changed a zone
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

// AddZone makes the server answer for a zone, which nobody may copy or change. It takes the place of one with the same origin.
func (s *Server) AddZone(z *Zone) { s.AddPrimary(z, Primary{}) }

// AddPrimary makes the server answer for a zone and serve its secondaries and those who may update it.
func (s *Server) AddPrimary(z *Zone, p Primary) { s.add(&served{zone: z, primary: p}) }

func (s *Server) add(v *served) {
	z := v.zone
	s.RemoveZone(z.name)
	if s.zones == nil {
		s.zones = map[key]*served{}
	}
	s.zones[z.origin] = v
	v.stop = z.Watch(func() {
		s.cache.flush()
		v.changed.Wake()
	})
	s.cache.flush()
	if s.started {
		s.attend(v)
	}
}

// attend starts the tasks of a zone.
func (s *Server) attend(v *served) {
	if len(v.primary.Notify) > 0 {
		v.tasks = append(v.tasks, s.Stack.Go("dns notify "+v.zone.name, func() { s.notify(v) }))
	}
	if v.secondary != nil {
		v.tasks = append(v.tasks, s.Stack.Go("dns secondary "+v.zone.name, func() { s.follow(v) }))
	}
}

// RemoveZone ends the answering for a zone; it reports whether the server had it.
func (s *Server) RemoveZone(origin string) bool {
	k, err := keyOf(miekg.Fqdn(origin))
	if err != nil || s.zones[k] == nil {
		return false
	}
	s.leave(s.zones[k])
	delete(s.zones, k)
	s.cache.flush()
	return true
}

// leave ends what is done for a zone.
func (s *Server) leave(v *served) {
	v.stop()
	current := s.Stack.Scheduler().Current()
	for _, t := range v.tasks {
		if t != current {
			t.Kill(ErrServerClosed)
		}
	}
	v.tasks = nil
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
		if v := s.zones[k]; v != nil {
			return v.zone
		}
		if k == rootKey {
			return nil
		}
		k = k.parent()
	}
}

// byName returns what the server has with an origin, or nil.
func (s *Server) byName(origin string) *served {
	k, err := keyOf(miekg.Fqdn(origin))
	if err != nil {
		return nil
	}
	return s.zones[k]
}

// origins returns the zones in canonical order.
func (s *Server) origins() []*served {
	return slices.SortedFunc(maps.Values(s.zones), func(a, b *served) int { return compareKeys(a.zone.origin, b.zone.origin) })
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
	s.started = true
	for _, v := range s.origins() {
		s.attend(v)
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

// pair opens the sockets of one address. A port that the network drew for UDP may be taken for TCP: then another is drawn.
func (s *Server) pair(a netip.AddrPort) error {
	for try := 0; ; try++ {
		socks, err := s.both(a, s.places(a.Addr()))
		if err != nil && stack.Code(err) == "denied" { // the allow list may have all addresses together only
			socks, err = s.both(a, []netip.Addr{a.Addr()})
		}
		if err == nil {
			s.sockets = append(s.sockets, socks...)
			return nil
		}
		if a.Port() != 0 || try == 20 {
			return err
		}
	}
}

// both opens UDP sockets at places, on one port, and a TCP socket, which comes first.
func (s *Server) both(a netip.AddrPort, places []netip.Addr) (socks []stack.Socket, err error) {
	defer func() {
		if err != nil {
			for _, sock := range socks {
				sock.Close()
			}
		}
	}()
	port := a.Port()
	for _, at := range places {
		udp, err := s.open(stack.UDP, netip.AddrPortFrom(at, port))
		if err != nil {
			return socks, err
		}
		socks, port = append(socks, udp), udp.LocalAddr().Port()
	}
	tcp, err := s.open(stack.TCP, netip.AddrPortFrom(a.Addr(), port))
	if err != nil {
		return socks, err
	}
	return append([]stack.Socket{tcp}, socks...), nil
}

// places returns where to open UDP sockets for an address. A reply has to come from the address that was asked, and the network gives one that is sent
// from all addresses the one that leads to the asker. So a host with several addresses needs a socket on each.
func (s *Server) places(a netip.Addr) []netip.Addr {
	if !a.IsUnspecified() {
		return []netip.Addr{a}
	}
	var own []netip.Addr
	outside := 0
	for _, i := range s.Stack.Interfaces() {
		for _, p := range i.Prefixes {
			if p.Addr().Is4() == a.Is4() && !p.Addr().IsLinkLocalUnicast() {
				own = append(own, p.Addr())
				if !p.Addr().IsLoopback() {
					outside++
				}
			}
		}
	}
	if outside < 2 {
		return []netip.Addr{a}
	}
	return own
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
	for _, v := range s.origins() {
		s.leave(v)
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
