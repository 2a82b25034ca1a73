package osnet

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// noSignal keeps a write to a broken connection from raising SIGPIPE.
const noSignal = unix.MSG_NOSIGNAL

func openSocket(domain, typ int) (int, error) {
	return unix.Socket(domain, typ|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
}

func acceptSocket(fd int) (int, unix.Sockaddr, error) {
	return unix.Accept4(fd, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
}

func openPipe(p *[2]int) error { return unix.Pipe2(p[:], unix.O_NONBLOCK|unix.O_CLOEXEC) }

// readStream and writeStream are read(2) and send(2) of a socket that does not block. Telling Go's scheduler of each call, as package unix
// does, costs a fifth of a round trip over loopback, and is for calls that block.
func readStream(fd int, p []byte) (int, error) {
	return result(unix.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p))))
}

func writeStream(fd int, p []byte) (int, error) {
	return result(unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), noSignal, 0, 0))
}

func result(n, _ uintptr, e unix.Errno) (int, error) {
	if e != 0 {
		return 0, e
	}
	return int(n), nil
}

// disconnect makes a UDP socket forget its peer: connect(2) with AF_UNSPEC.
func disconnect(fd int) error {
	none := unix.RawSockaddr{Family: unix.AF_UNSPEC}
	if _, _, e := unix.Syscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&none)), unsafe.Sizeof(none)); e != 0 {
		return e
	}
	return nil
}

// tcpState asks the kernel for the state of a connection.
func tcpState(fd int) string {
	info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
	if err != nil {
		return ""
	}
	names := [...]string{1: "ESTAB", "SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "UNCONN", "CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING"}
	if int(info.State) < len(names) {
		return names[info.State]
	}
	return ""
}

// queued returns the bytes to be read and those not acknowledged; of a listener, connections and backlog.
func queued(fd int, listener bool) (recv, send int) {
	if listener {
		info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
		if err != nil {
			return 0, 0
		}
		return int(info.Unacked), int(info.Sacked) // tcp(7): a listener keeps its two numbers there
	}
	recv, _ = unix.IoctlGetInt(fd, unix.SIOCINQ)
	send, _ = unix.IoctlGetInt(fd, unix.SIOCOUTQ)
	return recv, send
}

// systemNumber returns the options that macOS has not, or has by another name.
func systemNumber(o stack.Option) (sysOption, bool) {
	switch o {
	case stack.KeepIdle:
		return sysOption{unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, false}, true
	case stack.DeferAccept:
		return sysOption{unix.IPPROTO_TCP, unix.TCP_DEFER_ACCEPT, false}, true
	case stack.FastOpenConnect:
		return sysOption{unix.IPPROTO_TCP, unix.TCP_FASTOPEN_CONNECT, true}, true
	}
	return sysOption{}, false
}

func boundDevice(fd int) (string, error) {
	return unix.GetsockoptString(fd, unix.SOL_SOCKET, unix.SO_BINDTODEVICE)
}

func bindToDevice(fd int, name string) error { return unix.BindToDevice(fd, name) }
