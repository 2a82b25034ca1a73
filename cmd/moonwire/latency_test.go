package main

import (
	"io"
	"strings"
	"testing"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/repl"
)

// textbookShell opens a shell in the textbook internet.
func textbookShell(b *testing.B) *repl.Shell {
	b.Helper()
	o := repl.Options{Run: bindings.Run{World: engine.Options{Seed: 1}, Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard}}
	inTextbook(&o)
	s, err := repl.New(o)
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// BenchmarkShellStart opens and closes a shell in the textbook internet.
func BenchmarkShellStart(b *testing.B) {
	for b.Loop() {
		textbookShell(b).Close()
	}
}

// BenchmarkShellComplete completes lines of each kind in the textbook internet.
func BenchmarkShellComplete(b *testing.B) {
	s := textbookShell(b)
	defer s.Close()
	s.Do(`net, dns = require "net", require "dns"`)
	for name, line := range map[string]string{
		"global": "p", "member": "net.", "host": "dig ", "quoted": `net.find("g`, "option": "net.link(a, b, {d", "topic": "help n", "lab": "run s", "file": "cat ",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, candidates := s.Complete(line); len(candidates) == 0 {
					b.Fatal("no candidates")
				}
			}
		})
	}
}
