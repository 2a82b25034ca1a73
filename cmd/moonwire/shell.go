package main

import (
	"os"
	"path/filepath"

	"golang.org/x/term"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/repl"
)

type shellCommand struct {
	worldFlags
	Host string `placeholder:"HOST" help:"Where to sit at first."`
	limitFlags
}

const greeting = `moonwire: an internet in one process. help explains, Tab completes, Ctrl-D leaves.`

// Run reads commands and Lua until the end of the input.
func (f *shellCommand) Run(c *console) error {
	world, err := f.world()
	if err != nil {
		return err
	}
	limits, err := f.limits()
	if err != nil {
		return err
	}
	folder, err := os.OpenRoot(".")
	if err != nil {
		return err
	}
	defer folder.Close()
	world.Files = bindings.Files(folder.FS())
	terminal := isTerminal(c.in) && isTerminal(c.out)
	s, err := repl.New(repl.Options{
		Run:  bindings.Run{World: world, Limits: limits, Modules: []*bind.Module{repl.Module}, Stdin: c.in, Stdout: c.out, Stderr: c.err},
		Host: f.Host, Terminal: terminal, Color: terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb",
		History: historyFile(), Greeting: greeting,
	})
	if err != nil {
		return err
	}
	defer s.Close()
	ctx, stop := interruptibleShell(terminal)
	defer stop()
	if status := s.Loop(ctx); status != 0 {
		return statusError(status)
	}
	return nil
}

// isTerminal reports whether a stream of the console is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// historyFile is where the lines of earlier sessions are kept; "" if there is no place for it.
func historyFile() string {
	folder, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	folder = filepath.Join(folder, "moonwire")
	if os.MkdirAll(folder, 0o700) != nil {
		return ""
	}
	return filepath.Join(folder, "history")
}
