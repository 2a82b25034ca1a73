package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/term"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/textbook"
	"github.com/moonwire-lab/moonwire/repl"
)

type shellCommand struct {
	worldFlags
	World string `placeholder:"textbook|empty" help:"What is in the virtual internet at first: the hosts of the lectures, or nothing (default: textbook)."`
	Host  string `placeholder:"HOST" help:"Where to sit at first; in the textbook's world at Alice's computer."`
	limitFlags
}

// What the shell says first on a terminal.
const (
	greeting         = "moonwire: an internet in one process. help explains, Ctrl-D ends."
	textbookGreeting = "You sit at %s, one host of an internet. Try: hosts,\ndig gaia.cs.umass.edu, or telnet crepes.fr 25. help explains, Ctrl-D ends.\n" +
		"New here? moonwire tutorial, typed where you typed moonwire, guides you."
)

// Run reads commands and Lua until the end of the input.
func (f *shellCommand) Run(c *console) error {
	if err := oneOf("--world", f.World, "textbook", "empty"); err != nil {
		return err
	}
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
	if f.World != "" && world.Real {
		return usagef("--world says what is in a virtual internet; the machine's network is as it is. Leave it out, or leave out --net real.")
	}
	terminal := isTerminal(c.in) && isTerminal(c.out)
	options := repl.Options{
		Run:  bindings.Run{World: world, Limits: limits, Modules: []*bind.Module{repl.Module}, Stdin: c.in, Stdout: c.out, Stderr: c.err},
		Host: f.Host, Terminal: terminal, Plain: os.Getenv("TERM") == "dumb", Color: terminal && colours(),
		History: historyFile(), Greeting: greeting,
	}
	if !world.Real && f.World != "empty" {
		inTextbook(&options)
	}
	s, err := repl.New(options)
	var noHost *repl.NoHostError
	if errors.As(err, &noHost) {
		return usagef("--host: %v", noHost)
	}
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

// oneOf refuses a flag's value that is given and none of those that there are.
func oneOf(flag, value string, values ...string) error {
	if value == "" || slices.Contains(values, value) {
		return nil
	}
	hint := ""
	if near := bind.Nearest(value, values); near != "" {
		hint = fmt.Sprintf(", did you mean %s?", near)
	}
	return usagef("%s must be one of %s, but got %q%s", flag, strings.Join(values, ", "), value, hint)
}

// inTextbook lets a shell begin in the textbook internet.
func inTextbook(o *repl.Options) {
	if o.Host == "" {
		o.Host = textbook.Home
	}
	o.Build = func(s *bindings.Session) error {
		_, err := textbook.Build(s.World)
		return err
	}
	o.Prelude = `require("textbook").build()`
	o.Greeting = fmt.Sprintf(textbookGreeting, o.Host)
}

// colours reports whether a terminal is to have colours (no-color.org).
func colours() bool { return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" }

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
