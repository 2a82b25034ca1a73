package cell

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
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
		if !slices.Contains(without, w.name) {
			r.note(w.name, w.raise())
		}
	}
	return r
}

// A keeper is the warden, seen from inside. Capabilities, Landlock and what else a program inherits are a thread's own on Linux, so all of it is done
// in one thread.
type keeper struct {
	role
	program string // the path of the program, which is another one when the root is empty
	line    int    // the socket to who started the warden
	tasks   int    // the folder of the warden's threads in /proc, or -1
	thread  int    // which of them puts up the walls and starts cells
}

// keep is the life of a warden: it puts up walls, warms up and starts cells behind the walls until its line is closed. It returns without an error
// in a process that was forked to be a cell, and there alone.
func keep(r role, without []Wall, warm func()) error {
	k := &keeper{role: r, program: os.Args[0], line: 3}
	closeInherited(k.line + 1)
	var err error
	if k.tasks, err = open("/proc/self/task", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC); err != nil {
		k.tasks = -1
	}
	if k.copies {
		quiet()
	} else {
		runtime.LockOSThread()
	}
	k.thread = unix.Gettid()
	report, err := json.Marshal(raise([]builder{{Root, k.emptyRoot}, {Landlock, k.landlock}, {Capabilities, k.noRights}}, without))
	if err != nil {
		return err
	}
	if k.copies {
		if warm != nil {
			warm()
		}
		if !k.alone() { // nor was all of this done in one thread, then
			return errors.New("cell: Go has started more threads")
		}
	}
	if err := send(k.line, report); err != nil {
		return err
	}
	for {
		pid, err := k.serve()
		if err == errCell {
			return nil
		}
		if err == io.EOF {
			return err
		}
		var errno syscall.Errno
		if err != nil && !errors.As(err, &errno) {
			errno = unix.EIO
		}
		reply := binary.LittleEndian.AppendUint32(nil, uint32(pid))
		if err := send(k.line, binary.LittleEndian.AppendUint32(reply, uint32(errno))); err != nil {
			return err
		}
	}
}

// serve waits for one request and starts a cell. In a cell that was forked the error is errCell.
func (k *keeper) serve() (pid int, err error) {
	how, fds, err := receive(k.line)
	if err != nil {
		return 0, err
	}
	defer func() {
		for _, fd := range fds {
			shut(fd)
		}
	}()
	if len(fds) != 3 {
		return 0, unix.EBADMSG
	}
	// The cell becomes a child of who asks, who can then watch it and wait for it.
	flags := uintptr(unix.CLONE_PARENT)
	if k.spaces {
		flags |= unix.CLONE_NEWPID
	}
	switch {
	case unix.Gettid() != k.thread, how == forked && !k.alone():
		return 0, unix.EAGAIN
	case how == forked:
		return k.fork(flags, fds)
	}
	return syscall.ForkExec(k.program, []string{k.program, os.Args[1], role{resident: k.resident}.String()}, &syscall.ProcAttr{
		Env: environment(), Files: []uintptr{uintptr(fds[0]), uintptr(fds[1]), uintptr(fds[1]), uintptr(fds[2])}, Sys: &syscall.SysProcAttr{Cloneflags: flags},
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
		{"make mounts private", func() error { return mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "") }},
		{"mount", func() error { return mount("none", "/proc", "tmpfs", flags, "size=4k,nr_inodes=3,mode=555") }},
		{"make a file", func() error { return makeFile("/proc" + program) }},
		{"mount the program", func() error { return mount(k.program, "/proc"+program, "", unix.MS_BIND, "") }},
		{"make the program read-only", func() error {
			return mount("", "/proc"+program, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY|flags, "")
		}},
		{"make it read-only", func() error { return mount("", "/proc", "", unix.MS_REMOUNT|unix.MS_RDONLY|flags, "") }},
		{"enter", func() error { return changeTo("/proc") }},
		{"change root", func() error { return pivot(".") }},
		{"leave the old root", func() error { return unmount(".") }},
		{"go to the root", func() error { return changeTo("/") }},
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
		if _, _, errno := syscall.RawSyscall(unix.SYS_PRCTL, unix.PR_SET_SECUREBITS, bits, 0); errno != 0 {
			return fmt.Errorf("securebits: %w", errno)
		}
	}
	return noNewRights()
}

// landlock forbids everything that the kernel's Landlock can forbid, but to read and run the program.
func (k *keeper) landlock() error {
	if withC {
		return errors.New("this program was built with cgo and needs the libraries of the machine: build it with CGO_ENABLED=0")
	}
	abi, _, errno := syscall.RawSyscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
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
	rules, _, errno := syscall.RawSyscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), size, 0)
	if errno != 0 {
		return fmt.Errorf("ruleset: %w", errno)
	}
	defer shut(int(rules))
	file, err := open(k.program, unix.O_PATH|unix.O_CLOEXEC)
	if err != nil {
		return fmt.Errorf("the program: %w", err)
	}
	defer shut(file)
	rule := unix.LandlockPathBeneathAttr{Allowed_access: unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE, Parent_fd: int32(file)}
	if _, _, errno := syscall.RawSyscall6(unix.SYS_LANDLOCK_ADD_RULE, rules, unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&rule)), 0, 0, 0); errno != 0 {
		return fmt.Errorf("rule: %w", errno)
	}
	if err := noNewRights(); err != nil {
		return err
	}
	if _, _, errno := syscall.RawSyscall(unix.SYS_LANDLOCK_RESTRICT_SELF, rules, 0, 0); errno != 0 {
		return fmt.Errorf("restrict: %w", errno)
	}
	return nil
}
