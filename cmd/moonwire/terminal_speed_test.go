//go:build unix

package main

import (
	"strings"
	"testing"
)

// BenchmarkPrompt starts moonwire at a terminal and waits for the first prompt in the textbook internet.
func BenchmarkPrompt(b *testing.B) {
	dir := b.TempDir()
	for b.Loop() {
		s := openTerminal(b, dir, nil)
		s.start()
		s.close()
	}
}

// BenchmarkKey types a letter and waits until it is seen.
func BenchmarkKey(b *testing.B) {
	s := openTerminal(b, b.TempDir(), nil)
	s.start()
	typed := ""
	for b.Loop() {
		if len(typed) == 40 {
			s.keys("\x15") // Ctrl-U: an empty line
			s.until("an empty line", func() bool { return strings.HasSuffix(s.screen.current(), "> ") })
			typed = ""
		}
		typed += "x"
		s.keys("x")
		s.until("the letter", func() bool { return strings.HasSuffix(s.screen.current(), " "+typed) })
	}
}
