//go:build !linux && !darwin

package osnet

import (
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A poller does not exist on this system, so New fails and no Network is ever made.
type poller struct{}

func newPoller(*Network) (*poller, error) { return nil, ErrUnsupported }

func (*poller) close() error       { return ErrUnsupported }
func (*poller) Poll(time.Duration) {}
func (*poller) Wake()              {}
func (*poller) Waiting() int       { return 0 }

type socket struct {
	id uint64
}

func (*socket) Close() error           { return ErrUnsupported }
func (*socket) info() stack.SocketInfo { return stack.SocketInfo{} }

// Socket returns ErrUnsupported.
func (*Network) Socket(stack.Kind, stack.Family) (stack.Socket, error) { return nil, ErrUnsupported }
