//go:build unix

package interop

import (
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// hold draws a TCP port. While the test runs, a socket that does not listen is bound to it: the kernel then gives the port to nobody, and a
// program that sets SO_REUSEADDR, as servers do, can bind it all the same.
func hold(t testing.TB) string {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	must(t, err)
	unix.CloseOnExec(fd)
	t.Cleanup(func() { unix.Close(fd) })
	must(t, unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1))
	must(t, unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	at, err := unix.Getsockname(fd)
	must(t, err)
	return strconv.Itoa(at.(*unix.SockaddrInet4).Port)
}
