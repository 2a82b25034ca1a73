// Package bindtest tests what modules declare: that every example does what it says and that no wrong
// argument reaches a body or crashes it.
package bindtest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	lua "github.com/yuin/gopher-lua"
)

// A Script is one example and where it was declared.
type Script struct{ Name, Text string }

// Scripts collects the examples of modules, their classes, functions, methods and parts.
func Scripts(modules []*bind.Module) []Script {
	var list []Script
	for _, topic := range bind.Topics(modules) {
		var texts []string
		switch {
		case topic.Module != nil:
			texts = topic.Module.Examples()
		case topic.Class != nil:
			texts = topic.Class.Examples()
		case topic.Func != nil:
			texts = topic.Func.Examples()
		}
		for _, text := range texts {
			list = append(list, Script{topic.Name, bind.Dedent(text)})
		}
	}
	return list
}

// Examples runs every example of the modules with run, which gives what the script printed. When a
// script has comments "--> text", each is a line that it must print, and it must print nothing else.
func Examples(t *testing.T, modules []*bind.Module, run func(t testing.TB, script string) (string, error)) {
	for _, script := range Scripts(modules) {
		t.Run(script.Name, func(t *testing.T) {
			output, err := run(t, script.Text)
			if problem := Compare(script.Text, output, err); problem != "" {
				t.Errorf("%s\n%s", problem, script.Text)
			}
		})
	}
}

// Compare says what is wrong with the outcome of an example, "" when nothing is.
func Compare(script, output string, err error) string {
	if err != nil {
		return "the example fails: " + err.Error()
	}
	var want strings.Builder
	expects := false
	for line := range strings.Lines(script) {
		if _, text, ok := strings.Cut(strings.TrimRight(line, "\n"), "-->"); ok {
			expects = true
			want.WriteString(strings.TrimPrefix(text, " ") + "\n")
		}
	}
	if plain := strings.ReplaceAll(output, "\t", "  "); expects && plain != strings.ReplaceAll(want.String(), "\t", "  ") {
		return fmt.Sprintf("the example prints\n%s\nand says it prints\n%s", output, want.String())
	}
	return ""
}

// Run runs a script in a bare Lua state that has print and require of the modules, and returns what it
// printed. It suits modules that need no world.
func Run(modules []*bind.Module) func(t testing.TB, script string) (string, error) {
	return func(t testing.TB, script string) (string, error) {
		L := lua.NewState()
		defer L.Close()
		var out strings.Builder
		prepare(L, &out, modules)
		fn, err := L.Load(strings.NewReader(script), "example.lua")
		if err != nil {
			return "", err
		}
		L.Push(fn)
		err = L.PCall(0, 0, nil)
		var raised *lua.ApiError
		if errors.As(err, &raised) {
			err = errors.New(raised.Object.String())
		}
		return out.String(), err
	}
}

func prepare(L *lua.LState, out *strings.Builder, modules []*bind.Module) {
	for _, m := range modules {
		L.SetGlobal(m.Name, m.Open(L))
	}
	L.SetGlobal("require", L.NewFunction(func(L *lua.LState) int {
		for _, m := range modules {
			if m.Name == L.CheckString(1) {
				L.Push(m.Open(L))
				return 1
			}
		}
		L.RaiseError("no module %s", L.CheckString(1))
		return 0
	}))
	L.SetGlobal("print", L.NewFunction(func(L *lua.LState) int {
		for i := 1; i <= L.GetTop(); i++ {
			if i > 1 {
				out.WriteByte('\t')
			}
			out.WriteString(L.ToStringMeta(L.Get(i)).String())
		}
		out.WriteByte('\n')
		return 0
	}))
}
