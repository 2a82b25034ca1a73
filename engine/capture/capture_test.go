package capture_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket/pcapgo"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/capture"
	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

var wan = vnet.Shape{Delay: 5 * time.Millisecond, Rate: 100e6}

// captured runs the traffic of tests under a capture and returns its file.
func captured(t testing.TB, w *world, o capture.Options) []byte {
	t.Helper()
	var file bytes.Buffer
	c, err := w.Capture(&file, o)
	if err != nil {
		t.Fatal(err)
	}
	w.traffic(t)
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	if int64(file.Len()) != c.Size() {
		t.Errorf("Size = %d, the file has %d bytes", c.Size(), file.Len())
	}
	if all := packets(t, file.Bytes()); len(all) != c.Packets() {
		t.Errorf("Packets = %d, the file has %d", c.Packets(), len(all))
	}
	return file.Bytes()
}

func packets(t testing.TB, file []byte) []capture.Seen {
	t.Helper()
	all, err := capture.Read(bytes.NewReader(file), 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestWorld checks that a capture of the whole world has every packet once, whole, in order and where its sender sent it.
func TestWorld(t *testing.T) {
	w := newWorld(t, 1, wan)
	var sent [][]byte
	w.Net.Observe(func(e vnet.Event) {
		if e.Kind == vnet.Sent {
			sent = append(sent, e.Packet.Marshal())
		}
	})
	all := packets(t, captured(t, w, capture.Options{}))
	if len(all) != len(sent) {
		t.Fatalf("%d packets, %d were sent", len(all), len(sent))
	}
	var last time.Time
	for i, s := range all {
		if s.Packet == nil || !bytes.Equal(s.Packet.Marshal(), sent[i]) || !s.Packet.ChecksumValid() {
			t.Fatalf("packet %d is not what was sent", i+1)
		}
		if s.At.Before(last) {
			t.Errorf("packet %d is older than the one before", i+1)
		}
		last = s.At
		if want := strings.Split(s.From, ":")[0] + " eth0"; s.Interface != want || s.Inbound || s.Comment != "" || s.Length != len(sent[i]) {
			t.Errorf("packet %d from %s: interface %q, inbound %v, comment %q, length %d", i+1, s.From, s.Interface, s.Inbound, s.Comment, s.Length)
		}
	}
	if want := sim.Epoch; all[0].At != want {
		t.Errorf("the first packet is of %v, want %v", all[0].At, want)
	}
	if all[0].To != "server:6789" || !strings.HasPrefix(all[0].From, "client:") {
		t.Errorf("the first packet goes from %s to %s", all[0].From, all[0].To)
	}
}

// TestChoice checks which interfaces and directions each choice takes.
func TestChoice(t *testing.T) {
	for _, c := range []struct {
		name string
		opt  func(w *world) capture.Options
		want string
	}{
		{"world", func(*world) capture.Options { return capture.Options{} }, "client eth0 out, server eth0 out"},
		{"every interface", func(*world) capture.Options { return capture.Options{Every: true} },
			"client eth0 in, client eth0 out, router eth0 in, router eth0 out, router eth1 in, router eth1 out, server eth0 in, server eth0 out"},
		{"host", func(w *world) capture.Options { return capture.Options{Host: w.client.V} }, "client eth0 in, client eth0 out"},
		{"router", func(w *world) capture.Options { return capture.Options{Host: w.router} }, "router eth0 in, router eth1 in"},
		{"link", func(w *world) capture.Options { return capture.Options{Link: w.far} }, "router eth1 out, server eth0 out"},
	} {
		w := newWorld(t, 1, wan)
		seen := map[string]int{}
		file := captured(t, w, c.opt(w))
		for _, p := range packets(t, file) {
			way := " out"
			if p.Inbound {
				way = " in"
			}
			seen[p.Interface+way]++
		}
		var got []string
		for k := range seen {
			got = append(got, k)
		}
		slices.Sort(got)
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s: %s; want %s", c.name, strings.Join(got, ", "), c.want)
		}
	}
}

// TestNames checks that the file names hosts that are added later, too.
func TestNames(t *testing.T) {
	w := newWorld(t, 1, wan)
	var file bytes.Buffer
	c, _ := w.Capture(&file, capture.Options{})
	w.run(t, func(st *stack.Stack) {
		w.client.V.Ping(w.server.V.Addrs()[0], vnet.PingOptions{})
		late := w.host(t, "late")
		w.link(t, late.V, w.router, wan)
		w.client.V.Ping(late.V.Addrs()[0], vnet.PingOptions{})
		w.client.V.Ping(w.client.V.Addrs()[0], vnet.PingOptions{})
	})
	c.Stop()
	var ways []string
	for _, p := range packets(t, file.Bytes()) {
		ways = append(ways, p.From+">"+p.To+" at "+p.Interface)
	}
	want := "client>server at client eth0; server>client at server eth0; client>late at client eth0; late>client at late eth0; " +
		"client>client at client lo; client>client at client lo"
	if got := strings.Join(ways, "; "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	r, err := pcapgo.NewNgReader(bytes.NewReader(file.Bytes()), pcapgo.NgReaderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, _, err = r.ReadPacketData()
	}
	if i, _ := r.Interface(0); i.Name != "client eth0" || i.Description != "link client-router" || i.TimestampResolution != 9 || r.LinkType() != 101 {
		t.Errorf("interface %+v, link type %v", i, r.LinkType())
	}
	if r.NNames() != 9 {
		t.Errorf("%d names, want 9: all addresses of the three nodes that were there, and that of the fourth when it came up", r.NNames())
	}
}

// TestDrops checks that packets which the network drops at once say so.
func TestDrops(t *testing.T) {
	for _, c := range []struct {
		shape vnet.Shape
		up    bool
		want  string
	}{
		{vnet.Shape{Loss: 1}, true, "dropped by client: lost"},
		{vnet.Shape{Rate: 1000, Queue: vnet.NoQueue}, true, "dropped by client: queue full"},
		{vnet.Shape{}, true, ""},
	} {
		w := newWorld(t, 1, c.shape)
		var file bytes.Buffer
		x, _ := w.Capture(&file, capture.Options{Link: w.near})
		w.run(t, func(st *stack.Stack) {
			u, err := st.Dial("udp", "server:9")
			if err != nil {
				t.Fatal(err)
			}
			u.Write([]byte("one"))
			u.Write([]byte("two"))
		})
		x.Stop()
		all := packets(t, file.Bytes())
		if len(all) < 2 || all[1].Comment != c.want {
			t.Errorf("%+v: %d packets, comment %q, want %q", c.shape, len(all), all[1].Comment, c.want)
		}
	}
}

func TestEmpty(t *testing.T) {
	w := newWorld(t, 1, wan)
	alone, err := engine.New(engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, start := range []func(out io.Writer) (*capture.Capture, error){
		func(out io.Writer) (*capture.Capture, error) { return w.Capture(out, capture.Options{}) },
		func(out io.Writer) (*capture.Capture, error) { return w.Capture(out, capture.Options{Link: w.far}) },
		func(out io.Writer) (*capture.Capture, error) {
			return w.Capture(out, capture.Options{Host: w.server.V, Limit: 1})
		},
		func(out io.Writer) (*capture.Capture, error) { return alone.Capture(out, capture.Options{}) },
	} {
		var file bytes.Buffer
		c, err := start(&file)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Stop(); err != nil || c.Packets() != 0 || len(packets(t, file.Bytes())) != 0 {
			t.Errorf("case %d: Stop = %v, %d packets", i, err, c.Packets())
		}
		if err := c.Stop(); err != nil || file.Len() != int(c.Size()) {
			t.Errorf("case %d: the second Stop = %v, %d bytes", i, err, file.Len())
		}
	}
}

// TestSameBytes checks that a seed gives the same file on one processor and on two, and another seed another.
func TestSameBytes(t *testing.T) {
	file := func(seed uint64) []byte {
		return captured(t, newWorld(t, seed, vnet.Shape{Delay: time.Millisecond, Jitter: time.Millisecond, Loss: 0.005}), capture.Options{Every: true})
	}
	first := file(1)
	for _, procs := range []int{1, 2, 2} {
		before := runtime.GOMAXPROCS(procs)
		again := file(1)
		runtime.GOMAXPROCS(before)
		if !bytes.Equal(first, again) {
			t.Errorf("GOMAXPROCS %d: another file", procs)
		}
	}
	if bytes.Equal(first, file(2)) {
		t.Error("seeds 1 and 2 give the same file")
	}
}

func TestWriteErrors(t *testing.T) {
	for _, room := range []int{0, 1, 100, 5000, 70_000, 150_000} {
		w := newWorld(t, 1, wan)
		c, _ := w.Capture(&failing{room}, capture.Options{})
		w.traffic(t) // the run goes on as if there were no capture
		if err := c.Stop(); !errors.Is(err, errFull) || err.Error() != "capture: cannot write: no space left on device" {
			t.Errorf("room for %d bytes: Stop = %v", room, err)
		}
		if !errors.Is(c.Err(), errFull) {
			t.Errorf("room for %d bytes: Err = %v", room, c.Err())
		}
	}
	c, _ := newWorld(t, 1, wan).Capture(&failing{}, capture.Options{})
	if err := c.Stop(); !errors.Is(err, errFull) {
		t.Errorf("without a packet: Stop = %v", err)
	}
}

func TestLimit(t *testing.T) {
	for _, limit := range []int64{1, 1000, 10_000, 100_000} {
		w := newWorld(t, 1, wan)
		var file bytes.Buffer
		c, _ := w.Capture(&file, capture.Options{Limit: limit})
		w.traffic(t)
		if err := c.Stop(); err != capture.ErrLimit {
			t.Errorf("limit %d: Stop = %v", limit, err)
		}
		all := packets(t, file.Bytes())
		if len(all) != c.Packets() || limit >= 1000 && (len(all) == 0 || int64(file.Len()) > limit || int64(file.Len()) < limit/2) {
			t.Errorf("limit %d: %d bytes, %d packets, Packets = %d", limit, file.Len(), len(all), c.Packets())
		}
	}
}

// TestLimitOfNames checks that the names of many hosts count.
func TestLimitOfNames(t *testing.T) {
	w := newWorld(t, 1, wan)
	for i := range 100 {
		w.link(t, w.host(t, fmt.Sprintf("another%d", i)).V, w.router, wan)
	}
	const limit = 2000
	var file bytes.Buffer
	c, _ := w.Capture(&file, capture.Options{Limit: limit})
	w.traffic(t)
	if err := c.Stop(); err != capture.ErrLimit || file.Len() > limit || len(packets(t, file.Bytes())) != c.Packets() {
		t.Errorf("Stop = %v, %d bytes", err, file.Len())
	}
}

func TestSnap(t *testing.T) {
	w := newWorld(t, 1, wan)
	whole, short := false, false
	for _, p := range packets(t, captured(t, w, capture.Options{Snap: 60})) {
		whole = whole || p.Packet != nil && p.Length <= 60
		short = short || p.Packet == nil && p.Length > 60
	}
	if !whole || !short {
		t.Errorf("short packets whole: %v, long ones cut: %v", whole, short)
	}
}

func TestFlush(t *testing.T) {
	w := newWorld(t, 1, wan)
	var file bytes.Buffer
	c, _ := w.Capture(&file, capture.Options{})
	for want := range 3 {
		if err := c.Flush(); err != nil || len(packets(t, file.Bytes())) != 2*want {
			t.Errorf("Flush = %v with %d packets, want %d", err, len(packets(t, file.Bytes())), 2*want)
		}
		st := w.client.NewStack("ping")
		w.Sched.Run(st.Go("ping", func() { w.client.V.Ping(w.server.V.Addrs()[0], vnet.PingOptions{}) }))
	}
	c.Stop()
	after := file.Len()
	w.run(t, func(*stack.Stack) { w.client.V.Ping(w.server.V.Addrs()[0], vnet.PingOptions{}) })
	if c.Stop(); file.Len() != after {
		t.Error("the capture went on after Stop")
	}
}

func TestReadRefuses(t *testing.T) {
	for _, b := range []string{"", "not a capture", strings.Repeat("\x00", 100)} {
		if all, err := capture.Read(strings.NewReader(b), 10); err == nil || len(all) > 0 {
			t.Errorf("Read(%q) = %v, %v", b, all, err)
		}
	}
	file := captured(t, newWorld(t, 1, wan), capture.Options{})
	if all, err := capture.Read(bytes.NewReader(file[:len(file)-10]), 1<<30); err == nil || len(all) == 0 {
		t.Errorf("a file without its end: %d packets, %v", len(all), err)
	}
}

func TestNoPacketsOfTheMachine(t *testing.T) {
	w, err := engine.New(engine.Options{Real: true})
	if err != nil {
		interop.Missing(t, "the machine's network: %v", err)
	}
	if _, err := w.Capture(io.Discard, capture.Options{}); err != engine.ErrNoPackets {
		t.Errorf("Capture = %v", err)
	}
}

// BenchmarkCapture measures a bulk transfer without a capture, with one, and with one of whose packets only the headers are kept.
func BenchmarkCapture(b *testing.B) {
	for _, c := range []struct {
		name string
		opt  *capture.Options
	}{{"off", nil}, {"once", &capture.Options{}}, {"headers", &capture.Options{Snap: 40}}, {"every", &capture.Options{Every: true}}} {
		b.Run(c.name, func(b *testing.B) {
			total := 0
			for b.Loop() {
				w := newWorld(b, 1, vnet.Shape{Delay: time.Millisecond, Rate: 1e9})
				w.Net.Observe(func(e vnet.Event) {
					if e.Kind == vnet.Sent {
						total++
					}
				})
				var x *capture.Capture
				if c.opt != nil {
					x, _ = w.Capture(io.Discard, *c.opt)
				}
				w.serve(b, ":6789", func(_ *stack.Stack, k *stack.Conn) { io.Copy(io.Discard, k) })
				w.run(b, func(st *stack.Stack) {
					k, err := st.Dial("tcp", "server:6789")
					if err != nil {
						b.Fatal(err)
					}
					k.Write(make([]byte, 8<<20))
					k.Close()
				})
				if x != nil {
					x.Stop()
				}
				w.Close()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(total), "ns/packet")
		})
	}
}
