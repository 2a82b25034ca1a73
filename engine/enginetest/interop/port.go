package interop

import (
	"net"
	"testing"
)

// Port returns a port of 127.0.0.1 for a program that neither inherits a listening socket nor says which port the kernel gave it. It was
// free for UDP just now; what keeps others from it for TCP is said at hold.
func Port(t testing.TB) string {
	t.Helper()
	for range 20 {
		port := hold(t)
		c, err := net.ListenPacket("udp4", "127.0.0.1:"+port)
		if err == nil {
			c.Close()
			return port
		}
	}
	t.Fatal("no port is free for TCP and UDP")
	return ""
}
