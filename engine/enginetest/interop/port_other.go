//go:build !unix

package interop

import (
	"net"
	"testing"
)

// hold draws a TCP port that was free just now.
func hold(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	must(t, err)
	return port
}
