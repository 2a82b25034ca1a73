package serve

import (
	"net"
	"strconv"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// Port chooses the TCP port of a service: the one that was given, or the protocol's own, plain or with TLS from the first byte.
func Port(given *int, implicit bool, plain, secure int) int {
	switch {
	case given != nil:
		return *given
	case implicit:
		return secure
	}
	return plain
}

// Listen opens a TCP listener at the place where the script's call ran and gives it to serve in a task of that name. Its errors are those of
// stack.Listen, and stack.ErrNoBuffers if the process has as many tasks as it may; the listener is closed then.
func (t *Tasks) Listen(name, address string, port int, serve func(net.Listener)) (*stack.Listener, error) {
	l, err := t.Stack().Listen("tcp", net.JoinHostPort(address, strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	if !t.Go(name, func() { serve(l) }) {
		l.Close()
		return nil, stack.ErrNoBuffers
	}
	return l, nil
}
