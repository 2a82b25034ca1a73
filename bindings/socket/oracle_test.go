package socket_test

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/luaio"
	"github.com/moonwire-lab/moonwire/bindings/luaos"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/bindings/socket"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/osnet"
)

var update = flag.Bool("update", false, "write the expected transcripts anew with lua5.1 and LuaSocket")

// oracle returns the path of a lua5.1 that has LuaSocket. Without one it skips the test, or, if the environment says
// MOONWIRE_INTEROP=require, fails it.
func oracle(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("lua5.1")
	if err == nil {
		err = exec.Command(path, "-e", `require "socket"`).Run()
	}
	if err != nil {
		const text = "no lua5.1 with LuaSocket (Debian: apt-get install lua5.1 lua-socket): %v"
		if os.Getenv("MOONWIRE_INTEROP") == "require" {
			t.Fatalf(text, err)
		}
		t.Skipf(text, err)
	}
	return path
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
		if _, seen := tr.lines[name]; !seen {
			tr.names = append(tr.names, name)
		}
		tr.lines[name] += line
	}
	return tr
}

// probes returns the scripts by file name without ".lua", each with the harness in front.
func probes(t *testing.T) map[string]string {
	t.Helper()
	harness := read(t, "testdata/probes/harness.lua")
	files, err := filepath.Glob("testdata/probes/*.lua")
	if err != nil {
		t.Fatal(err)
	}
	scripts := map[string]string{}
	for _, f := range files {
		if name := strings.TrimSuffix(filepath.Base(f), ".lua"); name != "harness" {
			scripts[name] = harness + read(t, f)
		}
	}
	return scripts
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func expectedFile(name string) string { return "testdata/expected/" + name + ".txt" }

// start runs a script as the only process of a world and returns what it printed.
func start(t *testing.T, o engine.Options, source string, args ...string) string {
	t.Helper()
	w, err := engine.New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	host, err := w.Local()
	if err != nil {
		t.Fatal(err)
	}
	if err := afero.WriteFile(host.FS, "/probe.lua", []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	po := processOptions()
	po.Stdout, po.Stderr = &out, &errs
	p, err := process.Start(host, "probe.lua", "probe.lua", args, po)
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

func processOptions() process.Options {
	return process.Options{Standard: []*bind.Module{luaio.Module, luaos.Module}, Modules: []*bind.Module{socket.Module}}
}

// realWorld is the machine's network with what the probes need of it.
func realWorld(t *testing.T) engine.Options {
	t.Helper()
	allow, err := osnet.ParseAllow("127.0.0.1:*", "[::1]:*", "0.0.0.0:*", "[::]:*", "localhost:*", "no-such-host.invalid:*",
		"192.0.2.77:*", "255.255.255.255:9", "224.0.0.251:*", "*:*")
	if err != nil {
		t.Fatal(err)
	}
	return engine.Options{Real: true, Allow: allow}
}
