package socket_test

import (
	"fmt"
	"net/netip"
	"os"
	"testing"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A freeNetwork costs nothing, so that what a call on it takes is the binding's share.
type freeNetwork struct{ stack.Network }

func (freeNetwork) HostName() string { return "free" }

func (freeNetwork) LookupHost(string) ([]netip.Addr, error) {
	return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})}, nil
}

func (freeNetwork) Socket(stack.Kind, stack.Family) (stack.Socket, error) { return &freeSocket{}, nil }

// A freeSocket takes all that is written and always has text to read.
type freeSocket struct {
	stack.Socket
	closed bool
}

var (
	freeText = []byte("hello, world\nhello, world\n")
	freeAddr = netip.MustParseAddrPort("127.0.0.1:5000")
)

func (s *freeSocket) Connect(netip.AddrPort) error      { return nil }
func (s *freeSocket) Bind(netip.AddrPort) error         { return nil }
func (s *freeSocket) Listen(int) error                  { return nil }
func (s *freeSocket) SetOption(stack.Option, any) error { return nil }
func (s *freeSocket) Accept() (stack.Socket, error)     { return &freeSocket{}, nil }
func (s *freeSocket) Read(p []byte) (int, error)        { return copy(p, freeText), nil }
func (s *freeSocket) Write(p []byte) (int, error)       { return len(p), nil }
func (s *freeSocket) ReadFrom(p []byte) (int, netip.AddrPort, error) {
	return copy(p, freeText), freeAddr, nil
}
func (s *freeSocket) WriteTo(p []byte, _ netip.AddrPort) (int, error) { return len(p), nil }
func (s *freeSocket) Close() error                                    { s.closed = true; return nil }
func (s *freeSocket) Closed() bool                                    { return s.closed }
func (s *freeSocket) FD() int                                         { return 3 }
func (s *freeSocket) CanRead() bool                                   { return true }
func (s *freeSocket) CanWrite() bool                                  { return true }
func (s *freeSocket) Family() stack.Family                            { return stack.IPv4 }

// BenchmarkCalls measures single calls from Lua. The first is a call that does nothing, for comparison.
func BenchmarkCalls(b *testing.B) {
	for _, bench := range []struct{ name, call string }{
		{"dirty", `c:dirty()`},
		{"send", `c:send("hello, world\n")`},
		{"receive line", `c:receive()`},
		{"receive count", `c:receive(13)`},
		{"accept and close", `t:accept():close()`},
		{"sendto", `u:sendto("hello", "127.0.0.1", 5000)`},
		{"receivefrom", `u:receivefrom()`},
		{"select", `socket.select(set)`},
		{"gettime", `socket.gettime()`},
	} {
		b.Run(bench.name, func(b *testing.B) { benchmark(b, freeNetwork{}, bench.call) })
	}
}

const benchScript = `local socket = require "socket"
local t, c, u = socket.bind("127.0.0.1", 1), socket.connect("127.0.0.1", 1), socket.udp4()
local set = {c}
for i = 1, tonumber(arg[1]) do %s end`

func benchmark(b *testing.B, n stack.Network, call string) {
	w, err := engine.New(engine.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	h := &engine.Host{Name: "free", Network: n, FS: afero.NewMemMapFs(), Group: w.Sched.Root().NewGroup("free"), World: w}
	if err := afero.WriteFile(h.FS, "/bench.lua", fmt.Appendf(nil, benchScript, call), 0o644); err != nil {
		b.Fatal(err)
	}
	o := processOptions()
	o.Stderr = os.Stderr
	b.ReportAllocs()
	p, err := process.Start(h, "bench.lua", "", []string{fmt.Sprint(b.N)}, o)
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	if err := w.Sched.Run(p.Main()); err != nil || p.Err() != nil {
		b.Fatal(err, p.Err())
	}
}
