package process

import (
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
)

// defaultPath is where require looks for files, from the script's folder.
const defaultPath = "./?.lua;./?/init.lua"

// openLibraries adds what a state cannot have without a process: require, module, package, dofile, loadfile and arg.
func (p *Process) openLibraries() {
	L := p.L
	pkg := L.CreateTable(0, 4)
	p.loaded = L.CreateTable(0, 8)
	pkg.RawSetString("loaded", p.loaded)
	pkg.RawSetString("preload", L.CreateTable(0, 0))
	pkg.RawSetString("path", lua.LString(defaultPath))
	pkg.RawSetString("cpath", lua.LString(""))
	pkg.RawSetString("config", lua.LString("/\n;\n?\n!\n-"))
	pkg.RawSetString("seeall", L.NewFunction(p.seeAll))
	L.SetGlobal("package", pkg)
	for _, name := range []string{"string", "table", "math", "coroutine", "debug"} {
		p.loaded.RawSetString(name, L.GetGlobal(name))
	}
	p.loaded.RawSetString("_G", L.Get(lua.GlobalsIndex))
	p.loaded.RawSetString("package", pkg)
	L.SetGlobal("require", L.NewFunction(p.require))
	L.SetGlobal("module", L.NewFunction(p.module))
	L.SetGlobal("dofile", L.NewFunction(p.dofile))
	L.SetGlobal("loadfile", L.NewFunction(p.loadfile))
	for _, m := range p.opt.Standard {
		L.SetGlobal(m.Name, p.open(m))
	}
	arg := L.CreateTable(len(p.Args), 0)
	arg.RawSetInt(0, lua.LString(p.Name))
	for i, a := range p.Args {
		arg.RawSetInt(i+1, lua.LString(a))
	}
	L.SetGlobal("arg", arg)
}

func (p *Process) open(m *bind.Module) lua.LValue {
	v := m.Open(p.L)
	p.loaded.RawSetString(m.Name, v)
	return v
}

// require implements the Lua function of that name (manual 5.3).
func (p *Process) require(L *lua.LState) int {
	name := stringArg(L, "require")
	if v := p.loaded.RawGetString(name); lua.LVAsBool(v) { // one that gave false is loaded again
		if v == lua.LValue(loading) {
			L.RaiseError("loop or previous error loading module '%s'", name)
		}
		L.Push(v)
		return 1
	}
	if m := find(p.opt.LabOnly, name); m != nil {
		switch {
		case p.World().Net == nil:
			L.RaiseError("module '%s' is for the virtual internet, and this run is on the machine's network", name)
		case !p.opt.Lab:
			L.RaiseError("module '%s' is for the lab's own process only: a process on a host cannot change the topology", name)
		}
		L.Push(p.open(m))
		return 1
	}
	if m := find(p.opt.Modules, name); m != nil {
		if p.opt.Required != nil {
			p.opt.Required(name, lua51.Where(L))
		}
		L.Push(p.open(m))
		return 1
	}
	fn := p.preloaded(name)
	if fn == nil {
		fn = p.search(L, name)
	}
	p.loaded.RawSetString(name, loading)
	L.Push(fn)
	L.Push(lua.LString(name))
	L.Call(1, 1)
	result := L.Get(-1)
	L.Pop(1)
	if result != lua.LNil {
		p.loaded.RawSetString(name, result)
	} else if p.loaded.RawGetString(name) == lua.LValue(loading) {
		p.loaded.RawSetString(name, lua.LTrue)
	}
	L.Push(p.loaded.RawGetString(name))
	return 1
}

// loading marks a module whose loader has not returned.
const loading = lua.LString("\x00loading")

func find(modules []*bind.Module, name string) *bind.Module {
	for _, m := range modules {
		if m.Name == name {
			return m
		}
	}
	return nil
}

func (p *Process) preloaded(name string) *lua.LFunction {
	pkg, ok := p.loaded.RawGetString("package").(*lua.LTable)
	if !ok {
		return nil
	}
	preload, ok := pkg.RawGetString("preload").(*lua.LTable)
	if !ok {
		return nil
	}
	fn, _ := preload.RawGetString(name).(*lua.LFunction)
	return fn
}

// search finds the file of a module along package.path and raises Lua's message if there is none.
func (p *Process) search(L *lua.LState, name string) *lua.LFunction {
	where := defaultPath
	if pkg, ok := p.loaded.RawGetString("package").(*lua.LTable); ok {
		if s, ok := pkg.RawGetString("path").(lua.LString); ok {
			where = string(s)
		}
	}
	var tried strings.Builder
	for template := range strings.SplitSeq(where, ";") {
		size := len(template) + strings.Count(template, "?")*len(name)
		if size+tried.Len() > lua51.MaxString {
			L.RaiseError("package.path is too long to look for module '%.100s'", name)
		}
		lua51.Charge(L, lookUnits+int64(size/nameBytesPerUnit))
		file := strings.ReplaceAll(template, "?", strings.ReplaceAll(name, ".", "/"))
		source, err := ReadFile(p.FS(), p.Path(file))
		if err != nil {
			fmt.Fprintf(&tried, "\n\tno file '%s'", file)
			continue
		}
		fn, err := p.Load(string(source), strings.TrimPrefix(file, "./"))
		if err != nil {
			L.RaiseError("error loading module '%s' from file '%s':\n\t%s", name, file, err.Error())
		}
		return fn
	}
	hint := ""
	var names []string
	for _, m := range p.opt.Modules {
		names = append(names, m.Name)
	}
	if near := bind.Nearest(name, names); near != "" {
		hint = fmt.Sprintf(" (did you mean '%s'?)", near)
	}
	L.RaiseError("module '%s' not found%s:\n\tno module of moonwire of that name%s", name, hint, tried.String())
	return nil
}

// loadFile reads and compiles a file of the process.
func (p *Process) loadFile(name string) (*lua.LFunction, error) {
	source, err := ReadFile(p.FS(), p.Path(name))
	if err != nil {
		text, _ := FileError(err)
		return nil, fmt.Errorf("cannot open %s: %s", name, text)
	}
	return p.Load(string(source), name)
}

// lookUnits is the fuel that looking for a file costs.
const lookUnits = 100

// nameBytesPerUnit is how many bytes of a name a unit of fuel pays: names are cut, cleaned and told in messages.
const nameBytesPerUnit = 8

// stringArg returns the first argument, a string or a number; function is who wants it.
func stringArg(L *lua.LState, function string) string {
	v := L.Get(1)
	if !lua.LVCanConvToString(v) {
		badArgument(L, function, "string")
	}
	text := lua.LVAsString(v)
	lua51.Charge(L, int64(len(text)/nameBytesPerUnit))
	return text
}

// badArgument raises Lua's message for a first argument that is no want.
func badArgument(L *lua.LState, function, want string) {
	got := "no value"
	if L.GetTop() > 0 {
		got = L.Get(1).Type().String()
	}
	L.RaiseError("bad argument #1 to '%s' (%s expected, got %s)", function, want, got)
}

func (p *Process) dofile(L *lua.LState) int {
	fn, err := p.loadFile(stringArg(L, "dofile"))
	if err != nil {
		L.RaiseError("%s", err.Error())
	}
	top := L.GetTop()
	L.Push(fn)
	L.Call(0, lua.MultRet)
	return L.GetTop() - top
}

func (p *Process) loadfile(L *lua.LState) int {
	fn, err := p.loadFile(stringArg(L, "loadfile"))
	if err != nil {
		L.Push(lua.LNil)
		L.Push(lua.LString(err.Error()))
		return 2
	}
	L.Push(fn)
	return 1
}
