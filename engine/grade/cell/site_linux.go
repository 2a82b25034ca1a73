package cell

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// environment is all that a warden and a cell have of one. With one processor Go starts fewer threads, and the garbage collector does not
// compete with the other cells; and it need not look up how many there are.
func environment() []string {
	return []string{"GOMAXPROCS=1", "GODEBUG=containermaxprocs=0,updatemaxprocs=0"}
}

// A warden is a process that starts cells, seen from outside.
type warden struct {
	process *os.Process
	line    int // a socket: a message with a cell's descriptors goes there, and one with its number or an error comes back
}

// hire starts a warden and hears which walls it has put up: not fewer than one before it.
func (s *Site) hire(copies bool) (*warden, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socketpair", err)
	}
	w := &warden{line: pair[0]}
	theirs := os.NewFile(uintptr(pair[1]), "warden's line")
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err == nil {
		defer null.Close()
		// What says nothing is no warden.
		err = unix.SetsockoptTimeval(w.line, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 30})
	}
	if err == nil {
		w.process, err = os.StartProcess(s.spec.Path, []string{s.spec.Path, s.spec.Argument, role{true, s.spaces, copies, s.spec.Resident}.String()}, &os.ProcAttr{
			Dir: "/", Env: environment(), Files: []*os.File{null, null, null, theirs}, Sys: s.attributes(),
		})
	}
	theirs.Close()
	if err != nil {
		unix.Close(w.line)
		if s.spaces && (errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EPERM)) {
			err = fmt.Errorf("this machine lets its users make none: %w; see sysctl user.max_user_namespaces and kernel.apparmor_restrict_unprivileged_userns, or the settings of the container", err)
		}
		return nil, err
	}
	said, err := w.read(64 << 10)
	var r Report
	if err == nil {
		err = json.Unmarshal(said, &r)
	}
	if err == nil {
		err = r.Lacks(s.report)
	}
	if err != nil {
		w.dismiss()
		return nil, fmt.Errorf("the warden does not say what walls there are: %w", err)
	}
	if len(s.report.Holds) == 0 {
		s.report = r
	}
	return w, nil
}

// dismiss ends a warden. Cells that still run are not harmed.
func (w *warden) dismiss() {
	if w != nil {
		unix.Close(w.line)
		w.process.Kill()
		w.process.Wait()
	}
}

// attributes asks for a session of its own, so that keys at the terminal do not reach the warden and the cells, and for namespaces.
func (s *Site) attributes() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setsid: true}
	if s.spaces {
		a.Cloneflags = unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	return a
}

// Close ends the wardens. Cells that still run are not harmed.
func (s *Site) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.copier.dismiss()
	s.starter.dismiss()
	s.copier, s.starter, s.closed = nil, nil, true
}

// start has a warden start a cell.
func (s *Site) start(anew bool) (*Cell, error) {
	var theirs [3]int // standard input, standard error, descriptor 3
	var ours [3]*os.File
	for i := range theirs {
		var err error
		if theirs[i], ours[i], err = pipe(i == 0); err != nil {
			for j := range i {
				unix.Close(theirs[j])
				ours[j].Close()
			}
			return nil, err
		}
	}
	pid, copied, err := s.ask(anew, theirs[:])
	var p *os.Process
	if err == nil {
		p, err = os.FindProcess(pid)
	}
	for i := range theirs {
		unix.Close(theirs[i])
		if err != nil {
			ours[i].Close()
		}
	}
	if err != nil {
		return nil, err
	}
	return &Cell{spec: s.spec, forked: copied, process: p, in: ours[0], errs: ours[1], out: ours[2], watch: watch{pid: pid}}, nil
}

// replacements is how many wardens are tried that are to be copied: on a busy machine Go starts more threads in some.
const replacements = 10

// ask has a warden start a cell, and replaces those that are of no use, or no more.
func (s *Site) ask(anew bool, descriptors []int) (pid int, copied bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, false, errors.New("the site is closed")
	}
	if !anew && s.copies {
		for range replacements {
			if pid, err = s.through(&s.copier, forked, descriptors); err == nil {
				return pid, true, nil
			}
		}
		s.copies = false
	}
	for range 2 {
		if pid, err = s.through(&s.starter, fresh, descriptors); err == nil {
			return pid, false, nil
		}
	}
	return 0, false, err
}

// through asks one warden, which is hired if it is not there, and dismissed if it cannot.
func (s *Site) through(w **warden, how byte, descriptors []int) (pid int, err error) {
	if *w == nil {
		if *w, err = s.hire(how == forked); err != nil {
			return 0, err
		}
	}
	if pid, err = (*w).ask(how, descriptors); err != nil {
		(*w).dismiss()
		*w = nil
	}
	return pid, err
}

// ask sends the warden the descriptors of a cell and returns the number of its process.
func (w *warden) ask(how byte, descriptors []int) (pid int, err error) {
	if err := unix.Sendmsg(w.line, []byte{how}, unix.UnixRights(descriptors...), nil, unix.MSG_NOSIGNAL); err != nil {
		return 0, os.NewSyscallError("sendmsg", err)
	}
	reply, err := w.read(8)
	if err != nil {
		return 0, err
	}
	if len(reply) < 8 {
		return 0, fmt.Errorf("the warden is gone: %w", io.ErrUnexpectedEOF)
	}
	if errno := unix.Errno(binary.LittleEndian.Uint32(reply[4:])); errno != 0 {
		return 0, os.NewSyscallError("clone", errno)
	}
	return int(binary.LittleEndian.Uint32(reply)), nil
}

// read waits for a message of at most so many bytes.
func (w *warden) read(most int) ([]byte, error) {
	b := make([]byte, most)
	for {
		n, err := unix.Read(w.line, b)
		if err == unix.EINTR { // with a time limit the kernel does not begin anew by itself
			continue
		}
		if err != nil {
			return nil, os.NewSyscallError("read", err)
		}
		return b[:n], nil
	}
}

// pipe makes a pipe: their end blocks, ours does not, so that it can have deadlines.
func pipe(intoThem bool) (theirs int, ours *os.File, err error) {
	var fd [2]int
	if err := unix.Pipe2(fd[:], unix.O_CLOEXEC); err != nil {
		return 0, nil, os.NewSyscallError("pipe2", err)
	}
	t, o := fd[1], fd[0]
	if intoThem {
		t, o = fd[0], fd[1]
	}
	if err := unix.SetNonblock(o, true); err != nil {
		unix.Close(t)
		unix.Close(o)
		return 0, nil, os.NewSyscallError("fcntl", err)
	}
	return t, os.NewFile(uintptr(o), "pipe to a cell"), nil
}
