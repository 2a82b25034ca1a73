package osnet

import (
	"time"

	"golang.org/x/sys/unix"
)

// A waiter asks with poll(2) for all sockets that a task waits on.
type waiter struct {
	pipe    int
	fds     []unix.PollFd // the pipe, then those of sockets, in their order
	sockets []*socket
}

func (w *waiter) open(pipe int) error {
	w.pipe = pipe
	return nil
}

func (w *waiter) close() { w.pipe = -1 } // poll(2) passes over negative descriptors

// prepare collects what to ask for.
func (w *waiter) prepare(open []*socket) {
	w.fds = append(w.fds[:0], unix.PollFd{Fd: int32(w.pipe), Events: unix.POLLIN})
	w.sockets = w.sockets[:0]
	for _, s := range open {
		if events := s.wanted(); events != 0 && s.fd >= 0 {
			w.fds = append(w.fds, unix.PollFd{Fd: int32(s.fd), Events: events})
			w.sockets = append(w.sockets, s)
		}
	}
}

// wait returns how many descriptors are ready: 0 too when it was interrupted, for the scheduler comes again.
func (w *waiter) wait(d time.Duration) int {
	ms := -1
	if d >= 0 {
		ms = int(min((d+time.Millisecond-1)/time.Millisecond, 1<<30)) // rounded up: the timer is due then
	}
	n, err := unix.Poll(w.fds, ms)
	if err != nil {
		return 0
	}
	return n
}

// dispatch wakes the tasks of n ready descriptors and reports whether the pipe is one of them.
func (w *waiter) dispatch(n int) (rung bool) {
	if n == 0 {
		return false
	}
	for i, s := range w.sockets {
		s.wake(w.fds[i+1].Revents)
	}
	return w.fds[0].Revents != 0
}
