package repl

import (
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/show"
	"github.com/moonwire-lab/moonwire/engine/wire"
)

// A completer completes what is typed on a terminal.
type completer struct {
	s *Shell
	t *terminal
}

// Do implements readline.AutoCompleter: what may follow, and how many characters before the cursor are part of it.
func (c completer) Do(line []rune, pos int) ([][]rune, int) {
	if c.t.answer.Load() {
		return nil, 0
	}
	word, candidates := c.s.Complete(string(line[:pos]))
	var rest [][]rune
	for _, text := range candidates {
		rest = append(rest, []rune(text[len(word):]))
	}
	return rest, len([]rune(word))
}

// Complete returns the word at the end of a line and what it may become, in order.
func (s *Shell) Complete(line string) (word string, candidates []string) {
	trimmed := strings.TrimLeft(line, " \t")
	if c, rest, ok := s.commandLine(trimmed); ok {
		return s.completeArgs(c, rest)
	}
	if m := inString().FindStringSubmatch(line); m != nil {
		return m[2], prefixed(m[2], s.inQuotes(m[1]))
	}
	path := luaPath().FindString(line)
	if names := s.optionsOf(line[:len(line)-len(path)]); len(names) > 0 && !strings.ContainsAny(path, ".:") {
		return path, prefixed(path, append(names, s.globals()...))
	}
	var names []string
	if i := strings.LastIndexAny(path, ".:"); i >= 0 {
		names, word = s.members(path[:i], path[i] == ':'), path[i+1:]
	} else {
		names, word = s.globals(), path
		if path == trimmed {
			for _, n := range s.commandNames() {
				names = append(names, n+" ")
			}
		}
	}
	if path == "" && trimmed != "" {
		return "", nil
	}
	return word, prefixed(word, names)
}

var (
	luaPath  = wire.Pattern(`[A-Za-z_][A-Za-z0-9_]*([.:][A-Za-z_][A-Za-z0-9_]*)*[.:]?$`)
	inString = wire.Pattern(`(\w*)\s*\(?\s*["']([^"']*)$`)
)

// commandLine recognises a line that begins with a command and a space.
func (s *Shell) commandLine(line string) (c *Command, rest string, ok bool) {
	word, rest, more := strings.Cut(line, " ")
	c = s.find(word)
	return c, rest, more && c != nil && !strings.HasPrefix(strings.TrimLeft(rest, " "), "=")
}

func (s *Shell) completeArgs(c *Command, rest string) (string, []string) {
	args := strings.Fields(rest)
	if rest == "" || strings.HasSuffix(rest, " ") {
		args = append(args, "")
	}
	word := args[len(args)-1]
	if c.Complete == nil {
		return word, nil
	}
	candidates := c.Complete(s, args)
	if i := strings.Index(word, "://"); i >= 0 { // of a URL, the host
		word = word[i+len("://"):]
	}
	return word, prefixed(word, candidates)
}

// inQuotes returns what may stand in quotes behind a name: modules for require, otherwise hosts and files.
func (s *Shell) inQuotes(function string) []string {
	if function == "require" || function == "help" {
		var names []string
		for _, m := range s.modules {
			names = append(names, m.FullName())
		}
		return names
	}
	return append(hostNames(s, nil), fileNames(s, nil)...)
}

var inOptions = wire.Pattern(`([A-Za-z_]\w*(?:[.:]\w+)+)\s*\(?[^(){}]*\{([^{}]*[,;{]\s*|\s*)$`)

// optionsOf returns the options that may be named next, if a line ends inside the table of options of a function of a module.
func (s *Shell) optionsOf(line string) (names []string) {
	m := inOptions().FindStringSubmatch(line)
	if m == nil {
		return nil
	}
	f := s.function(m[1])
	if f == nil {
		return nil
	}
	for _, p := range f.Params() {
		if p.Options == nil {
			continue
		}
		for _, field := range p.Options.Fields {
			names = append(names, field.Name+" = ")
		}
	}
	return names
}

// function returns the function of a module that a path such as net.link or h:exec names; nil if there is none.
func (s *Shell) function(path string) *bind.Func {
	i := strings.LastIndexAny(path, ".:")
	owner := bind.TopicOf(s.session.Process.L, s.lookup(path[:i]))
	if owner == "" {
		return nil
	}
	topic, err := bind.Lookup(s.modules, owner+"."+path[i+1:])
	if err != nil {
		return nil
	}
	return topic.Func
}

// globals returns the names of Lua's globals and reserved words.
func (s *Shell) globals() []string {
	names := show.Keywords()
	s.session.Process.L.G.Global.ForEach(func(k, _ lua.LValue) {
		if name, ok := k.(lua.LString); ok && show.IsName(string(name)) {
			names = append(names, string(name))
		}
	})
	return names
}

// members returns the names that may follow a path such as a.b: it is looked up without calling anything.
func (s *Shell) members(path string, method bool) []string {
	value := s.lookup(path)
	if t, ok := value.(*lua.LTable); ok {
		return fieldsOf(t, method)
	}
	if _, ok := value.(lua.LString); ok && method {
		if t, ok := s.session.Process.L.G.Global.RawGetString("string").(*lua.LTable); ok {
			return fieldsOf(t, true)
		}
	}
	fields, methods := bind.Members(s.session.Process.L, value)
	if method {
		return methods
	}
	return append(fields, methods...)
}

// lookup returns what a path stands for, without calling anything.
func (s *Shell) lookup(path string) lua.LValue {
	var value lua.LValue = s.session.Process.L.G.Global
	for _, name := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == ':' }) {
		t, ok := value.(*lua.LTable)
		if !ok {
			return lua.LNil
		}
		value = t.RawGetString(name)
	}
	return value
}

func fieldsOf(t *lua.LTable, callable bool) []string {
	var names []string
	t.ForEach(func(k, v lua.LValue) {
		_, isFunction := v.(*lua.LFunction)
		if name, ok := k.(lua.LString); ok && show.IsName(string(name)) && (isFunction || !callable) {
			names = append(names, string(name))
		}
	})
	return names
}

// prefixed returns those of names that begin with a prefix, sorted, each once.
func prefixed(prefix string, names []string) []string {
	var out []string
	for _, n := range names {
		if strings.HasPrefix(n, prefix) && n != prefix {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
