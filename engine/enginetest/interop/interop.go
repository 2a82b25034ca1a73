// Package interop lets tests talk with programs that others wrote, on the machine's loopback network.
package interop

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/osnet"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// Program returns the path of a program. Without it the test is skipped, or fails if the environment says MOONWIRE_INTEROP=require.
func Program(t testing.TB, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		text := fmt.Sprintf("no %s (Debian: apt-get install %s)", name, debian)
		if os.Getenv("MOONWIRE_INTEROP") == "require" {
			t.Fatal(text)
		}
		t.Skip(text)
	}
	return path
}

// A Machine is the machine's network as a world, of which only 127.0.0.1 may be used.
type Machine struct {
	*stack.Stack
	Host *engine.Host
}

// Run runs f as the main task of a process of the machine. It fails the test if that takes more than a minute.
func Run(t testing.TB, f func(m *Machine)) {
	t.Helper()
	allow, err := osnet.ParseAllow("127.0.0.1:*")
	if err != nil {
		t.Fatal(err)
	}
	w, err := engine.New(engine.Options{Seed: 1, Real: true, Allow: allow, TimeLimit: time.Minute})
	if err != nil {
		t.Skip(err)
	}
	defer w.Close()
	host, err := w.Local()
	if err != nil {
		t.Fatal(err)
	}
	st := host.NewStack("interop")
	finished := errors.New("finished")
	main := st.Go("main", func() {
		f(&Machine{st, host})
		w.Sched.Interrupt(finished) // whatever still serves
	})
	if err := w.Sched.Run(main); err != finished {
		t.Error(err)
	}
	st.Close()
}

// Output runs a command while the other tasks go on, and returns what it printed on both streams.
func (m *Machine) Output(cmd *exec.Cmd) (string, error) {
	var out []byte
	var err error
	m.Scheduler().Block(sim.Wait{Call: "command"}, func() { out, err = cmd.CombinedOutput() })
	return string(out), err
}
