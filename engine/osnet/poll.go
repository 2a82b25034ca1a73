//go:build linux || darwin

package osnet

import (
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/moonwire-lab/moonwire/engine/sim"
)

// A poller waits in poll(2) for every socket that a task waits on, and for a pipe by which other goroutines wake it.
type poller struct {
	net     *Network
	fds     []unix.PollFd // the pipe, then those of waiting, in its order
	waiting []*socket

	asleep atomic.Bool // a poll may be under way
	rung   atomic.Bool // Wake was called since the last poll
	mu     sync.Mutex  // of the pipe, between Wake and close
	pipe   [2]int
}

var _ sim.Poller = (*poller)(nil)

func newPoller(n *Network) (*poller, error) {
	p := &poller{net: n}
	if err := openPipe(&p.pipe); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *poller) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pipe[0] < 0 {
		return nil
	}
	unix.Close(p.pipe[0])
	err := unix.Close(p.pipe[1])
	p.pipe = [2]int{-1, -1}
	return err
}

// Wake makes a Poll return that is under way, or else the next one.
func (p *poller) Wake() {
	p.rung.Store(true)
	if !p.asleep.Load() {
		return // Poll looks at rung after it has set asleep
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pipe[1] >= 0 {
		unix.Write(p.pipe[1], []byte{0}) // a full pipe wakes as well
	}
}

// Waiting returns how many sockets have a task that waits.
func (p *poller) Waiting() int {
	n := 0
	for _, s := range p.net.open {
		if !s.readable.Empty() || !s.writable.Empty() {
			n++
		}
	}
	return n
}

const (
	inputEvents  = unix.POLLIN | unix.POLLHUP | unix.POLLERR | unix.POLLNVAL
	outputEvents = unix.POLLOUT | unix.POLLHUP | unix.POLLERR | unix.POLLNVAL
)

// Poll waits for the kernel and wakes the tasks whose sockets are ready.
func (p *poller) Poll(timeout time.Duration) {
	p.collect()
	p.asleep.Store(true)
	if p.rung.Swap(false) {
		timeout = 0
	}
	n, err := poll(p.fds, timeout)
	p.asleep.Store(false)
	if err != nil || n <= 0 {
		return // interrupted or too little memory for now: the scheduler comes again
	}
	if p.fds[0].Revents != 0 {
		p.drain()
	}
	for i, s := range p.waiting {
		events := p.fds[i+1].Revents
		if events&inputEvents != 0 {
			s.readable.Wake()
		}
		if events&outputEvents != 0 {
			s.writable.Wake()
		}
	}
}

func (p *poller) collect() {
	p.fds = append(p.fds[:0], unix.PollFd{Fd: int32(p.pipe[0]), Events: unix.POLLIN})
	p.waiting = p.waiting[:0]
	for _, s := range p.net.open {
		var events int16
		if !s.readable.Empty() {
			events |= unix.POLLIN
		}
		if !s.writable.Empty() {
			events |= unix.POLLOUT
		}
		if events != 0 && s.fd >= 0 {
			p.fds = append(p.fds, unix.PollFd{Fd: int32(s.fd), Events: events})
			p.waiting = append(p.waiting, s)
		}
	}
}

func (p *poller) drain() {
	var buf [64]byte
	for {
		n, err := unix.Read(p.pipe[0], buf[:])
		if n < len(buf) && err != unix.EINTR {
			return
		}
	}
}

// ready asks the kernel about one socket.
func ready(fd int, want int16) int16 {
	fds := [1]unix.PollFd{{Fd: int32(fd), Events: want}}
	for {
		n, err := unix.Poll(fds[:], 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n == 0 {
			return 0
		}
		return fds[0].Revents
	}
}
