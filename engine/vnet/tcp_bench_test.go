package vnet

import (
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/enginetest/usage"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// BenchmarkTCPBulk moves data over one connection and reports packets (data and ACKs) per second of wall time.
func BenchmarkTCPBulk(b *testing.B) {
	for _, c := range []struct {
		name  string
		shape Shape
	}{{"100Mbps", Shape{Rate: 100e6, Delay: 10 * time.Millisecond}}, {"ideal", Shape{Delay: time.Millisecond}}} {
		b.Run(c.name, func(b *testing.B) {
			w := newTCPWorld(b, 1, LinkOptions{Shape: c.shape})
			block := pattern(64<<10, 1)
			var end, peer *tcpSocket
			var began int64
			b.ReportAllocs()
			w.run(func() {
				end, peer = w.pair()
				reader := w.sched.Root().Go("read", func() {
					conn, buf := stack.NewConn(w.sched, peer), make([]byte, 64<<10)
					for {
						if _, err := conn.Read(buf); err != nil {
							return
						}
					}
				})
				b.ResetTimer()
				began = usage.Processor()
				conn := stack.NewConn(w.sched, end)
				for range b.N {
					conn.Write(block)
				}
				end.Close()
				reader.Join()
				b.StopTimer()
			})
			packets := end.stats.SegmentsOut + end.stats.SegmentsIn
			usage.Report(b, began, float64(packets))
			b.ReportMetric(float64(packets)/b.Elapsed().Seconds(), "packets/s")
			b.SetBytes(int64(len(block)))
		})
	}
}

// BenchmarkTCPConnect opens and closes connections, one after the other.
func BenchmarkTCPConnect(b *testing.B) {
	w := newTCPWorld(b, 1, LinkOptions{Shape: Shape{Delay: time.Millisecond}})
	w.a.SetTCP(TCPConfig{TimeWait: time.Second})
	b.ReportAllocs()
	w.run(func() {
		l := w.listener(80, 10)
		w.sched.Root().Go("server", func() {
			for range b.N {
				w.accept(l).Close()
			}
		})
		b.ResetTimer()
		for range b.N {
			c := w.socket(w.a)
			ok(b, w.connect(c, netip.AddrPortFrom(w.bAddr, 80)))
			c.Close()
		}
		b.StopTimer()
	})
}

// BenchmarkTCPIdle reports the memory of an idle connection: both of its ends.
func BenchmarkTCPIdle(b *testing.B) {
	const n = 10000
	for range b.N {
		w := newTCPWorld(b, 1, LinkOptions{})
		var before, after runtime.MemStats
		keep := make([]*tcpSocket, 0, 2*n)
		w.run(func() {
			runtime.GC()
			runtime.ReadMemStats(&before)
			l := w.listener(80, 10)
			for range n {
				c := w.socket(w.a)
				ok(b, w.connect(c, netip.AddrPortFrom(w.bAddr, 80)))
				keep = append(keep, c, w.accept(l))
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
		})
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/n, "B/connection")
		runtime.KeepAlive(keep)
	}
}
