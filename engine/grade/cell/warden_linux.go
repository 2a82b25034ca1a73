package cell

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A builder puts up one wall, in the process that calls it.
type builder struct {
	name  Wall
	raise func() error
}

// raise puts up walls, but for those to be left out, and tells which hold.
func raise(walls []builder, without []Wall) (r Report) {
	for _, w := range walls {
		if !named(without, w.name) {
			r.note(w.name, w.raise())
		}
	}
	return r
}

func named(list []Wall, w Wall) bool {
	for _, l := range list {
		if l == w {
			return true
		}
	}
	return false
}

// A keeper is the warden, seen from inside. Capabilities, Landlock and what else a program inherits are a thread's own on Linux, so all of it is done in one thread.
type keeper struct {
	role
	program string // the path of the program, which is another one when the root is empty
	line    int
}

// keep is the life of a warden: it puts up walls and starts cells behind them until its line is closed.
func keep(r role, without []Wall) error {
	runtime.LockOSThread()
	k := &keeper{role: r, program: os.Args[0], line: 3}
	report, err := json.Marshal(raise([]builder{{Root, k.emptyRoot}, {Landlock, k.landlock}, {Capabilities, k.noRights}}, without))
	if err != nil {
		return err
	}
	if _, err := unix.Write(k.line, report); err != nil {
		return err
	}
	for {
		pid, err := k.serve()
		if err == io.EOF {
			return err
		}
		var errno syscall.Errno
		if err != nil && !errors.As(err, &errno) {
			errno = unix.EIO
		}
		reply := binary.LittleEndian.AppendUint32(nil, uint32(pid))
		if _, err := unix.Write(k.line, binary.LittleEndian.AppendUint32(reply, uint32(errno))); err != nil {
			return err
		}
	}
}

// serve waits for one request and starts a cell.
func (k *keeper) serve() (pid int, err error) {
	buf, oob := make([]byte, 1), make([]byte, unix.CmsgSpace(3*4))
	n, m, _, _, err := unix.Recvmsg(k.line, buf, oob, unix.MSG_CMSG_CLOEXEC)
	switch {
	case err != nil:
		return 0, err
	case n == 0:
		return 0, io.EOF
	}
	messages, err := unix.ParseSocketControlMessage(oob[:m])
	if err != nil || len(messages) != 1 {
		return 0, unix.EBADMSG
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		return 0, err
	}
	defer func() {
		for _, fd := range fds {
			unix.Close(fd)
		}
	}()
	if len(fds) != 3 {
		return 0, unix.EBADMSG
	}
	// The cell becomes a child of who asks, who can then watch it and wait for it.
	a := &syscall.SysProcAttr{Cloneflags: unix.CLONE_PARENT}
	if k.spaces {
		a.Cloneflags |= unix.CLONE_NEWPID
	}
	return syscall.ForkExec(k.program, []string{k.program, os.Args[1], role{resident: k.resident}.String()}, &syscall.ProcAttr{
		Env: environment(), Files: []uintptr{uintptr(fds[0]), uintptr(fds[1]), uintptr(fds[1]), uintptr(fds[2])}, Sys: a,
	})
}

// emptyRoot gives the mount namespace a root with nothing in it but the program, which cannot be written to.
func (k *keeper) emptyRoot() error {
	switch {
	case !k.spaces:
		return errors.New("needs namespaces")
	case withC:
		return errors.New("this program was built with cgo and needs the libraries of the machine: build it with CGO_ENABLED=0")
	}
	const flags = unix.MS_NOSUID | unix.MS_NODEV
	const program = "/program"
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"make mounts private", func() error { return unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "") }},
		{"mount", func() error { return unix.Mount("none", "/proc", "tmpfs", flags, "size=4k,nr_inodes=3,mode=555") }},
		{"make a file", func() error { return unix.Mknod("/proc"+program, unix.S_IFREG|0o555, 0) }},
		{"mount the program", func() error { return unix.Mount(k.program, "/proc"+program, "", unix.MS_BIND, "") }},
		{"make the program read-only", func() error {
			return unix.Mount("", "/proc"+program, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY|flags, "")
		}},
		{"make it read-only", func() error { return unix.Mount("", "/proc", "", unix.MS_REMOUNT|unix.MS_RDONLY|flags, "") }},
		{"enter", func() error { return unix.Chdir("/proc") }},
		{"change root", func() error { return unix.PivotRoot(".", ".") }},
		{"leave the old root", func() error { return unix.Unmount(".", unix.MNT_DETACH) }},
		{"go to the root", func() error { return unix.Chdir("/") }},
	} {
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	k.program = program
	return nil
}

// noRights makes this thread, and with it all that it starts, unable to get rights by starting a program, and takes away those that root gets so.
// The warden keeps the right to make namespaces.
func (k *keeper) noRights() error {
	if k.spaces || unix.Getuid() == 0 {
		const bits = 1<<0 | 1<<1 | 1<<2 | 1<<3 | 1<<6 | 1<<7 // NOROOT, NO_SETUID_FIXUP and NO_CAP_AMBIENT_RAISE, each locked (capabilities(7))
		if err := unix.Prctl(unix.PR_SET_SECUREBITS, bits, 0, 0, 0); err != nil {
			return fmt.Errorf("securebits: %w", err)
		}
	}
	return unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
}

// landlock forbids everything that the kernel's Landlock can forbid, but to read and run the program.
func (k *keeper) landlock() error {
	if withC {
		return errors.New("this program was built with cgo and needs the libraries of the machine: build it with CGO_ENABLED=0")
	}
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
	rules, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), size, 0)
	if errno != 0 {
		return fmt.Errorf("ruleset: %w", errno)
	}
	defer unix.Close(int(rules))
	file, err := unix.Open(k.program, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("the program: %w", err)
	}
	defer unix.Close(file)
	rule := unix.LandlockPathBeneathAttr{Allowed_access: unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE, Parent_fd: int32(file)}
	if _, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, rules, unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&rule)), 0, 0, 0); errno != 0 {
		return fmt.Errorf("rule: %w", errno)
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, rules, 0, 0); errno != 0 {
		return fmt.Errorf("restrict: %w", errno)
	}
	return nil
}
