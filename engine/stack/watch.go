package stack

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
)

// An Op is what a process did.
type Op uint8

// The operations that observers are told of.
const (
	OpListen    Op = iota // a TCP socket began to listen at Local
	OpConnect             // a connection from Local to Remote was asked for
	OpConnected           // it stands
	OpFailed              // it could not be made, or it broke: Err says why
	OpAccept              // a connection from Remote was taken
	OpSend                // Data was given to the network: bytes of a stream, or one datagram
	OpReceive             // Data was taken from it
	OpEnd                 // the end of the stream was read: the peer has closed
	OpShutdown            // the sending direction was closed, reading goes on
	OpClose               // the socket was closed
	OpLookup              // the name Text was looked up: Addrs or Err
	OpMessage             // a protocol says what the message Text, sent or received, is
	OpNote                // a remark of a lab: Text
)

var ops = [...]string{"listen", "connect", "connected", "failed", "accept", "send", "receive", "end", "shutdown", "close", "lookup",
	"message", "note"}

// String returns the operation in lower case.
func (o Op) String() string { return ops[o] }

// An Event is one step of a process, as observers see it.
type Event struct {
	Op            Op
	Process       *Stack
	Kind          Kind
	Local, Remote netip.AddrPort // as the socket says; zero where there is none
	Data          []byte         // valid until the observer returns
	Text          string
	Addrs         []netip.Addr // of OpLookup
	Received      bool         // of OpMessage
	Err           error
}

// A Watch tells observers what the processes of a world do with their sockets. The zero Watch has none and is ready; a stack
// whose Watch has no observer costs nothing more than one without.
type Watch struct {
	observers []*observer
	begun     int // how many observers there have been
}

type observer struct {
	f      func(Event)
	number int // of those that there have been, from 1 on
}

// Observe calls f for every event from now on, in order, until stop is called. f must not wait. Sockets that were opened before are
// not seen, whether somebody else sees them or not, but the connections that they accept later are.
func (w *Watch) Observe(f func(Event)) (stop func()) {
	w.begun++
	o := &observer{f, w.begun}
	w.observers = append(w.observers, o)
	return func() {
		w.observers = slices.DeleteFunc(slices.Clone(w.observers), func(x *observer) bool { return x == o })
	}
}

func (w *Watch) tell(e Event) { w.tellSince(w.begun, e) }

// tellSince tells those who were there when so many observers had begun.
func (w *Watch) tellSince(begun int, e Event) {
	for _, o := range w.observers {
		if o.number <= begun {
			o.f(e)
		}
	}
}

// WatchedBy makes w tell what the stack's process does from now on.
func (s *Stack) WatchedBy(w *Watch) { s.watch = w }

// Watched reports whether anybody observes the process: only then need a protocol work out what it gives to Message.
func (s *Stack) Watched() bool { return s.watch != nil && len(s.watch.observers) > 0 }

// A Message is what a protocol says of bytes that mean nothing to the eye, such as a DNS query.
type Message struct {
	Local, Remote net.Addr // of the socket it goes through
	Received      bool     // it came in; otherwise it is about to go out
	Text          string   // one line: "query www.lab A"
}

// Message tells the observers what the next bytes to be sent, or the last ones received, are. Call it just before they are written, or just
// after they were read. It costs nothing when nobody observes.
func (s *Stack) Message(m Message) {
	if s.Watched() {
		kind := TCP
		if _, udp := m.Local.(*net.UDPAddr); udp {
			kind = UDP
		}
		s.watch.tell(Event{Op: OpMessage, Process: s, Kind: kind, Local: addrPort(m.Local), Remote: addrPort(m.Remote), Received: m.Received, Text: m.Text})
	}
}

// Note tells the observers a remark, for labs.
func (s *Stack) Note(text string) {
	if s.Watched() {
		s.watch.tell(Event{Op: OpNote, Process: s, Text: text})
	}
}

// LookupHost is that of the network; observers see every name that is not an address.
func (s *Stack) LookupHost(name string) ([]netip.Addr, error) {
	addrs, err := s.Network.LookupHost(name)
	if s.Watched() {
		if _, literal := netip.ParseAddr(name); literal != nil {
			s.watch.tell(Event{Op: OpLookup, Process: s, Text: name, Addrs: addrs, Err: err})
		}
	}
	return addrs, err
}

// addrPort reads an address of a net.Conn; that of no IP socket is the zero value.
func addrPort(a net.Addr) netip.AddrPort {
	var ap netip.AddrPort
	switch a := a.(type) {
	case *net.TCPAddr:
		ap = a.AddrPort()
	case *net.UDPAddr:
		ap = a.AddrPort()
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

// Underlying returns the network's own socket, without what observers have put around it: for what Socket has no method for.
func Underlying(s Socket) Socket {
	if w, ok := s.(*watched); ok {
		return w.Socket
	}
	return s
}

// A watched socket tells what is done with it.
type watched struct {
	Socket
	stack      *Stack
	begun      int            // the observers that had begun when it was opened: others do not see it
	local      netip.AddrPort // of a TCP socket as it was last known, since broken ones forget them
	remote     netip.AddrPort
	listening  bool
	connecting bool
	connected  bool
	ended      bool // the end of the stream, or an error that broke it, was told
}

func (w *watched) tell(op Op, data []byte, err error) {
	local, remote := w.LocalAddr(), w.RemoteAddr()
	if w.Kind() == TCP {
		if local.IsValid() && local.Port() != 0 {
			w.local = local
		}
		if remote.IsValid() {
			w.remote = remote
		}
		local, remote = w.local, w.remote
	}
	w.stack.watch.tellSince(w.begun, Event{Op: op, Process: w.stack, Kind: w.Kind(), Local: local, Remote: remote, Data: data, Err: err})
}

// Listen implements Socket.
func (w *watched) Listen(backlog int) error {
	err := w.Socket.Listen(backlog)
	if err == nil && !w.listening {
		w.listening = true
		w.tell(OpListen, nil, nil)
	}
	return err
}

// Connect implements Socket.
func (w *watched) Connect(to netip.AddrPort) error {
	err := w.Socket.Connect(to)
	if w.Kind() == UDP || errors.Is(err, ErrAlready) || errors.Is(err, ErrIsConnected) {
		return err
	}
	w.remote, w.connecting = to, true
	w.tell(OpConnect, nil, nil)
	if !errors.Is(err, ErrInProgress) {
		w.settle(err)
	}
	return err
}

// settle tells how a connection that was asked for turned out.
func (w *watched) settle(err error) {
	if !w.connecting {
		return
	}
	w.connecting, w.connected = false, err == nil
	if err != nil {
		w.tell(OpFailed, nil, err)
		return
	}
	w.tell(OpConnected, nil, nil)
}

// TakeError implements Socket.
func (w *watched) TakeError() error {
	ready := w.CanWrite()
	err := w.Socket.TakeError()
	if ready {
		w.settle(err)
	}
	return err
}

// broke tells the end of a stream and what broke it, once; of UDP, every error, such as an ICMP message that came back.
func (w *watched) broke(err error) {
	if err == nil || errors.Is(err, ErrWouldBlock) || errors.Is(err, ErrBadDescriptor) {
		return
	}
	if w.Kind() == UDP {
		w.tell(OpFailed, nil, err)
		return
	}
	if w.ended || !w.connected {
		return
	}
	w.ended = true
	if err == io.EOF {
		w.tell(OpEnd, nil, nil)
		return
	}
	w.tell(OpFailed, nil, err)
}

// Read implements Socket.
func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Socket.Read(p)
	if n > 0 || err == nil && w.Kind() == UDP {
		w.settle(nil)
		w.tell(OpReceive, p[:n], nil)
	}
	w.broke(err)
	return n, err
}

// Write implements Socket.
func (w *watched) Write(p []byte) (int, error) {
	n, err := w.Socket.Write(p)
	if n > 0 || err == nil && w.Kind() == UDP {
		w.settle(nil)
		w.tell(OpSend, p[:n], nil)
	}
	w.broke(err)
	return n, err
}

// ReadFrom implements Socket.
func (w *watched) ReadFrom(p []byte) (int, netip.AddrPort, error) {
	n, from, err := w.Socket.ReadFrom(p)
	if err == nil {
		w.tellFrom(OpReceive, p[:n], from)
	}
	w.broke(err)
	return n, from, err
}

// WriteTo implements Socket.
func (w *watched) WriteTo(p []byte, to netip.AddrPort) (int, error) {
	n, err := w.Socket.WriteTo(p, to)
	if err == nil {
		w.tellFrom(OpSend, p[:n], to)
	}
	w.broke(err)
	return n, err
}

func (w *watched) tellFrom(op Op, data []byte, peer netip.AddrPort) {
	w.stack.watch.tellSince(w.begun, Event{Op: op, Process: w.stack, Kind: w.Kind(), Local: w.LocalAddr(), Remote: peer, Data: data})
}

// Shutdown implements Socket.
func (w *watched) Shutdown(how How) error {
	err := w.Socket.Shutdown(how)
	if err == nil && how != ShutRead {
		w.tell(OpShutdown, nil, nil)
	}
	return err
}

// Close implements Socket.
func (w *watched) Close() error {
	if !w.Closed() && (w.listening || w.connected || w.Kind() == UDP && w.LocalAddr().Port() != 0) {
		w.tell(OpClose, nil, nil)
	}
	return w.Socket.Close()
}
