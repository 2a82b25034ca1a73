// Package enginetest is the conformance suite that every protocol calls: Run takes a server and a session of a client and
// checks, on the virtual internet and on the machine's own network, that
//
//   - the same seed gives the same packets, another seed the same outcome, and so do streams that arrive in small pieces;
//   - loss, a partition or a crash at any moment of the session ends it well or in an error with a code, never in a wait without end,
//     and the next session succeeds once the network is whole again;
//   - a client that finds nobody, a server that says nothing, nonsense, or goes away ends in an error with a code;
//   - nonsense, endless lines, half-closed and silent clients do not stop a server, and cost it bounded memory;
//   - when session and server are over no task and no socket is left.
package enginetest

import (
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A Protocol is what the suite checks.
type Protocol struct {
	// Serve starts a server on st, a process of host, and returns at once: what waits is a task of st.Go. It listens on address, "host:port"; port 0
	// draws one, for every transport that it serves. It returns the "host:port" where it listens, and what ends it: after stop, no task and no socket
	// of st is left.
	Serve func(st *stack.Stack, host *engine.Host, address string) (at string, stop func(), err error)

	// Talk is one whole session of a client with the server at address, and returns a transcript of what it saw. On a network without faults
	// it is the same each time, whatever the seed: no times, ports or random numbers.
	Talk func(st *stack.Stack, address string) (transcript string, err error)

	// Datagrams says that garbage is sent over UDP, too.
	Datagrams bool

	// Stream says that the server takes TCP connections.
	Stream bool

	// Port is where the server listens in a world; 0 means 7000.
	Port int

	// Patience is how long, in virtual time, a session may take when things go wrong, and how long a server may
	// keep a silent client; 0 means 1 hour.
	Patience time.Duration

	// Garbage is more nonsense to send, such as commands in a wrong order; each is sent on a connection (or in a datagram) of its own.
	Garbage [][]byte
}

// Run checks p. Its subtests bear the names of what they check.
func Run(t *testing.T, p Protocol) {
	t.Helper()
	if p.Port == 0 {
		p.Port = 7000
	}
	if p.Patience == 0 {
		p.Patience = time.Hour
	}
	want := clean(t, p, 1)
	if t.Failed() {
		return
	}
	t.Run("repeatable", func(t *testing.T) { repeatable(t, p, want) })
	t.Run("pieces", func(t *testing.T) { pieces(t, p, want) })
	t.Run("loss", func(t *testing.T) { loss(t, p, want) })
	t.Run("partition", func(t *testing.T) { partitions(t, p, want) })
	t.Run("crash", func(t *testing.T) { crashes(t, p, want) })
	t.Run("nobody", func(t *testing.T) { nobody(t, p) })
	t.Run("bad server", func(t *testing.T) { badServers(t, p) })
	t.Run("bad clients", func(t *testing.T) { badClients(t, p, want) })
	t.Run("machine", func(t *testing.T) { machine(t, p, want.transcript) })
}

// An outcome is what a session without faults is like.
type outcome struct {
	transcript string
	hash       string
	elapsed    time.Duration
}

// clean runs one session without faults and checks that nothing is left behind.
func clean(t *testing.T, p Protocol, seed uint64) outcome {
	t.Helper()
	w := newWorld(t, p, seed)
	w.serve()
	var out outcome
	w.run(func() {
		out.transcript = w.mustTalk("session")
		out.elapsed = w.Sched.Elapsed()
	})
	w.end()
	out.hash = w.Hash()
	if out.transcript == "" {
		t.Error("the session's transcript is empty: nothing could be compared")
	}
	return out
}

func repeatable(t *testing.T, p Protocol, want outcome) {
	if again := clean(t, p, 1); again != want {
		t.Errorf("seed 1 twice:\n%+v\n%+v", want, again)
	}
	for seed := uint64(2); seed <= 5; seed++ {
		if got := clean(t, p, seed); got.transcript != want.transcript {
			t.Errorf("seed %d: transcript\n%s\nwant\n%s", seed, got.transcript, want.transcript)
		}
	}
}

// pieces cuts every stream into segments of 60 bytes at most and lets packets jitter.
func pieces(t *testing.T, p Protocol, want outcome) {
	w := newWorld(t, p, 1)
	if p.Stream && !p.Datagrams {
		w.must(w.link.SetMTU(100))
	}
	shape := w.link.Shape(0)
	shape.Jitter, shape.Duplicate = 5*time.Millisecond, 0.1
	w.shape(shape)
	w.serve()
	w.run(func() {
		if got := w.mustTalk("session in pieces"); got != want.transcript {
			t.Errorf("transcript\n%s\nwant\n%s", got, want.transcript)
		}
	})
	w.end()
}

func loss(t *testing.T, p Protocol, want outcome) {
	ended := 0
	for seed := uint64(1); seed <= 8; seed++ {
		w := newWorld(t, p, seed)
		shape := w.link.Shape(0)
		shape.Loss, shape.Reorder = 0.15, 0.05
		w.shape(shape)
		w.serve()
		w.run(func() {
			if got, err := w.talk("session with loss"); err == nil && got == want.transcript {
				ended++
			}
		})
		w.end()
	}
	if ended == 0 {
		t.Error("no session of eight came through a loss of 15 %")
	}
}

// moments are the places within a session where a fault is put.
const moments = 12

// partitions parts client and server at moments of the session, for good as far as the session is concerned.
func partitions(t *testing.T, p Protocol, want outcome) {
	for i := range moments {
		w := newWorld(t, p, 1)
		w.serve()
		w.Sched.After(want.elapsed*time.Duration(i)/moments, func() {
			w.must(w.Net.Partition(w.client.V, w.server.V))
			w.must(w.Net.Partition(w.server.V, w.client.V))
		})
		w.run(func() {
			w.talk("session that is cut")
			w.Net.HealAll()
			if got := w.mustTalk("session after the partition"); got != want.transcript {
				t.Errorf("after a partition at moment %d: transcript\n%s\nwant\n%s", i, got, want.transcript)
			}
		})
		w.end()
	}
}

// crashes switches the server's host off at moments of the session, and on again.
func crashes(t *testing.T, p Protocol, want outcome) {
	for i := range moments {
		w := newWorld(t, p, 1)
		w.serve()
		w.Sched.After(want.elapsed*time.Duration(i)/moments, func() { w.must(w.server.Crash()) })
		w.run(func() {
			w.talk("session with a server that crashes")
			if !w.server.V.Down() {
				return // the session was over before
			}
			w.server.V.Restart()
			w.serve()
			w.mustTalk("session after the restart")
		})
		w.end()
	}
}

// nobody lets the client find no server, and no host.
func nobody(t *testing.T, p Protocol) {
	w := newWorld(t, p, 1)
	w.run(func() {
		w.mustFail("session without a server")
		w.must(w.server.Crash())
		w.mustFail("session with a host that is down")
	})
	w.end()
}
