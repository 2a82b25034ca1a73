package main

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

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
			file := filepath.Join(t.TempDir(), "lab.lua")
			if err := os.WriteFile(file, []byte(script), 0o644); err != nil {
				t.Fatal(err)
			}
			c := exec.Command("moonwire", "run", "--realtime", "--fuel", "0", file)
			var errs bytes.Buffer
			c.Stderr = &errs
			in, err := c.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			out, err := c.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
				c.Process.Kill()
				t.Fatalf("got %q, %v; %s", line, err, errs.String())
			}
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
