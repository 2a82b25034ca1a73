package stack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
)

func TestErrnoIsTheSystems(t *testing.T) {
	texts := map[string]bool{}
	for i := 1; i < len(errnos); i++ {
		e := Errno(i)
		if e.Error() == "" || e.Code() == "" || texts[e.Error()] {
			t.Errorf("error %d has text %q and code %q", i, e.Error(), e.Code())
		}
		texts[e.Error()] = true
		sys := errnos[i].sys
		if sys == nil {
			continue
		}
		if !errors.Is(e, sys) || !errors.Is(fmt.Errorf("wrapped: %w", e), sys) {
			t.Errorf("%v is not %v", e, sys)
		}
		for _, from := range []error{sys, os.NewSyscallError("connect", sys), &net.OpError{Op: "dial", Err: sys}} {
			if got := FromSystem(from); got != error(e) {
				t.Errorf("FromSystem(%v) = %v", from, got)
			}
		}
		if e.Timeout() != (e.Code() == "timeout") || e.Temporary() != e.Timeout() {
			t.Errorf("%v: Timeout = %v with code %s", e, e.Timeout(), e.Code())
		}
	}
	if !errors.Is(ErrAccess, os.ErrPermission) || !errors.Is(ErrPermission, os.ErrPermission) || errors.Is(ErrRefused, os.ErrPermission) {
		t.Error("only EACCES and EPERM are os.ErrPermission")
	}
	if errors.Is(ErrHostNotFound, syscall.ENOENT) || errors.Is(ErrRefused, syscall.ECONNRESET) {
		t.Error("an error is another one's")
	}
	if FromSystem(nil) != nil || FromSystem(io.EOF) != io.EOF || FromSystem(syscall.ENOENT) != error(syscall.ENOENT) {
		t.Error("FromSystem changes what is no socket error")
	}
}

func TestCode(t *testing.T) {
	for _, c := range []struct {
		err  error
		code string
	}{
		{ErrRefused, "refused"},
		{&net.OpError{Op: "dial", Err: ErrRefused}, "refused"},
		{&LookupError{"x", ErrTemporaryLookup}, "host-not-found"},
		{net.ErrClosed, "closed"},
		{io.EOF, "closed"},
		{io.ErrUnexpectedEOF, "closed"},
		{os.ErrDeadlineExceeded, "timeout"},
		{context.DeadlineExceeded, "timeout"},
		{os.ErrNotExist, "not-found"},
		{os.ErrExist, "exists"},
		{os.ErrPermission, "denied"},
		{errors.New("x"), "failed"},
		{nil, "failed"},
	} {
		if got := Code(c.err); got != c.code {
			t.Errorf("Code(%v) = %s, want %s", c.err, got, c.code)
		}
	}
}
