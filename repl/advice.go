package repl

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/engine/wire"
)

var (
	nilGlobal = wire.Pattern(`attempt to [a-z ]+ global '(\w+)' \(a nil value\)`)
	nilMember = wire.Pattern(`attempt to \w+ (?:field|method) '(\w+)' \(a nil value\)`)
)

// advice says what may have been meant where a piece of Lua used something that there is not; "" if nothing comes to mind.
func (s *Shell) advice(text string, err error) string {
	var run *lua51.RuntimeError
	if !errors.As(err, &run) {
		return ""
	}
	if m := nilGlobal().FindStringSubmatch(run.Error()); m != nil {
		return s.meantGlobal(m[1])
	}
	m := nilMember().FindStringSubmatch(run.Error())
	if m == nil {
		return ""
	}
	used := regexp.MustCompile(`([A-Za-z_]\w*(?:\.\w+)*)([.:])` + m[1] + `\b`).FindStringSubmatch(text)
	if used == nil {
		return ""
	}
	if near := bind.Nearest(m[1], s.members(used[1], used[2] == ":")); near != "" {
		return fmt.Sprintf("%s has no '%s'; did you mean '%s'?", used[1], m[1], near)
	}
	return ""
}

// meantGlobal says what may have been meant by a variable that has no value: a module, or a variable or module of nearly that name.
func (s *Shell) meantGlobal(name string) string {
	var modules []string
	for _, m := range s.modules {
		modules = append(modules, m.FullName())
	}
	globals := slices.DeleteFunc(s.globals(), func(n string) bool {
		return s.session.Process.L.G.Global.RawGetString(n) == lua.LNil
	})
	if s.find(name) != nil {
		return fmt.Sprintf("%s is a command, which is typed without brackets; help %[1]s explains it.", name)
	}
	if there := foreign[name]; there != "" {
		return fmt.Sprintf("There is no command %s; %s", name, sentence(there))
	}
	module := name
	if !slices.Contains(modules, name) {
		if len(name) < 3 {
			return "" // near to many
		}
		if near := bind.Nearest(name, globals); near != "" {
			return fmt.Sprintf("Did you mean '%s'?", near)
		}
		if module = bind.Nearest(name, modules); module == "" {
			return ""
		}
	}
	return fmt.Sprintf("There is a module '%s'; write first: %[1]s = require \"%[1]s\"", module)
}
