//go:build linux || darwin

package osnet_test

import (
	"io"
	"net"
	"testing"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// echo answers on a connection of Go's own net until it ends.
func echo(c net.Conn) {
	defer c.Close()
	io.Copy(struct{ io.Writer }{c}, struct{ io.Reader }{c})
}

func BenchmarkEchoGoNet(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	go func() {
		if c, err := l.Accept(); err == nil {
			echo(c)
		}
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	buf := make([]byte, 100)
	for b.Loop() {
		c.Write(buf)
		if _, err := io.ReadFull(c, buf); err != nil {
			b.Fatal(err)
		}
	}
}

// benchEcho measures round trips between two tasks of one scheduler, with idle connections on the side.
func benchEcho(b *testing.B, idle int) {
	b.ReportAllocs()
	s, st := world(b, local...)
	run(b, s, func() {
		l, err := st.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Error(err)
			return
		}
		dial := func() (*stack.Conn, net.Conn) {
			c, err := st.Dial("tcp", l.Addr().String())
			if err != nil {
				b.Fatal(err)
			}
			p, err := l.Accept()
			if err != nil {
				b.Fatal(err)
			}
			return c, p
		}
		for range idle {
			_, p := dial()
			st.Go("idle", func() { p.Read(make([]byte, 1)) })
		}
		c, p := dial()
		st.Go("echo", func() { echo(p) })
		buf := make([]byte, 100)
		s.Sleep(0)
		for b.Loop() {
			c.Write(buf)
			if _, err := io.ReadFull(c, buf); err != nil {
				b.Error(err)
				return
			}
		}
		st.Close()
	})
}

func BenchmarkEcho(b *testing.B)              { benchEcho(b, 0) }
func BenchmarkEchoAmong1000Idle(b *testing.B) { benchEcho(b, 1000) }
func BenchmarkEchoAmong4000Idle(b *testing.B) { benchEcho(b, 4000) }
