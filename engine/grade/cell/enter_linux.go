package cell

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"syscall"
	"unsafe"

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

// enter puts up the walls, from the one that needs the most rights to the one that leaves the fewest. Garbage is collected so eagerly that an honest
// program stays below half of the resident memory it may have; it may ask the kernel for twice of that, since not everything becomes resident.
func enter(resident int64) (r Report) {
	debug.SetMaxStack(maxStack)
	if resident > 0 {
		debug.SetMemoryLimit(resident / 2)
	}
	unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0)
	for _, w := range walls(resident) {
		r.note(w.name, w.raise())
	}
	return r
}

// A builder puts up one wall.
type builder struct {
	name  Wall
	raise func() error
}

// walls returns the builders of all walls, in the order in which they are put up. The limits come before what forbids to set them.
func walls(resident int64) []builder {
	return []builder{
		{Namespaces, namespaces}, {Root, emptyRoot}, {Memory, func() error { return setLimits(resident) }},
		{Capabilities, dropCapabilities}, {Landlock, landlock}, {Seccomp, seccomp},
	}
}

// namespaces looks whether there are any: they were there from the beginning, or never will be.
func namespaces() error {
	if os.Getpid() != 1 {
		return errors.New("refused")
	}
	return nil
}

// setLimits sets what the kernel counts for a process.
func setLimits(resident int64) error {
	set := func(what int, most uint64) error {
		return unix.Setrlimit(what, &unix.Rlimit{Cur: most, Max: most})
	}
	err := errors.Join(set(unix.RLIMIT_CORE, 0), set(unix.RLIMIT_FSIZE, 0), set(unix.RLIMIT_NOFILE, 16), set(unix.RLIMIT_MEMLOCK, 0))
	if resident > 0 {
		err = errors.Join(err, set(unix.RLIMIT_DATA, uint64(resident)*2))
	}
	return err
}

// emptyRoot gives the mount namespace a root with nothing in it, which cannot be written to.
func emptyRoot() error {
	if namespaces() != nil {
		return errors.New("needs namespaces")
	}
	const flags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC | unix.MS_RDONLY
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"make mounts private", func() error { return unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "") }},
		{"mount", func() error { return unix.Mount("none", "/proc", "tmpfs", flags, "size=4k,nr_inodes=2,mode=555") }},
		{"enter", func() error { return unix.Chdir("/proc") }},
		{"change root", func() error { return unix.PivotRoot(".", ".") }},
		{"leave the old root", func() error { return unix.Unmount(".", unix.MNT_DETACH) }},
		{"go to the root", func() error { return unix.Chdir("/") }},
	} {
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return nil
}

// everywhere makes a system call in all threads of the process: what it changes is a thread's own.
func everywhere(trap, a, b, c uintptr) error {
	_, _, errno := syscall.AllThreadsSyscall(trap, a, b, c)
	if errno == syscall.ENOTSUP {
		return errors.New("this program was built with cgo: build it with CGO_ENABLED=0")
	}
	if errno != 0 {
		return errno
	}
	return nil
}

// dropCapabilities leaves no capability, and sees to it that no program that is started could have one.
func dropCapabilities() error {
	if err := everywhere(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0); err != nil {
		return err
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	return everywhere(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&none)), 0)
}

// landlock forbids everything that the kernel's Landlock can forbid: a ruleset that handles all rights and grants none.
func landlock() error {
	abi, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return fmt.Errorf("the kernel has none: %w", errno)
	}
	attr := unix.LandlockRulesetAttr{Handled_access_fs: 1<<13 - 1}
	size := unsafe.Sizeof(attr.Handled_access_fs)
	if abi >= 2 {
		attr.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_REFER
	}
	if abi >= 3 {
		attr.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if abi >= 4 {
		attr.Handled_access_net = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
		size += unsafe.Sizeof(attr.Handled_access_net)
	}
	if abi >= 5 {
		attr.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	}
	if abi >= 6 {
		attr.Scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
		size += unsafe.Sizeof(attr.Scoped)
	}
	fd, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), size, 0)
	if errno != 0 {
		return fmt.Errorf("ruleset: %w", errno)
	}
	defer unix.Close(int(fd))
	return everywhere(unix.SYS_LANDLOCK_RESTRICT_SELF, fd, 0, 0)
}
