//go:build linux || darwin

package osnet_test

import (
	"errors"
	"io"
	"net"
	"testing"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A reader that knows the kernel has no more waits without asking; whatever happens then must wake it or be seen at once.
func TestReadAfterEverythingWasRead(t *testing.T) {
	for name, c := range map[string]struct {
		next func(own *stack.Conn, peer net.Conn)
		want error
	}{
		"data":           {func(_ *stack.Conn, peer net.Conn) { peer.Write([]byte("more")) }, nil},
		"end":            {func(_ *stack.Conn, peer net.Conn) { peer.Close() }, io.EOF},
		"reading closed": {func(own *stack.Conn, _ net.Conn) { own.CloseRead() }, io.EOF},
		"closed":         {func(own *stack.Conn, _ net.Conn) { own.Close() }, net.ErrClosed},
	} {
		for _, late := range []bool{false, true} {
			s, st := world(t, local...)
			run(t, s, func() {
				l, err := st.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				own, err := st.Dial("tcp", l.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				peer, err := l.Accept()
				if err != nil {
					t.Fatal(err)
				}
				buf := make([]byte, 100)
				peer.Write([]byte("x"))
				if _, err := own.Read(buf); err != nil || !stack.Emptied(own.Socket()) {
					t.Errorf("first read: %v, emptied %v", err, stack.Emptied(own.Socket()))
				}
				if late {
					st.Go("next", func() { c.next(own, peer) })
				} else {
					c.next(own, peer)
				}
				if _, err := own.Read(buf); !errors.Is(err, c.want) {
					t.Errorf("%s, late %v: %v, want %v", name, late, err, c.want)
				}
				st.Close()
			})
		}
	}
}
