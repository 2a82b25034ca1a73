package main

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/moonwire-lab/moonwire/engine/capture"
)

// pinging sends two pings, each of which is two packets, and then does something else.
const pinging = `local net = require "net"
local a, b = net.host("a"), net.host("b")
net.link(a, b, {delay = "10 ms"})
a:ping("b")
a:ping("b")
`

// captured returns how many packets are in a file, which must be whole.
func captured(t *testing.T, name string) int {
	t.Helper()
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	all, err := capture.Read(bytes.NewReader(file), 1<<20)
	if err != nil {
		t.Errorf("%d bytes: %v", len(file), err)
	}
	return len(all)
}

// leftAlone is told of a script that did not stop in time, as one that reads or that runs on a machine that is very busy.
const leftAlone = "moonwire: --trace: there is none, since the script did not stop\n"

// TestCaptureOutlivesTheRun ends runs from outside and looks whether their captures are whole.
func TestCaptureOutlivesTheRun(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such signals")
	}
	for _, c := range []struct {
		name, script string
		signal       syscall.Signal
		status       int
		want         string
	}{
		{"interrupted in a loop", `print "ready" while true do end`, syscall.SIGINT, statusInterrupted, "moonwire: interrupted\n"},
		{"asked to end", `print "ready" while true do end`, syscall.SIGTERM, statusInterrupted, "moonwire: interrupted\n"},
		{"terminal closed", `print "ready" while true do a:ping("b") end`, syscall.SIGHUP, statusInterrupted, "moonwire: interrupted\n"},
		{"reading", `print "ready" io.read("*l")`, syscall.SIGTERM, statusInterrupted, "moonwire: interrupted\n"},
		{"reader gone", `print "ready" while true do print "more" end`, syscall.SIGPIPE, -1, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			pcap, trace := filepath.Join(dir, "x.pcapng"), filepath.Join(dir, "x.jsonl")
			run, out, errs := startLab(t, pinging+`require("socket").connect("localhost", 1) `+c.script, "--output", "0", "--pcap", pcap, "--trace="+trace)
			if c.signal == syscall.SIGPIPE {
				out.Close()
			} else if err := run.Process.Signal(c.signal); err != nil {
				t.Fatal(err)
			}
			if got := exitStatus(run.Wait()); got != c.status || strings.TrimSuffix(errs.String(), leftAlone) != c.want {
				t.Errorf("status %d, standard error %q", got, errs.String())
			}
			if n := captured(t, pcap); n < 6 {
				t.Errorf("%d packets", n)
			}
			text, err := os.ReadFile(trace)
			if lost := strings.HasSuffix(errs.String(), leftAlone); err != nil || lost != (len(text) == 0) || !lost && !strings.HasSuffix(string(text), "}\n") {
				t.Errorf("the trace is %q, %v", text, err)
			}
		})
	}
}
