package repl

import (
	"fmt"
	"io"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/wire"
)

// A Command is a word that the shell understands besides Lua.
type Command struct {
	Name string
	Args string // "HOST [PORT]"
	Doc  string // one sentence, then more
	Try  string // lines to type, as examples
	Min  int    // arguments at least
	Max  int    // arguments at most; -1 for any number

	// Complete returns what may stand for the last of args, which is what was typed of it so far.
	Complete func(s *Shell, args []string) []string

	Talks bool // it reads the standard input, so that it cannot be done in the background

	// Silent commands do nothing that a saved session has to do again, Apart ones do nothing with some arguments.
	Silent bool
	Apart  func(args []string) bool

	// Shell is done by the shell between runs of the world, World by a task of the shell's process on the user's host. A command that has
	// both, because it talks with the user, is done by Shell at a prompt and by World when a saved session is done again.
	Shell func(s *Shell, args []string) error
	World func(c *Context, args []string) error
}

// A Context is what a command works with that is done in the world.
type Context struct {
	L       *lua.LState
	Process *process.Process
	Out     io.Writer
	Stdin   io.Reader // of scripts that the command starts; nil is empty
	Width   int       // columns to use

	Terminal bool       // somebody sits there, who sees prompts
	Show     func(echo) // says what is shown of what is typed; nil where nobody types
}

// worldContext returns what a command works with at the prompt.
func (s *Shell) worldContext(L *lua.LState) *Context {
	p := s.session.Process
	return &Context{L: L, Process: p, Out: p.Stdout, Stdin: &answers{s: s}, Width: s.width(), Terminal: s.options.Terminal, Show: s.show}
}

// show says what is shown of what is typed for what runs.
func (s *Shell) show(e echo) {
	s.unshown = s.unshown || e != echoed
	s.in.Show(e)
}

// Host returns the host that the command is done on.
func (c *Context) Host() *engine.Host { return c.Process.Host() }

// commandGroups are the commands by what they are about.
func commandGroups() [][]*Command {
	return [][]*Command{sessionCommands(), netCommands(), fileCommands(), worldCommands()}
}

// commands lists all commands in the order of the command help.
func commands() []*Command {
	return slices.Concat(commandGroups()...)
}

// command returns the command that a line begins with, and its arguments, or nil if the line is Lua.
func (s *Shell) command(text string) (*Command, []string) {
	return parseCommand(s.commands, s.session.Process, text)
}

// parseCommand reads a line. It is Lua if what follows the name is what Lua would have there, such as a dot or an equals sign.
func parseCommand(commands []*Command, p *process.Process, text string) (*Command, []string) {
	text = strings.TrimSpace(text)
	if m := question().FindStringSubmatch(text); m != nil && strings.Contains(text, "?") {
		return find(commands, "help"), strings.Fields(m[1])
	}
	word := text
	if i := strings.IndexFunc(text, func(r rune) bool { return !(r == '-' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9') }); i >= 0 {
		word = text[:i]
	}
	c := find(commands, word)
	if c == nil || strings.Contains(text, "\n") {
		return nil, nil
	}
	rest := text[len(word):]
	switch after := strings.TrimLeft(rest, " \t"); {
	case after == "":
		if word != "help" && p.L.G.Global.RawGetString(word) != lua.LNil {
			return nil, nil // a variable of that name
		}
	case optionLike(after) && p.L.G.Global.RawGetString(word) == lua.LNil:
	case len(after) == len(rest), strings.ContainsRune("=({[,:+*%^<>~", rune(after[0])):
		return nil, nil
	}
	args, err := split(rest)
	if err != nil {
		return nil, nil
	}
	return c, args
}

// question is a question mark, alone or before or behind what help is asked for.
var question = wire.Pattern(`^\??\s*([\w.:]*)\s*\??$`)

// optionLike reports whether a text begins like dig's +short, and not like a sum.
func optionLike(text string) bool {
	return len(text) > 1 && text[0] == '+' && text[1] >= 'a' && text[1] <= 'z'
}

func find(commands []*Command, name string) *Command {
	for _, c := range commands {
		if c.Name == name {
			return c
		}
	}
	return nil
}

func (s *Shell) find(name string) *Command { return find(s.commands, name) }

func (s *Shell) nearestCommand(word string) string {
	if len(word) < 2 {
		return ""
	}
	return bind.Nearest(word, s.commandNames())
}

func (s *Shell) commandNames() []string { return namesOfCommands(s.commands) }

func namesOfCommands(commands []*Command) (names []string) {
	for _, c := range commands {
		names = append(names, c.Name)
	}
	return names
}

// split cuts a command line into words. Quotes of either kind hold words together.
func split(line string) (words []string, err error) {
	var word strings.Builder
	inside, quote := false, rune(0)
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			inside, quote = true, r
		case quote == 0 && (r == ' ' || r == '\t'):
			if inside {
				words = append(words, word.String())
			}
			inside = false
			word.Reset()
		default:
			inside = true
			word.WriteRune(r)
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("a quote %c is not closed", quote)
	}
	if inside {
		words = append(words, word.String())
	}
	return words, nil
}

// run checks the number of arguments and does the command. With & behind them it goes on in the background.
func (c *Command) run(s *Shell, args []string) error {
	args, behind := background(args)
	if err := c.check(args); err != nil {
		return err
	}
	switch {
	case behind && (c.World == nil || c.Talks):
		return fmt.Errorf("%s: not in the background: leave out the &", c.Name)
	case behind:
		return s.session.Do(func(L *lua.LState) {
			x := s.worldContext(L)
			x.Stdin = nil
			c.spawn(x, s.session.Process.Here(), args)
		})
	case c.Shell != nil:
		return c.Shell(s, args)
	}
	return s.inWorld(c.World, args)
}

// inWorld does a command in a task of the shell's process on the user's host.
func (s *Shell) inWorld(do func(*Context, []string) error, args []string) (err error) {
	if failed := s.session.Do(func(L *lua.LState) { err = do(s.worldContext(L), args) }); failed != nil {
		return failed
	}
	return err
}

// background tells whether the last of some arguments is &, and returns the others.
func background(args []string) (others []string, yes bool) {
	if n := len(args); n > 0 && args[n-1] == "&" {
		return args[:n-1], true
	}
	return args, false
}

// spawn does the command in a task of its own at a place.
func (c *Command) spawn(x *Context, at *process.Place, args []string) {
	f := x.L.NewFunction(func(L *lua.LState) int {
		own := *x
		own.L = L
		if err := c.World(&own, args); err != nil {
			L.RaiseError("%s", err.Error())
		}
		return 0
	})
	spawn(x.Process, at, f)
}

// spawn starts a function as a task that nobody waits for. What it fails with is told when it does.
func spawn(p *process.Process, at *process.Place, fn *lua.LFunction) {
	p.Spawn(at, bindings.PromptTask, fn, nil, func(_ []lua.LValue, err error) bool {
		if err != nil {
			fmt.Fprintln(p.Stderr, p.Explain(err))
		}
		return true
	})
}

func (c *Command) check(args []string) error {
	usage := strings.TrimSpace(c.Name + " " + c.Args)
	switch {
	case len(args) < c.Min:
		return fmt.Errorf("%s: too few arguments\nusage: %s", c.Name, usage)
	case c.Max >= 0 && len(args) > c.Max:
		return fmt.Errorf("%s: too many arguments\nusage: %s", c.Name, usage)
	}
	return nil
}
