package enginetest

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// nonsense returns what no protocol expects: bytes by chance, control characters, lines without sense, and what p adds.
func nonsense(p Protocol, rng *rand.Rand) [][]byte {
	all := [][]byte{{0}, []byte("\r\n"), []byte("\n\n\n\n"), []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), []byte("%s%n\x00\xff\xfe\r\n"),
		bytes.Repeat([]byte("A "), 5000), append(bytes.Repeat([]byte{'('}, 3000), "\r\n"...), bytes.Repeat([]byte("\r\n"), 3000)}
	for n := 1; n < 20_000; n *= 3 {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		all = append(all, b)
	}
	return append(all, p.Garbage...)
}

// endless is how much a client sends without the end of a line, and held how much more memory the whole world may take for it.
const (
	endless = 16 << 20
	held    = 8 << 20
)

// badClients lets clients misbehave, and the server has to answer a good one after each.
func badClients(t *testing.T, p Protocol, want outcome) {
	w := newWorld(t, p, 1)
	w.shape(vnet.Shape{Delay: time.Millisecond}) // any rate: what is sent costs little time
	w.serve()
	tasks := w.serving.Group().Len()
	good := func(after string) {
		t.Helper()
		if got := w.mustTalk("session after " + after); got != want.transcript {
			t.Errorf("session after %s: transcript\n%s\nwant\n%s", after, got, want.transcript)
		}
	}
	w.run(func() {
		st := w.client.NewStack("garbage")
		rng := st.Rand()
		for i, b := range nonsense(p, rng) {
			if p.Datagrams {
				w.datagram(st, b)
			}
			if p.Stream {
				w.stream(st, b)
			}
			if i%4 == 0 {
				good(fmt.Sprintf("garbage %d, %.40q", i, b))
			}
		}
		if p.Stream {
			w.flood(st)
			good("a line without end")
			w.silent(st)
			good("silent clients")
			st.Sleep(2 * p.Patience)
			if n := w.serving.Group().Len(); n > tasks {
				t.Errorf("%v after silent clients came the server still has %d tasks, %d more than before", 2*p.Patience, n, n-tasks)
			}
		}
		good("everything")
		st.Close()
	})
	w.end()
}

// datagram sends b, cut to what a datagram can hold.
func (w *world) datagram(st *stack.Stack, b []byte) {
	w.t.Helper()
	c, err := st.Dial("udp", w.address())
	w.must(err)
	c.Write(b[:min(len(b), 9000)])
	c.Close()
}

// stream sends b on a connection, half-closes it, and reads what comes back, at most until the server closes or p.Patience is over.
func (w *world) stream(st *stack.Stack, b []byte) {
	w.t.Helper()
	c, err := st.Dial("tcp", w.address())
	w.must(err)
	c.SetDeadline(st.Now().Add(w.p.Patience))
	c.Write(b)
	c.CloseWrite()
	if _, err := io.Copy(io.Discard, io.LimitReader(c, 64<<20)); stack.Code(err) == "timeout" {
		w.t.Errorf("%v after a client half-closed behind %.40q the server has not closed", w.p.Patience, b)
	}
	c.Close()
}

// flood sends a line that does not end and looks at what it costs.
func (w *world) flood(st *stack.Stack) {
	w.t.Helper()
	before := heap()
	c, err := st.Dial("tcp", w.address())
	w.must(err)
	st.Go("drain", func() { io.Copy(io.Discard, c) })
	c.SetWriteDeadline(st.Now().Add(w.p.Patience))
	block := bytes.Repeat([]byte{'x'}, 1<<20)
	for sent := 0; sent < endless; sent += len(block) {
		if _, err := c.Write(block); err != nil {
			break // the server has had enough
		}
	}
	if after := heap(); after > before+held {
		w.t.Errorf("a line of up to %d MB without end makes the world hold %d MB more", endless>>20, (after-before)>>20)
	}
	c.Close()
}

// silent opens connections and says nothing on them, or half a line, and leaves them open.
func (w *world) silent(st *stack.Stack) {
	w.t.Helper()
	for i := range 20 {
		c, err := st.Dial("tcp", w.address())
		w.must(err)
		if i%2 == 1 {
			c.Write([]byte("HE"))
		}
	}
}

func (w *world) address() string { return "server:" + strconv.Itoa(w.p.Port) }

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// badServers puts servers that misbehave in the place of the real one.
func badServers(t *testing.T, p Protocol) {
	w := newWorld(t, p, 1)
	for _, bad := range w.badServers() {
		st := w.server.NewStack("bad server")
		var listener *stack.Listener
		var packets *stack.PacketConn
		var err error
		if p.Stream {
			listener, err = st.Listen("tcp", ":"+strconv.Itoa(p.Port))
			w.must(err)
			st.Go("accept", func() {
				for {
					c, err := listener.Accept()
					if err != nil {
						return
					}
					st.Go("misbehave", func() { bad.stream(st, c); c.Close() })
				}
			})
		}
		if p.Datagrams {
			packets, err = st.ListenPacket("udp", ":"+strconv.Itoa(p.Port))
			w.must(err)
			st.Go("answer", func() {
				for {
					b := make([]byte, 64<<10)
					n, from, err := packets.ReadFrom(b)
					if err != nil {
						return
					}
					for _, answer := range bad.answers(b[:n]) {
						packets.WriteTo(answer, from)
					}
				}
			})
		}
		w.run(func() { w.mustFail("session with a server that " + bad.name); st.Close() })
	}
	w.end()
}

// A badServer is a way to misbehave.
type badServer struct {
	name    string
	stream  func(*stack.Stack, net.Conn)
	answers func(query []byte) [][]byte
}

func (w *world) badServers() []badServer {
	rng := w.Sched.Rand("bad servers")
	noise := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		return b
	}
	nothing := func([]byte) [][]byte { return nil }
	return []badServer{
		{"says nothing", func(st *stack.Stack, c net.Conn) { io.Copy(io.Discard, c) }, nothing},
		{"closes at once", func(*stack.Stack, net.Conn) {}, nothing},
		{"closes after the first bytes", func(st *stack.Stack, c net.Conn) { c.Read(make([]byte, 1)) }, nothing},
		{"sends nonsense", func(st *stack.Stack, c net.Conn) { c.Write(noise(50_000)); io.Copy(io.Discard, c) },
			func(q []byte) [][]byte { return [][]byte{noise(3), noise(12), noise(400), {}} }},
		{"sends a line without end", func(st *stack.Stack, c net.Conn) {
			for range 16 {
				if _, err := c.Write(bytes.Repeat([]byte{'2'}, 1<<20)); err != nil {
					return
				}
			}
			io.Copy(io.Discard, c)
		}, func(q []byte) [][]byte { return [][]byte{bytes.Repeat([]byte{0}, 1400)} }},
		{"repeats what it hears", func(st *stack.Stack, c net.Conn) {
			c.SetDeadline(st.Now().Add(10 * time.Second))
			io.Copy(c, c)
		}, func(q []byte) [][]byte { return [][]byte{q} }},
	}
}
