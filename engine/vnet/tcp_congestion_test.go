package vnet

import (
	"net/netip"
	"testing"
	"time"
)

// TestTCPSlowStart watches the congestion window double each round trip.
func TestTCPSlowStart(t *testing.T) {
	w := newTCPWorld(t, 1, LinkOptions{Shape: Shape{Delay: 50 * time.Millisecond}})
	w.a.SetTCP(TCPConfig{InitialWindow: 1, SSThresh: 32, SendBuffer: 4 << 20})
	w.b.SetTCP(TCPConfig{DelayedAck: time.Nanosecond})
	var segments []int // a's in flight at the end of each round trip
	w.run(func() {
		c, s := w.pair()
		w.sched.Root().Go("write", func() { w.write(c, pattern(1<<20, 1)) })
		w.sched.Root().Go("read", func() { w.readAll(s) }).Daemon = true
		w.wait(50 * time.Millisecond)
		for range 8 {
			segments = append(segments, c.cwnd/c.mss)
			w.wait(100 * time.Millisecond)
		}
		c.Close()
	})
	// From 32 segments on congestion avoidance adds one each round trip.
	want := []int{1, 2, 4, 8, 16, 32, 33, 34}
	for i := range want {
		if segments[i] != want[i] {
			t.Fatalf("windows by round trip: %v, want %v", segments, want)
		}
	}
}

// TestTCPByteCounting compares the growth of the window by bytes acknowledged with that by ACKs, of which there is one for every second segment:
// in slow start the window doubles or gets half as much again each round trip, in congestion avoidance a segment or half of one is added.
func TestTCPByteCounting(t *testing.T) {
	for _, c := range []struct {
		perACK                   bool
		slowStart, added, within int // segments after three round trips from 8; those added in twenty from 32 on
	}{{false, 64, 20, 1}, {true, 27, 10, 1}} {
		if got := grown(t, TCPConfig{InitialWindow: 8, NoByteCounting: c.perACK}, 3); got != c.slowStart {
			t.Errorf("per ACK %v: after three round trips of slow start %d segments, want %d", c.perACK, got, c.slowStart)
		}
		got := grown(t, TCPConfig{InitialWindow: 32, SSThresh: 32, NoByteCounting: c.perACK}, 20) - 32
		if got < c.added-c.within || got > c.added+c.within {
			t.Errorf("per ACK %v: %d segments added in twenty round trips, want %d", c.perACK, got, c.added)
		}
	}
}

// grown returns the congestion window in segments after so many round trips of 100 ms without loss.
func grown(t *testing.T, config TCPConfig, trips int) (segments int) {
	w := newTCPWorld(t, 1, LinkOptions{Shape: Shape{Delay: 50 * time.Millisecond}})
	config.SendBuffer = 4 << 20
	w.a.SetTCP(config)
	w.b.SetTCP(TCPConfig{RecvBuffer: 128000}) // less than twice the window of a SYN: no ACK only to open it
	w.run(func() {
		c, s := w.pair()
		w.sched.Root().Go("write", func() { w.write(c, pattern(4<<20, 1)) }).Daemon = true
		w.sched.Root().Go("read", func() { w.readAll(s) }).Daemon = true
		w.wait(time.Duration(trips)*100*time.Millisecond + 50*time.Millisecond)
		segments = c.cwnd / c.mss
		w.a.Crash()
		w.b.Crash()
	})
	return segments
}

// TestTCPInitialWindow counts the segments sent before the first ACK (RFC 6928).
func TestTCPInitialWindow(t *testing.T) {
	for _, c := range []struct{ set, want int }{{0, 10}, {1, 1}, {4, 4}} {
		w := newTCPWorld(t, 1, LinkOptions{Shape: Shape{Delay: 50 * time.Millisecond}})
		w.a.SetTCP(TCPConfig{InitialWindow: c.set})
		w.run(func() {
			sock, _ := w.pair()
			at := w.watch("a", func(p *Packet) bool { return len(p.Payload) == 1460 })
			sock.Write(pattern(100000, 1))
			w.wait(90 * time.Millisecond)
			if len(*at) != c.want {
				t.Errorf("initial window %d: %d segments", c.want, len(*at))
			}
		})
	}
}

// TestTCPFastRetransmit loses one segment of many: three duplicate ACKs bring it back within a round trip, and the window is halved.
func TestTCPFastRetransmit(t *testing.T) {
	for _, nth := range []int{0, 5} { // the first is also the one whose round trip is being timed
		testFastRetransmit(t, nth)
	}
}

// TestTCPDuplicateAcksKeepTheWindow loses one segment while the receiver's user reads what comes: every ACK for the gap must have the window of
// the first one, or the sender takes it for a window update and retransmits later.
func TestTCPDuplicateAcksKeepTheWindow(t *testing.T) {
	for _, nth := range []int{7, 8} { // one after a segment that is acknowledged at once, and one after another
		testDuplicateAcks(t, nth)
	}
}

func testDuplicateAcks(t *testing.T, nth int) {
	w := newTCPWorld(t, 1, LinkOptions{Shape: Shape{Delay: 10 * time.Millisecond, Rate: 1e6}})
	sent, after := 0, -1
	var missing uint32
	var client *tcpSocket
	w.link.SetFilter(AB, func(p *Packet) bool {
		switch {
		case len(p.Payload) == 0:
			return false
		case missing != 0 && p.TCP.Seq == missing && after < 0:
			after = int(client.stats.DuplicateAcks)
		}
		sent++
		if sent == nth {
			missing = p.TCP.Seq
		}
		return sent == nth
	})
	windows := map[uint16]int{}
	w.watch("b", func(p *Packet) bool {
		if missing != 0 && p.TCP.Ack == missing {
			windows[p.TCP.Window]++
		}
		return false
	})
	w.run(func() {
		c, s := w.pair()
		client = c
		w.sched.Root().Go("write", func() {
			ok(t, w.write(c, pattern(60000, 1)))
			c.Close()
		})
		_, err := w.readAll(s)
		ok(t, err)
		s.Close()
	})
	if len(windows) != 1 || after != 3 {
		t.Errorf("windows %v, sent again after %d duplicate ACKs", windows, after)
	}
}

func testFastRetransmit(t *testing.T, nth int) {
	w := newTCPWorld(t, 1, LinkOptions{Shape: Shape{Delay: 50 * time.Millisecond}})
	w.a.SetTCP(TCPConfig{InitialWindow: 20})
	var lostAt time.Duration
	lost := -1
	w.link.SetFilter(AB, func(p *Packet) bool {
		if len(p.Payload) == 0 {
			return false
		}
		lost++
		if lost == nth {
			lostAt = w.sched.Elapsed()
		}
		return lost == nth
	})
	data := pattern(200000, 1)
	w.run(func() {
		c, s := w.pair()
		w.sched.Root().Go("write", func() {
			ok(t, w.write(c, data))
		})
		w.wait(time.Millisecond)
		flight := c.sndNxt - c.sndUna
		w.wait(120 * time.Millisecond)
		if !c.fast || c.stats.FastRetransmits != 1 {
			t.Errorf("not in fast recovery at %v, lost at %v: %+v", w.sched.Elapsed(), lostAt, c.TCPInfo())
		}
		if c.cwnd != c.ssthresh+c.dupAcks*c.mss {
			t.Errorf("in fast recovery the window is %d, threshold %d, after %d duplicates", c.cwnd, c.ssthresh, c.dupAcks)
		}
		if half := int(flight) / 2; c.ssthresh < half || c.ssthresh > half+6*c.mss {
			t.Errorf("threshold %d after a loss with %d in flight", c.ssthresh, flight)
		}
		w.wait(90 * time.Millisecond)
		if c.srtt > 101*time.Millisecond {
			t.Errorf("SRTT %v: a segment sent twice was timed", c.srtt)
		}
		w.sched.Root().Go("close", func() { w.wait(2 * time.Second); c.Close() })
		if got, err := w.readAll(s); err != nil || string(got) != string(data) {
			t.Errorf("%d bytes, %v", len(got), err)
		}
		if c.stats.Timeouts != 0 || c.stats.Retransmits != 1 {
			t.Errorf("%d timeouts, %d segments sent again", c.stats.Timeouts, c.stats.Retransmits)
		}
	})
}

// TestTCPKarn delays the ACK of a segment sent twice: its round trip must not count, and the timeout stays backed off.
func TestTCPKarn(t *testing.T) {
	w := newTCPWorld(t, 1, LinkOptions{Shape: Shape{Delay: 10 * time.Millisecond}})
	w.run(func() {
		c, _ := w.pair()
		before := c.srtt
		if before != 20*time.Millisecond || c.rto != 220*time.Millisecond {
			t.Errorf("after the handshake: SRTT %v, RTO %v", before, c.rto)
		}
		w.link.SetBlocked(AB, true)
		ok(t, w.write(c, []byte("x")))
		w.wait(500 * time.Millisecond)
		w.link.SetBlocked(AB, false)
		w.wait(time.Second)
		if c.sndUna != c.sndMax || c.srtt != before || c.rto != 880*time.Millisecond {
			t.Errorf("SRTT %v, RTO %v, want %v and 880ms", c.srtt, c.rto, before)
		}
		ok(t, w.write(c, []byte("y")))
		w.wait(time.Second)
		if c.rto > 300*time.Millisecond {
			t.Errorf("RTO %v after a new sample", c.rto)
		}
	})
}

// TestTCPFair lets two flows share a bottleneck.
func TestTCPFair(t *testing.T) {
	w := newTCPWorld(t, 3, LinkOptions{Shape: Shape{Rate: 10e6, Delay: 10 * time.Millisecond, Queue: 50}})
	var got [2]int64
	w.run(func() {
		l := w.listener(80, 2)
		var ends [2]*tcpSocket
		for i := range ends {
			c := w.socket(w.a)
			ok(t, w.connect(c, netip.AddrPortFrom(w.bAddr, 80)))
			ends[i] = w.accept(l)
			w.sched.Root().Go("write", func() { w.write(c, pattern(64<<20, 1)) })
			w.sched.Root().Go("read", func() { w.readAll(ends[i]) })
			w.wait(300 * time.Millisecond)
		}
		w.wait(5 * time.Second)
		start := [2]int64{ends[0].stats.BytesReceived, ends[1].stats.BytesReceived}
		w.wait(30 * time.Second)
		for i := range ends {
			got[i] = ends[i].stats.BytesReceived - start[i]
		}
		w.a.Crash()
		w.b.Crash()
	})
	share := float64(got[0]) / float64(got[0]+got[1])
	total := mbps(int(got[0]+got[1]), 30*time.Second)
	t.Logf("share of the first %.3f, together %.2f Mbps", share, total)
	if share < 0.3 || share > 0.7 || total < 9 {
		t.Errorf("share of the first %.3f, together %.2f Mbps", share, total)
	}
}

// TestTCPDeterminism runs a lossy transfer twice: the same seed gives the same packets at the same times, another seed others.
func TestTCPDeterminism(t *testing.T) {
	run := func(seed uint64) string {
		w := newTCPWorld(t, seed, LinkOptions{Shape: Shape{Rate: 10e6, Delay: 10 * time.Millisecond, Loss: 0.02, Jitter: time.Millisecond}})
		sum := w.net.Hash()
		w.transfer(500000)
		return sum.Sum()
	}
	if a, b := run(1), run(1); a != b {
		t.Errorf("the same seed gave %s and %s", a, b)
	}
	if a, b := run(1), run(2); a == b {
		t.Error("another seed gave the same packets")
	}
}
