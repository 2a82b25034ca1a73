package stack

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"syscall"
)

// An Errno is why a socket operation failed. It has the same text on every machine and is, for errors.Is,
// the system's errno of the same name.
type Errno uint8

// The errors of sockets.
const (
	ErrWouldBlock Errno = iota + 1
	ErrInProgress
	ErrAlready
	ErrTimedOut
	ErrRefused
	ErrReset
	ErrAborted
	ErrPipe
	ErrHostUnreachable
	ErrNetUnreachable
	ErrHostDown
	ErrAddrInUse
	ErrAddrNotAvailable
	ErrNotConnected
	ErrIsConnected
	ErrInvalid
	ErrBadDescriptor
	ErrAccess
	ErrPermission
	ErrMessageSize
	ErrDestinationRequired
	ErrFamily
	ErrProtocolOption
	ErrNotSupported
	ErrNoBuffers
	ErrTooManyFiles
	ErrNoDevice
	ErrNoSpace
	ErrHostNotFound
	ErrTemporaryLookup
)

var errnos = [...]struct {
	text string
	code string
	sys  error
}{
	ErrWouldBlock:          {"Resource temporarily unavailable", "timeout", syscall.EAGAIN},
	ErrInProgress:          {"Operation now in progress", "timeout", syscall.EINPROGRESS},
	ErrAlready:             {"Operation already in progress", "timeout", syscall.EALREADY},
	ErrTimedOut:            {"Connection timed out", "timeout", syscall.ETIMEDOUT},
	ErrRefused:             {"Connection refused", "refused", syscall.ECONNREFUSED},
	ErrReset:               {"Connection reset by peer", "reset", syscall.ECONNRESET},
	ErrAborted:             {"Software caused connection abort", "reset", syscall.ECONNABORTED},
	ErrPipe:                {"Broken pipe", "closed", syscall.EPIPE},
	ErrHostUnreachable:     {"No route to host", "unreachable", syscall.EHOSTUNREACH},
	ErrNetUnreachable:      {"Network is unreachable", "unreachable", syscall.ENETUNREACH},
	ErrHostDown:            {"Host is down", "unreachable", syscall.EHOSTDOWN},
	ErrAddrInUse:           {"Address already in use", "in-use", syscall.EADDRINUSE},
	ErrAddrNotAvailable:    {"Cannot assign requested address", "address", syscall.EADDRNOTAVAIL},
	ErrNotConnected:        {"Transport endpoint is not connected", "not-connected", syscall.ENOTCONN},
	ErrIsConnected:         {"Transport endpoint is already connected", "connected", syscall.EISCONN},
	ErrInvalid:             {"Invalid argument", "invalid", syscall.EINVAL},
	ErrBadDescriptor:       {"Bad file descriptor", "closed", syscall.EBADF},
	ErrAccess:              {"Permission denied", "denied", syscall.EACCES},
	ErrPermission:          {"Operation not permitted", "denied", syscall.EPERM},
	ErrMessageSize:         {"Message too long", "too-long", syscall.EMSGSIZE},
	ErrDestinationRequired: {"Destination address required", "not-connected", syscall.EDESTADDRREQ},
	ErrFamily:              {"Address family not supported by protocol", "address", syscall.EAFNOSUPPORT},
	ErrProtocolOption:      {"Protocol not available", "unsupported", syscall.ENOPROTOOPT},
	ErrNotSupported:        {"Operation not supported", "unsupported", syscall.EOPNOTSUPP},
	ErrNoBuffers:           {"No buffer space available", "limit", syscall.ENOBUFS},
	ErrTooManyFiles:        {"Too many open files", "limit", syscall.EMFILE},
	ErrNoDevice:            {"No such device", "address", syscall.ENODEV},
	ErrNoSpace:             {"No space left on device", "limit", syscall.ENOSPC},
	ErrHostNotFound:        {"host not found", "host-not-found", nil},
	ErrTemporaryLookup:     {"temporary failure in name resolution", "host-not-found", nil},
}

// Error returns the text that Linux's strerror has for the error.
func (e Errno) Error() string { return errnos[e].text }

// Code returns the error's code in the table of Code.
func (e Errno) Code() string { return errnos[e].code }

// Is makes errors.Is(err, syscall.ECONNREFUSED) and errors.Is(err, os.ErrPermission) work.
func (e Errno) Is(target error) bool {
	sys := errnos[e].sys
	return sys != nil && (target == sys || errors.Is(sys, target))
}

// Timeout reports whether the error is a timeout, as net.Error has it.
func (e Errno) Timeout() bool { return errnos[e].code == "timeout" }

// Temporary is Timeout; net.Error wants it.
func (e Errno) Temporary() bool { return e.Timeout() }

// FromSystem returns the Errno of a system error number, or err itself if there is none.
func FromSystem(err error) error {
	sys, ok := err.(syscall.Errno)
	if !ok && !errors.As(err, &sys) {
		return err
	}
	switch sys {
	case syscall.EWOULDBLOCK:
		return ErrWouldBlock
	case syscall.ENFILE:
		return ErrTooManyFiles
	case syscall.ENOTSUP: // another number than EOPNOTSUPP on some systems
		return ErrNotSupported
	}
	for i := range errnos {
		if errnos[i].sys == error(sys) {
			return Errno(i)
		}
	}
	return sys
}

// Code returns the short word that Lua scripts get with an error. The table of codes is:
//
//	timeout         the time allowed is over
//	closed          the connection or socket is closed
//	reset           the peer broke the connection off
//	refused         nobody listens on that port
//	host-not-found  the name has no address
//	unreachable     no route to the host, or it is down
//	in-use          the address is taken
//	address         the address is not this host's, or of the wrong family
//	not-connected   the socket has no peer
//	connected       the socket has a peer already
//	too-long        the datagram is larger than the network takes
//	denied          an allow list, the world or the system forbids it
//	invalid         the operation does not fit the socket's state
//	unsupported     this network has no such operation
//	limit           a limit on sockets or memory is reached
//	not-found       no such file or thing
//	exists          it is there already
//	protocol        the peer broke the protocol
//	failed          anything else
func Code(err error) string {
	var coded interface{ Code() string }
	switch {
	case errors.As(err, &coded):
		return coded.Code()
	case errors.Is(err, net.ErrClosed), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.ErrClosedPipe):
		return "closed"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, fs.ErrNotExist):
		return "not-found"
	case errors.Is(err, fs.ErrExist):
		return "exists"
	case errors.Is(err, fs.ErrPermission):
		return "denied"
	}
	return "failed"
}

// LookupError says that a name could not be resolved.
type LookupError struct {
	Name string
	Err  Errno // ErrHostNotFound or ErrTemporaryLookup
}

func (e *LookupError) Error() string { return "lookup " + e.Name + ": " + e.Err.Error() }

// Unwrap returns Err.
func (e *LookupError) Unwrap() error { return e.Err }

// Code returns Err's code.
func (e *LookupError) Code() string { return e.Err.Code() }
