package cell

import (
	"errors"
	"io"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The warden makes system calls without telling Go's scheduler, so that it starts no thread to go on meanwhile: a warden with more threads cannot be
// copied.

// result is the error of a system call.
func result(errno syscall.Errno) error {
	if errno != 0 {
		return errno
	}
	return nil
}

// text returns a string as C has it; nil for an empty one.
func text(s string) (*byte, error) {
	if s == "" {
		return nil, nil
	}
	return unix.BytePtrFromString(s)
}

func mount(source, target, kind string, flags uintptr, data string) error {
	var p [4]*byte
	var errs [4]error
	for i, s := range []string{source, target, kind, data} {
		p[i], errs[i] = text(s)
	}
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	_, _, errno := syscall.RawSyscall6(unix.SYS_MOUNT, uintptr(unsafe.Pointer(p[0])), uintptr(unsafe.Pointer(p[1])), uintptr(unsafe.Pointer(p[2])), flags, uintptr(unsafe.Pointer(p[3])), 0)
	return result(errno)
}

// pivot makes the folder the root, and puts the old root over it.
func pivot(folder string) error {
	p, err := text(folder)
	if err != nil {
		return err
	}
	_, _, errno := syscall.RawSyscall(unix.SYS_PIVOT_ROOT, uintptr(unsafe.Pointer(p)), uintptr(unsafe.Pointer(p)), 0)
	return result(errno)
}

func changeTo(folder string) error {
	p, err := text(folder)
	if err != nil {
		return err
	}
	_, _, errno := syscall.RawSyscall(unix.SYS_CHDIR, uintptr(unsafe.Pointer(p)), 0, 0)
	return result(errno)
}

func unmount(folder string) error {
	p, err := text(folder)
	if err != nil {
		return err
	}
	_, _, errno := syscall.RawSyscall(unix.SYS_UMOUNT2, uintptr(unsafe.Pointer(p)), unix.MNT_DETACH, 0)
	return result(errno)
}

func makeFile(name string) error {
	p, err := text(name)
	if err != nil {
		return err
	}
	at := unix.AT_FDCWD
	_, _, errno := syscall.RawSyscall6(unix.SYS_MKNODAT, uintptr(at), uintptr(unsafe.Pointer(p)), unix.S_IFREG|0o555, 0, 0, 0)
	return result(errno)
}

func open(name string, flags uintptr) (int, error) {
	p, err := text(name)
	if err != nil {
		return -1, err
	}
	at := unix.AT_FDCWD
	fd, _, errno := syscall.RawSyscall6(unix.SYS_OPENAT, uintptr(at), uintptr(unsafe.Pointer(p)), flags, 0, 0, 0)
	return int(fd), result(errno)
}

func shut(fd int) { syscall.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0) }

// list returns what is in an open folder of /proc, from its beginning.
func list(folder int) ([]string, error) {
	if _, _, errno := syscall.RawSyscall(unix.SYS_LSEEK, uintptr(folder), 0, io.SeekStart); errno != 0 {
		return nil, errno
	}
	var names []string
	for buf := make([]byte, 4096); ; {
		n, _, errno := syscall.RawSyscall(unix.SYS_GETDENTS64, uintptr(folder), uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)))
		if errno != 0 || n == 0 {
			return names, result(errno)
		}
		_, _, names = unix.ParseDirent(buf[:n], -1, names)
	}
}

// closeInherited closes what whoever started this program has left open for it, but for the descriptors below one: that is not for cells. What Go has
// opened by itself is not left to other programs, and stays.
func closeInherited(from int) {
	var names []string
	folder, err := open("/proc/self/fd", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC)
	if err == nil {
		names, err = list(folder)
		shut(folder)
	}
	if err != nil { // without /proc
		names = nil
		for fd := range 4096 {
			names = append(names, strconv.Itoa(fd))
		}
	}
	for _, name := range names {
		fd, err := strconv.Atoi(name)
		if err != nil || fd < from {
			continue
		}
		if flags, _, errno := syscall.RawSyscall(unix.SYS_FCNTL, uintptr(fd), unix.F_GETFD, 0); errno == 0 && flags&unix.FD_CLOEXEC == 0 {
			shut(fd)
		}
	}
}

// noNewRights makes this thread, and all that it starts, unable to get rights by starting a program.
func noNewRights() error {
	_, _, errno := syscall.RawSyscall6(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0)
	return result(errno)
}

// receive waits for a message and returns its byte and the descriptors that came with it.
func receive(line int) (how byte, fds []int, err error) {
	buf, oob := make([]byte, 1), make([]byte, unix.CmsgSpace(3*4))
	part := unix.Iovec{Base: &buf[0]}
	part.SetLen(len(buf))
	message := unix.Msghdr{Iov: &part, Control: &oob[0]}
	message.SetIovlen(1)
	var n uintptr
	for {
		message.SetControllen(len(oob))
		var errno syscall.Errno
		n, _, errno = syscall.RawSyscall(unix.SYS_RECVMSG, uintptr(line), uintptr(unsafe.Pointer(&message)), unix.MSG_CMSG_CLOEXEC)
		if errno == unix.EINTR {
			continue
		}
		if errno != 0 {
			return 0, nil, errno
		}
		break
	}
	if n == 0 {
		return 0, nil, io.EOF
	}
	messages, err := unix.ParseSocketControlMessage(oob[:message.Controllen])
	if err != nil || len(messages) != 1 {
		return 0, nil, unix.EBADMSG
	}
	fds, err = unix.ParseUnixRights(&messages[0])
	return buf[0], fds, err
}

// send writes a message, as receive reads one.
func send(line int, b []byte) error {
	for {
		_, _, errno := syscall.RawSyscall(unix.SYS_WRITE, uintptr(line), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
		switch errno {
		case 0:
			return nil
		case unix.EINTR:
		default:
			return errno
		}
	}
}
