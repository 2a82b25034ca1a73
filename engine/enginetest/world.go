package enginetest

import (
	"fmt"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
	"github.com/moonwire-lab/moonwire/engine/osnet"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// A world is a client and a server joined by a link.
type world struct {
	*engine.World
	t              *testing.T
	p              Protocol
	server, client *engine.Host
	link           *vnet.Link
	serving        *stack.Stack // or nil
	stop           func()
	clients        []*stack.Stack
}

func newWorld(t *testing.T, p Protocol, seed uint64) *world {
	t.Helper()
	e, err := engine.New(engine.Options{Seed: seed, Hash: true, TimeLimit: 1000 * p.Patience})
	w := &world{World: e, t: t, p: p}
	w.must(err)
	t.Cleanup(e.Close)
	w.server, err = e.AddHost("server")
	w.must(err)
	w.client, err = e.AddHost("client")
	w.must(err)
	w.link, err = e.Net.Link(w.client.V, w.server.V, vnet.LinkOptions{Shape: vnet.Shape{Delay: 10 * time.Millisecond, Rate: 10_000_000}})
	w.must(err)
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// shape gives both directions of the link a shape.
func (w *world) shape(s vnet.Shape) {
	w.t.Helper()
	w.must(w.link.SetShape(0, s))
	w.must(w.link.SetShape(1, s))
}

// serve starts the server as a new process.
func (w *world) serve() {
	w.t.Helper()
	w.serving = w.server.NewStack("server")
	var err error
	_, w.stop, err = w.p.Serve(w.serving, w.server, ":"+strconv.Itoa(w.p.Port))
	w.must(err)
}

// run runs f as the main task until nothing more can happen. A wait without end is a failure.
func (w *world) run(f func()) {
	w.t.Helper()
	if err := w.Sched.Run(w.client.Group.Go("session", f)); err != nil {
		w.t.Fatal(err)
	}
}

// talk has one session in a new process and checks how it ended: in time, with a code if it failed, and with nothing left behind.
func (w *world) talk(what string) (string, error) {
	w.t.Helper()
	st := w.client.NewStack("client")
	began := w.Sched.Elapsed()
	got, err := w.p.Talk(st, "server:"+strconv.Itoa(w.p.Port))
	if took := w.Sched.Elapsed() - began; took > w.p.Patience {
		w.t.Errorf("%s took %v, more than %v", what, took, w.p.Patience)
	}
	if why := uncoded(err); why != "" {
		w.t.Errorf("%s: %s", what, why)
	}
	w.clients = append(w.clients, st)
	return got, err
}

// uncoded says what is wrong with an error for which stack.Code has no word, or "".
func uncoded(err error) string {
	if err != nil && stack.Code(err) == "failed" {
		return fmt.Sprintf("an error without a code: %v (%T)", err, err)
	}
	return ""
}

// mustTalk has a session that must succeed.
func (w *world) mustTalk(what string) string {
	w.t.Helper()
	got, err := w.talk(what)
	if err != nil {
		w.t.Errorf("%s: %v", what, err)
	}
	return got
}

// mustFail has a session that must not succeed.
func (w *world) mustFail(what string) {
	w.t.Helper()
	if got, err := w.talk(what); err == nil {
		w.t.Errorf("%s succeeded: %q", what, got)
	}
}

// end stops the server and checks that nothing is left behind.
func (w *world) end() {
	w.t.Helper()
	if w.serving != nil && !w.server.V.Down() {
		w.run(func() { w.stop() })
		w.left("the server", w.serving)
	}
	for _, st := range w.clients {
		w.left("a session", st)
	}
}

// left checks that no task and no socket of a process is left.
func (w *world) left(what string, st *stack.Stack) {
	w.t.Helper()
	if n, m := st.Group().Len(), st.OpenSockets(); n > 0 || m > 0 {
		w.t.Errorf("%s left %d tasks and %d sockets", what, n, m)
	}
}

// machine runs the session on the machine's own network.
func machine(t *testing.T, p Protocol, want string) {
	allow, err := osnet.ParseAllow("127.0.0.1:*")
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.New(engine.Options{Seed: 1, Real: true, Allow: allow, TimeLimit: time.Minute})
	if err != nil {
		interop.Missing(t, "the machine's network: %v", err)
	}
	defer e.Close()
	host, err := e.Local()
	if err != nil {
		t.Fatal(err)
	}
	server, client := host.NewStack("server"), host.NewStack("client")
	main := host.Group.Go("main", func() {
		at, stop, err := p.Serve(server, host, "127.0.0.1:0")
		if err != nil {
			t.Error(err)
			return
		}
		if _, port, err := net.SplitHostPort(at); err != nil || port == "0" {
			t.Errorf("the server says that it listens on %q", at)
		}
		if got, err := p.Talk(client, at); got != want || err != nil {
			t.Errorf("transcript\n%s\n%v, want\n%s", got, err, want)
		}
		stop()
	})
	if err := e.Sched.Run(main); err != nil {
		t.Error(err)
	}
	for _, st := range []*stack.Stack{server, client} {
		if n, m := st.Group().Len(), st.OpenSockets(); n > 0 || m > 0 {
			t.Errorf("%s left %d tasks and %d sockets", st.ProcessName(), n, m)
		}
	}
}
