package socket

import (
	"errors"
	"io"
	"net"
	"os"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A lookupFailure is why an address could not be worked out, in LuaSocket's words.
type lookupFailure string

func (e lookupFailure) Error() string { return string(e) }

const (
	errNoName    lookupFailure = "host or service not provided, or not known"
	errService   lookupFailure = "service not supported for socket type"
	errTemporary lookupFailure = "temporary failure in name resolution"
	errOtherKind lookupFailure = "Address family for hostname not supported"
	errNumeric   lookupFailure = "Name or service not known"
	errNoHost    lookupFailure = "host not found"
)

// message words an error as LuaSocket does. Errors that it has no word for are the system's.
func message(err error) string {
	var no stack.Errno
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "timeout"
	case err == io.EOF, errors.Is(err, net.ErrClosed):
		return "closed"
	case !errors.As(err, &no):
		return err.Error()
	}
	switch no {
	case stack.ErrAddrInUse:
		return "address already in use"
	case stack.ErrIsConnected:
		return "already connected"
	case stack.ErrAccess:
		return "permission denied"
	case stack.ErrRefused:
		return "connection refused"
	case stack.ErrReset, stack.ErrAborted, stack.ErrPipe:
		return "closed"
	case stack.ErrTimedOut:
		return "timeout"
	}
	return no.Error()
}

// transfer is message for sending and receiving, where a socket that is gone is closed.
func transfer(err error) string {
	if err == error(stack.ErrBadDescriptor) {
		return "closed"
	}
	return message(err)
}

// fail gives the script nil and the words of err.
func fail(c *bind.Call, err error) bind.Out { return c.Return(nil, message(err)) }

// done gives 1, LuaSocket's yes, or nil and the words of err.
func done(c *bind.Call, err error) bind.Out {
	if err != nil {
		return fail(c, err)
	}
	return c.Return(1)
}
