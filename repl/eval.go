package repl

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/bindings/show"
	"github.com/moonwire-lab/moonwire/engine/wire"
)

// compile turns a piece into a function that messages call name. An expression is one that returns its values: expression is then true.
func compile(p *process.Process, name, text string) (fn *lua.LFunction, expression bool, err error) {
	text = strings.TrimPrefix(text, "=")
	if fn, err = p.LoadShown("return "+text, text, name); err == nil {
		return fn, true, nil
	}
	fn, err = p.Load(text, name)
	return fn, false, err
}

func (s *Shell) compile(text string) (fn *lua.LFunction, expression bool, err error) {
	return compile(s.session.Process, fmt.Sprintf("[%d]", s.pieces+1), text)
}

// whole reports whether a text is all of a command or a piece: not if Lua misses its end.
func (s *Shell) whole(text string) bool {
	if c, _ := s.command(text); c != nil {
		return true
	}
	_, _, err := s.compile(text)
	var syntax *lua51.SyntaxError
	return !errors.As(err, &syntax) || syntax.Near != "<eof>"
}

// lua runs a piece of Lua, shows its results and returns them.
func (s *Shell) lua(text string) ([]lua.LValue, error) {
	fn, expression, err := s.compile(text)
	s.pieces++
	if err != nil {
		return nil, s.hint(text, err)
	}
	results, err := s.session.Call(fn)
	if err != nil {
		return nil, err
	}
	if len(results) == 0 || !expression && len(results) == 1 && results[0] == lua.LNil {
		return results, nil
	}
	var shown string
	if err := s.session.Do(func(L *lua.LState) { shown = showResults(L, results, s.width()) }); err != nil {
		return nil, err
	}
	fmt.Fprintln(s.out, shown)
	if len(results) == 1 && results[0] == lua.LNil {
		s.unknown(strings.TrimSpace(text))
	}
	return results, nil
}

var oneWord = wire.Pattern(`^[A-Za-z][A-Za-z0-9-]*$`)

// unknown says what may have been meant by a word that stands for nothing.
func (s *Shell) unknown(word string) {
	if !oneWord().MatchString(word) {
		return
	}
	meant := s.meant(word)
	if meant == "" {
		meant = "the command help lists them"
	}
	fmt.Fprintln(s.out, fill(fmt.Sprintf("There is no variable and no command %s; %s", word, sentence(meant)), s.width()))
}

// sentence gives a text a full stop if it has no end.
func sentence(text string) string {
	if strings.HasSuffix(text, "?") {
		return text
	}
	return text + "."
}

// hint tells of a syntax error in what looks like a command which command was meant.
func (s *Shell) hint(text string, err error) error {
	word, _, more := strings.Cut(strings.TrimSpace(text), " ")
	if !more && strings.ContainsAny(word, "()[]{}=.,:\"'") {
		return err
	}
	if c := s.find(word); c != nil {
		if _, args := split(strings.TrimSpace(text)[len(word):]); args != nil {
			return fmt.Errorf("%s: %w", word, args)
		}
	}
	if meant := s.meant(word); meant != "" {
		return fmt.Errorf("there is no command %s; %s The command help lists them", word, sentence(meant))
	}
	if more && oneWord().MatchString(word) && !slices.Contains(show.Keywords(), word) && s.session.Process.L.G.Global.RawGetString(word) == lua.LNil {
		return fmt.Errorf("there is no command %s, which the command help lists; and as Lua:\n%w", word, err)
	}
	return err
}
