package cell

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"golang.org/x/sys/unix"
)

// pipes returns the pipes to who started the cell.
func pipes() (io.Reader, io.Writer, error) {
	for _, fd := range []int{0, 3} {
		var st unix.Stat_t
		if err := unix.Fstat(fd, &st); err != nil || st.Mode&unix.S_IFMT != unix.S_IFIFO {
			return nil, nil, fmt.Errorf("descriptor %d is no pipe", fd)
		}
	}
	unix.CloseOnExec(3)
	return descriptor(0), descriptor(3), nil
}

// A descriptor is read and written by plain calls, without Go's poller, which would need more of the kernel.
type descriptor int

func (d descriptor) Read(b []byte) (int, error) {
	for {
		n, err := unix.Read(int(d), b)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, err
		case n == 0 && len(b) > 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

func (d descriptor) Write(b []byte) (n int, err error) {
	for n < len(b) {
		m, err := unix.Write(int(d), b[n:])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return n, err
		}
		n += m
	}
	return n, nil
}

// enter is Enter, without some walls: tests see what the others do.
func enter(without []Wall, warm func()) (in io.Reader, out io.Writer, r Report, err error) {
	own, err := ownRole()
	if err == nil && own.warden {
		if err := keep(own, without, warm); err != nil {
			return nil, nil, r, err
		}
	}
	in, out, pipeErr := pipes()
	if err = errors.Join(err, pipeErr); err != nil {
		return nil, nil, r, fmt.Errorf("cell: this is for processes that were started to be cells: %w", err)
	}
	debug.SetMaxStack(maxStack)
	unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0)
	// The limits come before what forbids to set them.
	r = raise([]builder{
		{Namespaces, namespaces}, {Memory, func() error { return setLimits(own.resident) }}, {Capabilities, noCapabilities}, {Seccomp, seccomp},
	}, without)
	line, err := json.Marshal(r)
	if err == nil {
		_, err = out.Write(append(line, '\n'))
	}
	return in, out, r, err
}

// namespaces looks whether there are any: they were there from the beginning, or never will be.
func namespaces() error {
	if os.Getpid() != 1 {
		return errors.New("refused")
	}
	return nil
}

// noCapabilities looks whether there are any: the warden has seen to it.
func noCapabilities() error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var have [2]unix.CapUserData
	if err := unix.Capget(&header, &have[0]); err != nil {
		return err
	}
	if have != [2]unix.CapUserData{} {
		return fmt.Errorf("has %x", have)
	}
	return nil
}

// setLimits sets what the kernel counts for a process. Garbage is collected so eagerly that an honest program stays below half of the resident memory it
// may have; it may ask the kernel for twice of that, since not everything becomes resident.
func setLimits(resident int64) error {
	set := func(what int, most uint64) error {
		return unix.Setrlimit(what, &unix.Rlimit{Cur: most, Max: most})
	}
	err := errors.Join(set(unix.RLIMIT_CORE, 0), set(unix.RLIMIT_FSIZE, 0), set(unix.RLIMIT_NOFILE, 16), set(unix.RLIMIT_MEMLOCK, 0))
	if resident > 0 {
		debug.SetMemoryLimit(resident / 2)
		err = errors.Join(err, set(unix.RLIMIT_DATA, uint64(resident)*2))
	}
	return err
}
