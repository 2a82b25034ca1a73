package stack

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
)

// Connect connects sock to one address, parking the task until the connection stands, fails or the deadline
// (zero: none) passes, which is os.ErrDeadlineExceeded.
func Connect(s *sim.Scheduler, sock Socket, to netip.AddrPort, deadline time.Time) error {
	err := sock.Connect(to)
	for errors.Is(err, ErrInProgress) {
		if sock.Closed() {
			return net.ErrClosed
		}
		if sock.CanWrite() {
			return sock.TakeError()
		}
		if !deadline.IsZero() && !s.Now().Before(deadline) {
			return os.ErrDeadlineExceeded
		}
		WaitWritable(s, sock, "connect", deadline)
	}
	return err
}
