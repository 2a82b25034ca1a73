// Package interop lets tests talk with programs that others wrote, on the machine's loopback network.
package interop

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/osnet"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// Missing ends a test that this machine has not all for: it is skipped, or fails if the environment says MOONWIRE_INTEROP=require.
func Missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("MOONWIRE_INTEROP") == "require" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// Program returns the path of a program, which Debian's packages of that name contain. Without it the test ends as Missing says.
func Program(t testing.TB, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/" + name) // where users' paths need not lead
	}
	if err != nil {
		Missing(t, "no %s (Debian: apt-get install %s)", name, debian)
	}
	return path
}

// Lua returns the path of lua5.1 with the modules. Without them the test ends as Missing says.
func Lua(t testing.TB, modules ...string) string {
	t.Helper()
	path := Program(t, "lua5.1", "lua5.1")
	for _, m := range modules {
		has(t, exec.Command(path, "-e", "require "+strconv.Quote(m)), "lua5.1 with "+m, "lua-socket lua-sec")
	}
	return path
}

// Python returns the path of Debian's Python with the modules, which its packages of that name contain. Without them the test ends as
// Missing says.
func Python(t testing.TB, debian string, modules ...string) string {
	t.Helper()
	path := Program(t, "/usr/bin/python3", "python3")
	for _, m := range modules {
		has(t, exec.Command(path, "-c", "import "+m), "python3 with "+m, debian)
	}
	return path
}

// has ends the test if the command fails.
func has(t testing.TB, cmd *exec.Cmd, what, debian string) {
	t.Helper()
	cmd.Dir = t.TempDir() // where no file has a module's name
	if out, err := cmd.CombinedOutput(); err != nil {
		Missing(t, "no %s (Debian: apt-get install %s): %v\n%s", what, debian, err, out)
	}
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
		Missing(t, "the machine's network: %v", err)
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
