package stack

import (
	"net/netip"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
)

// A Kind is the transport of a socket.
type Kind uint8

// The kinds of socket.
const (
	TCP Kind = iota
	UDP
)

// String returns "tcp" or "udp".
func (k Kind) String() string {
	if k == UDP {
		return "udp"
	}
	return "tcp"
}

// A Family is the address family of a socket.
type Family uint8

// The families. A socket of family Any takes the family of the first address it is bound or connected to.
const (
	Any Family = iota
	IPv4
	IPv6
)

// FamilyOf returns the family of an address; IPv4-mapped IPv6 addresses count as IPv6.
func FamilyOf(a netip.Addr) Family {
	switch {
	case a.Is4():
		return IPv4
	case a.IsValid():
		return IPv6
	}
	return Any
}

// A Socket is a BSD socket that never blocks: what cannot be done at once fails with ErrWouldBlock (Connect:
// ErrInProgress), and the caller waits on the Readable or Writable queue and tries again. Errors are Errno values, io.EOF
// apart. After Close every call fails with ErrBadDescriptor.
type Socket interface {
	// Bind sets the local address; port 0 draws an ephemeral port.
	Bind(netip.AddrPort) error
	// Listen makes a TCP socket accept connections; an unbound one is bound to an ephemeral port first.
	Listen(backlog int) error
	// Accept returns the next established connection.
	Accept() (Socket, error)
	// Connect starts to open a connection and returns ErrInProgress; when the socket is writable, TakeError tells how it
	// ended. A UDP socket only notes its peer, and forgets it if given the zero AddrPort.
	Connect(netip.AddrPort) error
	// Read reads from a stream, or one datagram, cut to len(p), of a connected or bound UDP socket. At the end of
	// a stream it returns 0, io.EOF.
	Read(p []byte) (int, error)
	// Write queues a part of p, at least one byte unless p is empty, or sends one datagram to the peer. It neither changes p nor keeps it.
	Write(p []byte) (int, error)
	// ReadFrom and WriteTo are Read and Write for unconnected UDP sockets.
	ReadFrom(p []byte) (int, netip.AddrPort, error)
	WriteTo(p []byte, to netip.AddrPort) (int, error)
	// Shutdown closes one or both directions of a connected TCP socket.
	Shutdown(How) error
	// Close gives the socket up. Tasks that wait on it wake up. It is idempotent.
	Close() error
	Closed() bool

	// LocalAddr and RemoteAddr return the zero AddrPort when there is none.
	LocalAddr() netip.AddrPort
	RemoteAddr() netip.AddrPort
	Kind() Kind
	Family() Family
	// Option and SetOption read and set a socket option; see Option for the values.
	Option(Option) (any, error)
	SetOption(Option, any) error
	// TakeError returns and clears the pending error: how a Connect ended, or an ICMP error.
	TakeError() error

	// CanRead reports whether Read, ReadFrom or Accept would not fail with ErrWouldBlock; CanWrite likewise for Write and
	// for a Connect in progress. On the machine's network they ask the kernel.
	CanRead() bool
	CanWrite() bool
	// Readable and Writable are woken when that may have changed.
	Readable() *sim.Queue
	Writable() *sim.Queue
	// FD is a small number that names the socket within its process, as a file descriptor does; -1 when closed.
	FD() int
	// String shows kind, state and both addresses, for reports.
	String() string
}

// Emptied reports whether the last Read of a stream is known to have taken all there was. Whoever may wait as long as it takes
// then need not try once more first: on the machine's network that is a system call.
func Emptied(s Socket) bool {
	e, ok := Underlying(s).(interface{ Emptied() bool })
	return ok && e.Emptied()
}

// WriteSize returns how many bytes of a stream had best be given to Write at a time by those who have more, or 0 if that is the same: on the
// machine's network each Write is a system call.
func WriteSize(s Socket) int {
	if w, ok := Underlying(s).(interface{ WriteSize() int }); ok {
		return w.WriteSize()
	}
	return 0
}

// How says which direction Shutdown closes.
type How uint8

// The directions of Shutdown.
const (
	ShutRead How = iota
	ShutWrite
	ShutBoth
)

// An Option is a socket option. Values are bool unless a comment says otherwise.
type Option uint8

// The socket options.
const (
	ReuseAddr Option = iota
	ReusePort
	KeepAlive
	NoDelay
	KeepIdle        // int: seconds
	KeepCount       // int
	KeepInterval    // int: seconds
	Linger          // LingerValue
	RecvBuffer      // int: bytes
	SendBuffer      // int: bytes
	V6Only          //
	Broadcast       //
	DontRoute       //
	HopLimit        // int: TTL of IPv4, unicast hops of IPv6
	MulticastHops   // int
	MulticastLoop   //
	MulticastIf     // netip.Addr
	AddMembership   // Membership; write only
	DropMembership  // Membership; write only
	BindToDevice    // string: interface name
	DeferAccept     // int: seconds
	FastOpen        // int: queue length
	FastOpenConnect //
)

// LingerValue is the value of option Linger (SO_LINGER).
type LingerValue struct {
	On      bool
	Timeout time.Duration
}

// Membership names a multicast group and the interface to join it on, by address (IPv4) or index (IPv6).
type Membership struct {
	Group     netip.Addr
	Interface netip.Addr
	Index     int
}
