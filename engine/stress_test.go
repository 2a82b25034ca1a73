package engine_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// traffic is what one stress run did.
type traffic struct {
	hash      string
	elapsed   time.Duration
	completed int
	failed    int
}

const (
	stressHosts       = 50
	stressConnections = 1000
)

// stress joins 50 hosts at random by links that lose, reorder, duplicate and corrupt, and opens 1,000 connections
// among them, each of which sends random bytes and wants them back.
func stress(t testing.TB, seed uint64) traffic {
	w, err := engine.New(engine.Options{Seed: seed, Hash: true})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	rng := w.Sched.Rand("stress")
	stacks := stressTopology(t, w, rng)
	var out traffic
	main := w.Sched.Root().Go("main", func() {
		for _, s := range stacks {
			listenEcho(t, s, 7)
		}
		for i := range stressConnections {
			from, to := stacks[rng.IntN(stressHosts)], stacks[rng.IntN(stressHosts)]
			at, size := time.Duration(rng.IntN(20_000))*time.Millisecond, rng.IntN(30_000)
			from.Go(fmt.Sprintf("client %d", i), func() {
				from.Sleep(at)
				if err := roundTrip(from, to.HostName(), size); err != nil {
					out.failed++
				} else {
					out.completed++
				}
			})
		}
	})
	if err := w.Sched.Run(main); err != nil {
		t.Fatal(err)
	}
	out.hash, out.elapsed = w.Hash(), w.Sched.Elapsed()
	return out
}

func stressTopology(t testing.TB, w *engine.World, rng *rand.Rand) []*stack.Stack {
	var hosts []*engine.Host
	var stacks []*stack.Stack
	for i := range stressHosts {
		h, err := w.AddHost(fmt.Sprintf("h%d", i))
		if err != nil {
			t.Fatal(err)
		}
		h.V.SetForwarding(true)
		hosts, stacks = append(hosts, h), append(stacks, h.NewStack("stress"))
	}
	join := func(a, b int) {
		shape := vnet.Shape{Delay: time.Duration(1+rng.IntN(20)) * time.Millisecond, Rate: int64(1+rng.IntN(100)) * 1e6,
			Loss: 0.02 * rng.Float64(), Reorder: 0.05, Duplicate: 0.01, Corrupt: 0.01, Jitter: time.Millisecond}
		if _, err := w.Net.Link(hosts[a].V, hosts[b].V, vnet.LinkOptions{Shape: shape}); err != nil {
			t.Fatal(err)
		}
	}
	for i := 1; i < stressHosts; i++ {
		join(i, rng.IntN(i))
	}
	for range stressHosts {
		if a, b := rng.IntN(stressHosts), rng.IntN(stressHosts); a != b {
			join(a, b)
		}
	}
	return stacks
}

func listenEcho(t testing.TB, s *stack.Stack, port int) {
	l, err := s.Listen("tcp", fmt.Sprintf(":%d", port))
	if err != nil {
		t.Error(err)
		return
	}
	s.Go("echo", func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.Go("session", func() {
				defer c.Close()
				io.Copy(c, c)
			})
		}
	})
}

// roundTrip sends size random bytes to a host's echo service and wants them back.
func roundTrip(s *stack.Stack, host string, size int) error {
	c, err := s.Dial("tcp", net.JoinHostPort(host, "7"))
	if err != nil {
		return err
	}
	defer c.Close()
	sent := make([]byte, size)
	for i := range sent {
		sent[i] = byte(s.Rand().Uint32())
	}
	s.Go("writer", func() {
		c.Write(sent)
		c.CloseWrite()
	})
	got, err := io.ReadAll(c)
	if err != nil {
		return err
	}
	if !bytes.Equal(sent, got) {
		panic("TCP changed the bytes")
	}
	return nil
}

func TestStressIsTheSameEveryTime(t *testing.T) {
	hashes := map[string]bool{}
	for _, seed := range []uint64{1, 2} {
		var first traffic
		for run, procs := range []int{1, 2} {
			before := runtime.GOMAXPROCS(procs)
			got := stress(t, seed)
			runtime.GOMAXPROCS(before)
			if got.completed < stressConnections*9/10 {
				t.Errorf("seed %d: %d of %d connections completed, %d failed", seed, got.completed, stressConnections, got.failed)
			}
			if run == 0 {
				first = got
				t.Logf("seed %d: %+v", seed, got)
			} else if got != first {
				t.Errorf("seed %d, GOMAXPROCS %d: %+v, before %+v", seed, procs, got, first)
			}
		}
		hashes[first.hash] = true
	}
	if len(hashes) != 2 {
		t.Error("two seeds gave the same packets")
	}
}
