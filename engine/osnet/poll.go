//go:build linux || darwin

package osnet

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/moonwire-lab/moonwire/engine/sim"
)

// A poller waits for every socket that a task waits on, and for a pipe by which other goroutines wake it. How it
// asks the kernel is the waiter's.
type poller struct {
	net    *Network
	waiter waiter

	yielded time.Time // when yield gave the processor away last

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
	if err := p.waiter.open(p.pipe[0]); err != nil {
		p.close()
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
	p.waiter.close()
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
	p.waiter.prepare(p.net.open)
	p.asleep.Store(true)
	if p.rung.Swap(false) {
		timeout = 0
	}
	if timeout != 0 {
		p.yield()
	}
	n := p.waiter.wait(timeout)
	p.asleep.Store(false)
	p.rung.Store(false) // whoever rang until now is served by this return
	if p.waiter.dispatch(n) {
		p.drain()
	}
}

// yieldEvery is less than the 10 ms after which Go's monitor interrupts a goroutine.
const yieldEvery = 4 * time.Millisecond

// yield lets Go's scheduler see now and then that this goroutine waits often: tasks take turns without it. Else its monitor wakes each 20 µs
// to take the processor away from waits that are short.
func (p *poller) yield() {
	if now := time.Now(); now.Sub(p.yielded) > yieldEvery {
		p.yielded = now
		runtime.Gosched()
	}
}

// wanted returns the poll events that tasks wait for on the socket.
func (s *socket) wanted() int16 {
	var events int16
	if !s.readable.Empty() {
		events |= unix.POLLIN
	}
	if !s.writable.Empty() {
		events |= unix.POLLOUT
	}
	return events
}

// wake wakes the tasks that wait for one of the events.
func (s *socket) wake(events int16) {
	if events&inputEvents != 0 {
		s.emptied = false
		s.readable.Wake()
	}
	if events&outputEvents != 0 {
		s.writable.Wake()
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
