package interop

import (
	"net"
	"testing"
)

// TestPort: a server can bind the port, and does so while the test that drew it holds it.
func TestPort(t *testing.T) {
	at := "127.0.0.1:" + Port(t)
	l, err := net.Listen("tcp4", at)
	must(t, err)
	defer l.Close()
	c, err := net.Dial("tcp4", at)
	must(t, err)
	c.Close()
}
