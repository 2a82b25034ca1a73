// Package socktest compares modules with the libraries they follow: the same scripts of probes run under lua5.1 with LuaSocket
// and LuaSec, here on a virtual network, and here on the machine's own, with the same server on the other side, and have to
// print the same. It is for tests.
package socktest

import (
	"bytes"
	_ "embed"
	"flag"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/luaio"
	"github.com/moonwire-lab/moonwire/bindings/luaos"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
	"github.com/moonwire-lab/moonwire/engine/osnet"
)

var update = flag.Bool("update", false, "write the expected transcripts anew with lua5.1")

//go:embed harness.lua
var harness string

// A Suite is a folder testdata/probes of scripts and what their results may differ in. The expected transcripts
// stand in testdata/expected.
type Suite struct {
	Modules     []*bind.Module
	Requires    []string          // Lua modules that lua5.1 must have
	Harness     string            // Lua code for all probes, after that of this package
	Files       map[string]string // what the probes find beside them
	Allow       []string          // rules for the machine's network, besides those of Allow
	LeaveOut    map[string]string // scripts that this machine's network cannot run, without ".lua", and why
	Differences map[string]string // by probe, after "virtual/" or "real/" if it is so there alone: why it is not as the library is, for good
	AtLeast     int               // how many probes there have to be
}

// Run runs the probes on all three. A difference that is not listed fails, and so does a listed one that is gone.
func (s Suite) Run(t *testing.T) {
	all := s.scripts(t)
	possible := slices.DeleteFunc(slices.Clone(all), func(script string) bool {
		why, out := s.LeaveOut[nameOf(script)]
		if out {
			t.Logf("%s is left out on the machine's network: %s", script, why)
		}
		return out
	})
	t.Run("lua5.1", func(t *testing.T) { s.transcripts(t, possible) })
	t.Run("virtual", func(t *testing.T) { s.here(t, all, "virtual", Virtual) })
	t.Run("real", func(t *testing.T) {
		s.here(t, possible, "real", func(t *testing.T, source string, modules []*bind.Module, files map[string]string) string {
			return Real(t, source, modules, files, s.Allow...)
		})
	})
}

func (s Suite) scripts(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/probes/*.lua")
	if err != nil || len(files) == 0 {
		t.Fatalf("no probes: %v", err)
	}
	return files
}

// source returns a script of probes with the harness in front.
func (s Suite) source(t *testing.T, script string) string {
	return harness + s.Harness + Read(t, script)
}

func nameOf(script string) string { return strings.TrimSuffix(filepath.Base(script), ".lua") }

func expectedFile(script string) string {
	return filepath.Join("testdata/expected", nameOf(script)+".txt")
}

// transcripts checks that the expected transcripts are what the library says today.
func (s Suite) transcripts(t *testing.T, scripts []string) {
	lua := interop.Lua(t, append(s.Requires, "socket")...)
	port := Peer(t)
	count := 0
	for _, script := range scripts {
		source := s.source(t, script)
		dir := t.TempDir()
		for name, text := range s.Files {
			write(t, filepath.Join(dir, name), text)
		}
		write(t, filepath.Join(dir, "probe.lua"), source)
		cmd := exec.CommandContext(t.Context(), lua, "probe.lua", port)
		cmd.Dir, cmd.Stderr = dir, os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v\n%s", script, err, out)
		}
		if *update {
			write(t, expectedFile(script), string(out))
		}
		want := parse(Read(t, expectedFile(script)))
		count += len(want.names)
		compare(t, want, parse(string(out)), nil)
	}
	t.Logf("%d probes", count)
	if count < s.AtLeast {
		t.Errorf("only %d probes", count)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// here runs the probes as processes of worlds.
func (s Suite) here(t *testing.T, scripts []string, network string, run func(*testing.T, string, []*bind.Module, map[string]string) string) {
	known := map[string]string{}
	for probe, why := range s.Differences {
		if name, only := strings.CutPrefix(probe, network+"/"); only || !strings.HasPrefix(probe, "virtual/") && !strings.HasPrefix(probe, "real/") {
			known[name] = why
		}
	}
	agree, found := 0, 0
	for _, script := range scripts {
		got := parse(run(t, s.source(t, script), s.Modules, s.Files))
		want := parse(Read(t, expectedFile(script)))
		agree += compare(t, want, got, known)
		found += len(want.names)
	}
	t.Logf("%d of %d probes agree", agree, found)
}

// Peer starts the server of parts on the machine's network, for the time of the test, and returns its port.
func Peer(t *testing.T) string {
	t.Helper()
	n := network{
		listen: func() (net.Listener, error) { return net.Listen("tcp4", "127.0.0.1:0") },
		dial:   func(address string) (net.Conn, error) { return net.DialTimeout("tcp4", address, patience) },
		spawn:  func(f func()) { go f() },
		now:    time.Now,
	}
	l, err := n.listen()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go n.serve(l)
	return strconv.Itoa(portOf(l))
}

// Virtual runs a script on a virtual network, with files beside it, and returns what it printed.
func Virtual(t *testing.T, source string, modules []*bind.Module, files map[string]string) string {
	t.Helper()
	w, h := world(t, engine.Options{TimeLimit: time.Hour})
	st := h.NewStack("peer")
	n := network{
		listen: func() (net.Listener, error) { return st.Listen("tcp4", "127.0.0.1:0") },
		dial:   func(address string) (net.Conn, error) { return st.Dial("tcp4", address) },
		spawn:  func(f func()) { st.Go("part", f) },
		now:    st.Now,
	}
	l, err := n.listen()
	if err != nil {
		t.Fatal(err)
	}
	st.Go("peer", func() { n.serve(l) })
	put(t, h, "probe.lua", source)
	return runScript(t, w, h, modules, files, strconv.Itoa(portOf(l)))
}

// Real runs a script on the machine's network, with files beside it, and returns what it printed. The rules are for Allow.
func Real(t *testing.T, source string, modules []*bind.Module, files map[string]string, rules ...string) string {
	t.Helper()
	w, h := world(t, engine.Options{Real: true, Allow: Allow(t, rules...)})
	put(t, h, "probe.lua", source)
	return runScript(t, w, h, modules, files, Peer(t))
}

// Allow lets scripts use the machine's own addresses, and what the rules say.
func Allow(t *testing.T, rules ...string) *osnet.Allow {
	t.Helper()
	allow, err := osnet.ParseAllow(append(rules, "127.0.0.1:*", "localhost:*", "-no-such-host.invalid:*")...)
	if err != nil {
		t.Fatal(err)
	}
	return allow
}

func world(t *testing.T, o engine.Options) (*engine.World, *engine.Host) {
	t.Helper()
	w, err := engine.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	h, err := w.Local()
	if err != nil {
		t.Fatal(err)
	}
	return w, h
}

// fuel is more than any script of a test needs, so that one that loops ends.
const fuel = 200_000_000

// put writes a file where the host's processes see it.
func put(t *testing.T, h *engine.Host, name, text string) {
	t.Helper()
	if err := afero.WriteFile(h.FS, "/"+name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func runScript(t *testing.T, w *engine.World, h *engine.Host, modules []*bind.Module, files map[string]string, port string) string {
	t.Helper()
	for name, text := range files {
		put(t, h, name, text)
	}
	var out, errs bytes.Buffer
	p, err := process.Start(h, "probe.lua", "probe.lua", []string{port}, process.Options{
		Standard: []*bind.Module{luaio.Module, luaos.Module}, Modules: modules, Stdout: &out, Stderr: &errs, Limits: process.Limits{Fuel: fuel}})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Sched.Run(p.Main()); err != nil {
		t.Errorf("run: %v", err)
	}
	if errs.Len() > 0 {
		t.Errorf("standard error: %s", errs.String())
	}
	return out.String()
}

// Read returns the text of a file.
func Read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A transcript is what the probes of a file printed, by the probe's name.
type transcript struct {
	names []string
	lines map[string]string
}

func parse(text string) transcript {
	tr := transcript{lines: map[string]string{}}
	for line := range strings.Lines(text) {
		name, _, ok := strings.Cut(line, ": ")
		if !ok {
			name = "(no probe)"
		}
		if !slices.Contains(tr.names, name) {
			tr.names = append(tr.names, name)
		}
		tr.lines[name] += line
	}
	return tr
}

// compare reports the probes that differ without being known to, and those that are known to but do not.
func compare(t *testing.T, want, got transcript, known map[string]string) (agree int) {
	t.Helper()
	for _, name := range want.names {
		same := want.lines[name] == got.lines[name]
		_, expected := known[name]
		switch {
		case !same && !expected:
			t.Errorf("%s\nlibrary:\n%shere:\n%s", name, want.lines[name], got.lines[name])
		case same && expected:
			t.Errorf("%s: stands in the list of differences, but does not differ", name)
		}
		if same {
			agree++
		}
	}
	for _, name := range got.names {
		if _, ok := want.lines[name]; !ok {
			t.Errorf("%s: not in the expected transcript; run the tests with -update\n%s", name, got.lines[name])
		}
	}
	return agree
}
