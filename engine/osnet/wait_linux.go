package osnet

import (
	"time"

	"golang.org/x/sys/unix"
)

// A waiter asks with epoll(7), level-triggered: a wait is registered when it first occurs and stays so until an event comes that
// nobody waits for any more. Sockets that wait all the time, as most do, cost no system call.
type waiter struct {
	epoll   int
	pipe    int32
	sockets []*socket // by descriptor
	events  [128]unix.EpollEvent
}

func (w *waiter) open(pipe int) (err error) {
	w.pipe = int32(pipe)
	if w.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		w.epoll = -1
		return err
	}
	return unix.EpollCtl(w.epoll, unix.EPOLL_CTL_ADD, pipe, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: w.pipe})
}

func (w *waiter) close() {
	if w.epoll >= 0 {
		unix.Close(w.epoll)
		w.epoll = -1
	}
}

// prepare registers the waits that are new.
func (w *waiter) prepare(open []*socket) {
	for _, s := range open {
		if wanted := s.wanted(); wanted&^s.registered != 0 && s.fd >= 0 {
			w.register(s, wanted|s.registered)
		}
	}
}

func (w *waiter) register(s *socket, events int16) {
	for s.fd >= len(w.sockets) {
		w.sockets = append(w.sockets, make([]*socket, max(64, len(w.sockets)))...)
	}
	op := unix.EPOLL_CTL_MOD
	if w.sockets[s.fd] != s { // closing takes a descriptor out
		op = unix.EPOLL_CTL_ADD
		w.sockets[s.fd] = s
	}
	// The bits of poll(2) and epoll(7) are the same.
	e := unix.EpollEvent{Events: uint32(uint16(events)), Fd: int32(s.fd)}
	if err := unix.EpollCtl(w.epoll, op, s.fd, &e); err != nil {
		s.wake(unix.POLLERR) // no memory or too many watches: let the tasks try again
		return
	}
	s.registered = events
}

func (w *waiter) forget(s *socket) {
	w.sockets[s.fd], s.registered = nil, 0
	unix.EpollCtl(w.epoll, unix.EPOLL_CTL_DEL, s.fd, nil) // it is registered, so this cannot fail
}

// wait returns how many events there are: 0 too when it was interrupted, for the scheduler comes again.
func (w *waiter) wait(d time.Duration) int {
	ms := int(max(d, -1))
	if d > 0 {
		// epoll_wait counts milliseconds, which is too coarse for a sleep: wait for the epoll descriptor itself.
		ts := unix.NsecToTimespec(int64(d))
		fds := [1]unix.PollFd{{Fd: int32(w.epoll), Events: unix.POLLIN}}
		if n, err := unix.Ppoll(fds[:], &ts, nil); err != nil || n == 0 {
			return 0
		}
		ms = 0
	}
	n, err := unix.EpollWait(w.epoll, w.events[:], ms)
	if err != nil {
		return 0
	}
	return n
}

// dispatch wakes the tasks of n events and reports whether the pipe is one of them.
func (w *waiter) dispatch(n int) (rung bool) {
	for i := range n {
		e := &w.events[i]
		if e.Fd == w.pipe {
			rung = true
			continue
		}
		s := w.sockets[e.Fd]
		if s == nil || s.fd != int(e.Fd) {
			continue
		}
		switch wanted := s.wanted(); {
		case wanted == 0: // taken out, for errors and hang-ups are reported even if no event is asked for
			w.forget(s)
		case s.registered&^wanted != 0:
			w.register(s, wanted)
		}
		s.wake(int16(e.Events))
	}
	return rung
}
