package repl

import (
	"io"

	lua "github.com/yuin/gopher-lua"
)

// A Done is what came of a line.
type Done struct {
	Text    string       // what was typed
	Host    string       // where the user sat
	Typed   bool         // it was typed into a session of telnet; what follows is then empty, but for Output
	Command string       // the command's name; "" for Lua
	Args    []string     // of the command
	Open    bool         // the command goes on: telnet has connected
	Results []lua.LValue // of Lua
	Output  string       // what was printed since the last line, also by what goes on in the background; its first 64 KiB
	Err     error        // as printed, or ErrWaiting
}

// maxHeard bounds Done.Output.
const maxHeard = 64 << 10

// heard is what was printed since the last line.
type heard struct{ text []byte }

// hear returns a writer to w that is heard.
func (h *heard) hear(w io.Writer) io.Writer { return &hearing{w, h} }

type hearing struct {
	io.Writer
	heard *heard
}

func (h *hearing) Write(b []byte) (int, error) {
	room := maxHeard - len(h.heard.text)
	h.heard.text = append(h.heard.text, b[:min(len(b), room)]...)
	return h.Writer.Write(b)
}

// tell tells what came of a line. What is printed by whom it is told belongs to no line.
func (s *Shell) tell(d Done) {
	if s.options.Done == nil {
		return
	}
	d.Output = string(s.heard.text)
	s.heard.text = s.heard.text[:0]
	s.options.Done(s, d)
	s.heard.text = s.heard.text[:0]
}

// Commands returns all commands, in the order of the command help.
func (s *Shell) Commands() []*Command { return s.commands }

// Out returns where the shell prints.
func (s *Shell) Out() io.Writer { return s.out }

// Width returns how many columns there are to print in.
func (s *Shell) Width() int { return s.width() }
