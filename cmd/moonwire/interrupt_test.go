package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/moonwire-lab/moonwire/engine/grade/report"
)

// startLab starts a script, without a limit of fuel, and waits until it has printed "ready". What else it prints can be read; its standard input
// stays open.
func startLab(t *testing.T, script string, flags ...string) (c *exec.Cmd, out io.ReadCloser, errs *bytes.Buffer) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "lab.lua")
	c = exec.Command("moonwire", append(append([]string{"run", "--fuel", "0"}, flags...), file)...)
	errs = new(bytes.Buffer)
	c.Stderr = errs
	in, err1 := c.StdinPipe()
	out, err2 := c.StdoutPipe()
	if err := errors.Join(err1, err2, os.WriteFile(file, []byte(script), 0o644), c.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close() })
	if line, err := bufio.NewReader(io.LimitReader(out, 6)).ReadString('\n'); line != "ready\n" {
		c.Process.Kill()
		t.Fatalf("got %q, %v; %s", line, err, errs)
	}
	return c, out, errs
}

// TestInterrupt sends Ctrl-C's signal to a script that sleeps, to one that computes and to one that reads a terminal
// where nobody types.
func TestInterrupt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be sent SIGINT on Windows")
	}
	for name, script := range map[string]string{
		"sleeps":   `print "ready" require("task").sleep(3600)`,
		"computes": `print "ready" while true do end`,
		"reads":    `print "ready" io.read("*l")`,
	} {
		t.Run(name, func(t *testing.T) {
			c, _, errs := startLab(t, script, "--realtime")
			if err := c.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			if got := exitStatus(c.Wait()); got != statusInterrupted {
				t.Errorf("exit status %d, want %d", got, statusInterrupted)
			}
			if got := errs.String(); got != "moonwire: interrupted\n" {
				t.Errorf("standard error is %q", got)
			}
		})
	}
}

// TestInterruptedGrading sends Ctrl-C's signal while the second of three submissions loops: the reports are written, with what was earned until then.
func TestInterruptedGrading(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be sent SIGINT on Windows")
	}
	folder := t.TempDir()
	for name, text := range map[string]string{
		"ex/check.lua": `local check, net = require "check", require "net"
			check.exercise{main = "main.lua", modules = {}, limits = {fuel = 1e12}}
			check.test{name = "prints", points = 2, run = function(t) t:expect(t:start(net.host("pc"))):prints("x") end}
			check.test{name = "ends", points = 1, run = function(t) t:expect(t:start(net.host("pc"))):exits() end}`,
		"a.lua": `print "x"`, "b.lua": `print "x" while true do end`, "c.lua": `print "x"`,
	} {
		file := filepath.Join(folder, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.Command("moonwire", "grade", "--jobs", "1", "--timeout", "600s", "--format", "json=report.json", "ex", "a.lua", "b.lua", "c.lua")
	c.Dir = folder
	pipe, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(pipe)
	for said := ""; !strings.HasPrefix(said, "1 of 3: a has 3 of 3 points"); {
		if said, err = lines.ReadString('\n'); err != nil {
			c.Process.Kill()
			t.Fatalf("%q, %v", said, err)
		}
	}
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(lines)
	if got := exitStatus(c.Wait()); got != statusInterrupted || !strings.Contains(string(rest), "interrupted: 1 of 3 submissions") {
		t.Errorf("exit status %d; %s", got, rest)
	}
	f, err := os.Open(filepath.Join(folder, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	results, err := report.ReadDocument(f)
	if err != nil || len(results) != 3 || !results[0].Complete || results[0].Score != 3 || results[1].Complete || results[2].Complete {
		t.Errorf("%v: %+v", err, results)
	}
}
