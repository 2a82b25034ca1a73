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

// A warden is the process that starts the cells, seen from outside.
type warden struct {
	process *os.Process
	line    int // a socket: a message with a cell's descriptors goes there, and one with its number or an error comes back
}

// hire starts the warden.
func (s *Site) hire() error {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socketpair", err)
	}
	theirs := os.NewFile(uintptr(pair[1]), "warden's line")
	s.warden.line = pair[0]
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err == nil { // a warden that says nothing is no warden
		err = unix.SetsockoptTimeval(s.warden.line, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 30})
	}
	if err != nil {
		unix.Close(s.warden.line)
		theirs.Close()
		return err
	}
	defer null.Close()
	s.warden.process, err = os.StartProcess(s.spec.Path, []string{s.spec.Path, s.spec.Argument, role{true, s.spaces, !s.fresh, s.spec.Resident}.String()}, &os.ProcAttr{
		Dir: "/", Env: environment(), Files: []*os.File{null, null, null, theirs}, Sys: s.attributes(),
	})
	theirs.Close()
	if err != nil {
		unix.Close(s.warden.line)
		return err
	}
	return nil
}

// listen hears which walls the warden has put up.
func (s *Site) listen() error {
	buf := make([]byte, 64<<10)
	n, err := unix.Read(s.warden.line, buf)
	if err == nil {
		err = json.Unmarshal(buf[:n], &s.report)
	}
	if err != nil {
		return fmt.Errorf("the warden does not say what walls there are: %w", err)
	}
	return nil
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

// renew takes another warden, if the error is that this one is of no more use: Go has started threads in it.
func (s *Site) renew(why error) bool {
	var used *usedError
	if !errors.As(why, &used) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if used.warden != s.warden.process {
		return s.warden.process != nil // somebody else has
	}
	s.dismiss()
	before := s.report
	if s.hire() != nil {
		return false
	}
	err := s.listen()
	now := s.report
	s.report = before
	return err == nil && now.Lacks(before) == nil
}

// A usedError says that a warden is of no more use.
type usedError struct{ warden *os.Process }

func (e *usedError) Error() string { return "the warden is of no more use" }

// Close ends the warden. Cells that still run are not harmed.
func (s *Site) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.warden.process != nil {
		s.dismiss()
	}
}

func (s *Site) dismiss() {
	unix.Close(s.warden.line)
	s.warden.process.Kill()
	s.warden.process.Wait()
	s.warden.process = nil
}

// start has the warden start a cell, fresh or forked.
func (s *Site) start(how byte) (*Cell, error) {
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
	pid, err := s.ask(how, theirs[:])
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
	return &Cell{spec: s.spec, forked: how == forked, process: p, in: ours[0], errs: ours[1], out: ours[2], watch: watch{pid: pid}}, nil
}

// ask sends the warden the descriptors of a cell and returns the number of its process.
func (s *Site) ask(how byte, descriptors []int) (pid int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.warden.process == nil {
		return 0, errors.New("the site is closed")
	}
	if err := unix.Sendmsg(s.warden.line, []byte{how}, unix.UnixRights(descriptors...), nil, 0); err != nil {
		return 0, os.NewSyscallError("sendmsg", err)
	}
	reply := make([]byte, 8)
	for {
		n, err := unix.Read(s.warden.line, reply)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return 0, os.NewSyscallError("read", err)
		case n < len(reply):
			return 0, fmt.Errorf("the warden is gone: %w", io.ErrUnexpectedEOF)
		}
		break
	}
	if errno := unix.Errno(binary.LittleEndian.Uint32(reply[4:])); errno == unix.EAGAIN {
		return 0, &usedError{s.warden.process}
	} else if errno != 0 {
		return 0, os.NewSyscallError("clone", errno)
	}
	return int(binary.LittleEndian.Uint32(reply)), nil
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
