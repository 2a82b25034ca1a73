package osnet

import (
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// noSignal is empty: openSocket sets SO_NOSIGPIPE.
const noSignal = 0

func openSocket(domain, typ int) (int, error) {
	syscall.ForkLock.RLock()
	fd, err := unix.Socket(domain, typ, 0)
	if err == nil {
		unix.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	return prepare(fd, err)
}

func acceptSocket(fd int) (int, unix.Sockaddr, error) {
	syscall.ForkLock.RLock()
	c, peer, err := unix.Accept(fd)
	if err == nil {
		unix.CloseOnExec(c)
	}
	syscall.ForkLock.RUnlock()
	c, err = prepare(c, err)
	return c, peer, err
}

func prepare(fd int, err error) (int, error) {
	if err != nil {
		return -1, err
	}
	if err = unix.SetNonblock(fd, true); err == nil {
		err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_NOSIGPIPE, 1)
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

func openPipe(p *[2]int) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := unix.Pipe(p[:]); err != nil {
		return err
	}
	for _, fd := range p {
		unix.CloseOnExec(fd)
		if err := unix.SetNonblock(fd, true); err != nil {
			unix.Close(p[0])
			unix.Close(p[1])
			return err
		}
	}
	return nil
}

// disconnect makes a UDP socket forget its peer: connect(2) to an invalid address dissolves the association and fails.
func disconnect(fd int) error {
	err := unix.Connect(fd, &unix.SockaddrInet4{})
	switch err {
	case unix.EADDRNOTAVAIL, unix.EAFNOSUPPORT, unix.EINVAL:
		return nil
	}
	return err
}

// tcpState returns "": the state is told from the addresses.
func tcpState(int) string { return "" }

// queued returns the bytes to be read and those not acknowledged.
func queued(fd int, listener bool) (recv, send int) {
	if listener {
		return 0, 0
	}
	recv, _ = unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_NREAD)
	send, _ = unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_NWRITE)
	return recv, send
}

// systemNumber returns the options that Linux has by another name.
func systemNumber(o stack.Option) (sysOption, bool) {
	if o == stack.KeepIdle {
		return sysOption{unix.IPPROTO_TCP, unix.TCP_KEEPALIVE, false}, true
	}
	return sysOption{}, false
}

func boundDevice(int) (string, error) { return "", stack.ErrProtocolOption }

func bindToDevice(int, string) error { return stack.ErrProtocolOption }

func readStream(fd int, p []byte) (int, error) { return unix.Read(fd, p) }

func writeStream(fd int, p []byte) (int, error) { return unix.Write(fd, p) }
