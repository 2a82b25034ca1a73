package vnet

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"
	"unsafe"

	"github.com/moonwire-lab/moonwire/engine/sim"
)

// FuzzTCPReceive throws segments at a host with a listener, a connect under way and a connection with data in both
// directions. Each 14 bytes of input are a segment: nothing may panic or go on for ever, and closing leaves nothing.
func FuzzTCPReceive(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27})
	f.Add([]byte{1, byte(FIN | ACK), 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 3, 0})
	f.Add([]byte{1, byte(RST), 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 3, 0})
	f.Add([]byte{2, byte(SYN), 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 0, 1, 3, byte(SYN | ACK), 0, 0, 0, 0, 0, 0, 0, 1, 255, 255, 0, 15})
	f.Fuzz(func(t *testing.T, input []byte) {
		w := newTCPWorld(t, 1, LinkOptions{Shape: Shape{Delay: time.Millisecond}})
		events := 0
		w.net.Observe(func(Event) {
			if events++; events > 100000 {
				t.Fatal("the hosts talk for ever")
			}
		})
		w.run(func() {
			c, s := w.pair()
			s.Write(pattern(3000, 1))
			c.Write(pattern(100000, 2))
			l := w.listener(90, 1)
			opening := w.socket(w.b)
			opening.Connect(netip.AddrPortFrom(w.aAddr, 7))
			for len(input) >= 14 {
				w.strike(input[:14], s, opening)
				input = input[14:]
			}
			w.wait(time.Hour)
			for _, end := range []*tcpSocket{c, s, l, opening} {
				end.Close()
			}
			w.wait(24 * time.Hour)
		})
		w.checkClean()
	})
}

// strike injects one segment into host b: at s, at opening, at the listener or anywhere.
func (w *tcpWorld) strike(in []byte, s, opening *tcpSocket) {
	p := w.net.newPacket()
	p.Proto, p.Src, p.Dst = TCP, w.aAddr, w.bAddr
	h := &p.TCP
	h.SrcPort, h.DstPort = 5000, 90
	seq, ack := binary.BigEndian.Uint32(in[2:]), binary.BigEndian.Uint32(in[6:])
	switch in[0] % 4 {
	case 1:
		h.SrcPort, h.DstPort = s.remote.Port(), s.local.Port()
		seq, ack = seq>>(in[0]>>3)+s.rcvNxt, ack>>(in[0]>>3)+s.sndUna
	case 2:
		h.SrcPort, h.DstPort = opening.remote.Port(), opening.local.Port()
		ack += opening.sndMax
	case 3:
		h.DstPort = uint16(in[12])
	}
	h.Seq, h.Ack, h.Flags = seq, ack, TCPFlags(in[1])
	h.Window = binary.BigEndian.Uint16(in[10:])
	h.WindowScale = in[13]
	h.MSS = uint16(in[12])
	p.Payload = pattern(int(in[12])*int(in[13]&15), 9)
	w.b.receiveTCP(p)
	w.net.freePacket(p)
	w.wait(time.Duration(in[13]) * time.Millisecond)
}

// TestTCPBuffers compares the queues with plain byte slices.
func TestTCPBuffers(t *testing.T) {
	r := sim.NewRand(1, "buffers")
	for range 300 {
		first := r.Uint32()
		q := sendQueue{first: first, hintAt: first}
		var model []byte
		sent := map[*byte]string{} // what segments refer to
		large := 1 + r.IntN(18)
		for range 200 {
			switch r.IntN(3) {
			case 0:
				b := pattern(r.IntN(1<<r.IntN(large)), byte(r.Uint32()))
				q.write(b)
				model = append(model, b...)
			case 1:
				if len(model) > 0 {
					at := r.IntN(len(model))
					n := r.IntN(min(len(model)-at, 3000) + 1)
					got := q.slice(q.first+uint32(at), n)
					if string(got) != string(model[at:at+n]) {
						t.Fatal("slice differs")
					}
					sent[unsafe.SliceData(got)] = string(got)
				}
			case 2:
				n := min(r.IntN(2*len(model)+1), len(model))
				q.drop(n)
				model = model[n:]
				first += uint32(n)
			}
			if q.first != first || q.n != len(model) {
				t.Fatalf("first %d, %d bytes; want %d, %d", q.first, q.n, first, len(model))
			}
		}
		for at, text := range sent {
			if unsafe.String(at, len(text)) != text {
				t.Fatal("bytes of a segment have changed")
			}
		}
	}
}

// TestTCPDialogue counts what a dialogue of short messages allocates for sending.
func TestTCPDialogue(t *testing.T) {
	q := sendQueue{}
	message := []byte("hello\n")
	if n := testing.AllocsPerRun(1000, func() {
		q.write(message)
		q.drop(len(message))
	}); n >= 1 {
		t.Errorf("%v allocations for each message", n)
	}
}

// TestTCPOutOfOrder feeds overlapping pieces in any order and compares what comes out with what was meant.
func TestTCPOutOfOrder(t *testing.T) {
	r := sim.NewRand(2, "ahead")
	for range 500 {
		start := r.Uint32()
		data := pattern(2000, byte(r.Uint32()))
		var o outOfOrder
		next := 0
		for next < len(data) {
			at := min(next+r.IntN(600), len(data)-1)
			o.add(start+uint32(at), data[at:min(at+1+r.IntN(500), len(data))])
			if r.IntN(4) == 0 {
				to := min(next+1+r.IntN(400), len(data))
				next = to
			}
			for d := o.take(start + uint32(next)); d != nil; d = o.take(start + uint32(next)) {
				if string(d) != string(data[next:next+len(d)]) {
					t.Fatal("other bytes")
				}
				next += len(d)
			}
			for i := 1; i < len(o.pieces); i++ {
				if p := o.pieces[i-1]; after(p.seq+uint32(len(p.data)), o.pieces[i].seq) {
					t.Fatal("pieces overlap")
				}
			}
		}
	}
}
