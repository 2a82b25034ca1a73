package bind

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/lua51"
)

// fail stops the program: a declaration is wrong.
func fail(format string, args ...any) {
	panic(fmt.Sprintf("bind: "+format, args...))
}

// A fault says why a value does not fit a parameter.
type fault struct {
	path      string // inside the argument: "[3]", ".name", "delay", "tls.cert"
	isOption  bool   // path starts with an option's name
	want, got string
	expected  string // PUC Lua's word for what was wanted, when the type was wrong
	puc       string // what PUC Lua puts in its parentheses, when that is something else
	text      string // replaces "want …, got …"
	hint      string // after the text
	whole     bool   // text needs no mention of the argument
	position  int    // of the argument within a rest parameter
}

// under records that the fault is in an element or a value of the argument.
func (f *fault) under(key string) *fault {
	if f.isOption && f.path != "" {
		key += "."
	}
	f.path = key + f.path
	return f
}

// option records that the fault is in an option.
func (f *fault) option(name string) *fault {
	switch {
	case f.whole:
		f.text += " in '" + name + "'"
		f.whole = true
		return f
	case f.isOption && !strings.HasPrefix(f.path, "[") && !strings.HasPrefix(f.path, "."):
		f.path = name + "." + f.path
	default:
		f.path = name + f.path
	}
	f.isOption = true
	return f
}

func (f *fault) sentence() string {
	if f.text != "" {
		return f.text + f.hint
	}
	return "want " + f.want + ", got " + f.got
}

// misuse raises the fault of argument n (1 is the first declared one), which p describes.
func (c *Call) misuse(n int, p *Param, f *fault) {
	if c.f.module.puc {
		c.pucArgument(n, f.pucWords())
	}
	var where string
	switch {
	case f.whole:
	case f.isOption:
		where = "option '" + f.path + "': "
	default:
		where = fmt.Sprintf("argument %d (%s%s): ", n, p.Name, f.path)
	}
	c.raise("%s: %s%s", c.f.full, where, f.sentence())
}

func (f *fault) pucWords() string {
	switch {
	case f.puc != "":
		return f.puc
	case f.expected != "" && f.path == "":
		return f.expected + " expected, got " + f.got
	case f.isOption:
		return "option '" + f.path + "': " + f.sentence()
	}
	return f.sentence()
}

// pucArgument raises in the words of luaL_argerror. Lua counts the receiver unless the call was
// written with a colon, and knows the function by the name at the call.
func (c *Call) pucArgument(n int, text string) {
	if c.f.class != nil {
		n++
	}
	site := c.site()
	if site.colon {
		n--
		if n == 0 {
			c.raise("calling '%s' on bad self (%s)", site.name, text)
		}
	}
	message := fmt.Sprintf("bad argument #%d to '%s' (%s)", n, site.name, text)
	if site.name == "?" && site.fromGo {
		c.L.Error(lua.LString(message), 0)
	}
	c.raise("%s", message)
}

// raise raises a Lua error with the position of the calling script's line.
func (c *Call) raise(format string, args ...any) {
	c.L.RaiseError("%s", fmt.Sprintf(format, args...))
}

// A callSite is how the running function was called.
type callSite struct {
	name   string // as written at the call; "?" when unknown
	colon  bool   // written object:name(…)
	fromGo bool   // by a Go function such as pcall, so no line can be given
}

// site finds the call in the caller's code. Only error messages need it.
func (c *Call) site() callSite {
	own, ok := c.L.GetStack(0)
	if !ok {
		return callSite{name: "?"}
	}
	if _, err := c.L.GetInfo("n", own, lua.LNil); err != nil {
		return callSite{name: "?"}
	}
	caller, ok := c.L.GetStack(1)
	if !ok {
		return callSite{name: "?", fromGo: true}
	}
	value, err := c.L.GetInfo("fl", caller, lua.LNil)
	fn, isFunction := value.(*lua.LFunction)
	if err != nil || !isFunction || fn.IsG {
		return callSite{name: "?", fromGo: true}
	}
	if strings.HasPrefix(own.Name, "(") {
		return callSite{name: "?"}
	}
	if method, ok := strings.CutPrefix(own.Name, ":"); ok {
		return callSite{name: method, colon: true} // package lua51's compiler marks method calls
	}
	return callSite{name: own.Name, colon: colonCall(fn.Proto, own.Name, caller.CurrentLine)}
}

// colonCall reports whether a call of name on that line of proto is a method call: its function
// register was loaded by OP_SELF.
func colonCall(proto *lua.FunctionProto, name string, line int) bool {
	for _, call := range proto.DbgCalls {
		if call.Name != name || call.Pc >= len(proto.Code) || proto.DbgSourcePositions[call.Pc] != line {
			continue
		}
		register := proto.Code[call.Pc] >> 18 & 0xff
		for pc := call.Pc - 1; pc >= 0; pc-- {
			op, a := int(proto.Code[pc]>>26), proto.Code[pc]>>18&0xff
			if a == register && (op == lua.OP_SELF || op == lua.OP_GETGLOBAL || op == lua.OP_MOVE ||
				op == lua.OP_GETTABLEKS || op == lua.OP_GETTABLE || op == lua.OP_GETUPVAL) {
				if op == lua.OP_SELF {
					return true
				}
				break
			}
		}
	}
	return false
}

// Code returns the word by which a script recognizes err: what the first error in its chain with a
// method Code() string says; else "timeout" or "closed" for those of package net and io; else "failed".
func Code(err error) string {
	var coded interface{ Code() string }
	if errors.As(err, &coded) {
		return coded.Code()
	}
	var timed interface{ Timeout() bool }
	switch {
	case errors.As(err, &timed) && timed.Timeout():
		return "timeout"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return "closed"
	}
	return "failed"
}

// recovered deals with what a body panicked with: Lua errors and unwinding pass, the rest is our bug
// and becomes a Lua error.
func (c *Call) recovered(r any) {
	switch r.(type) {
	case *lua.ApiError, interface{ Unwind() }:
		panic(r)
	}
	c.raise("internal error in %s: %v", c.f.full, r)
}

// guard is deferred by every entry function. A limit that fired during the call raises here, at the script's line.
func (c *Call) guard() {
	if r := recover(); r != nil {
		c.recovered(r)
	}
	lua51.Charge(c.L, callFuel)
	lua51.Check(c.L)
	if c.again {
		c.env.over(c)
	}
}

// callFuel is charged for every call, so that loops of calls that do little in Lua and much in Go, such as waiting for nothing
// or sending to oneself, end within their fuel: a call takes about as long as this many instructions.
const callFuel = 20

// describe names the type of a Lua value, a class by its own name; PUC Lua knows only userdata.
func (c *Call) describe(lv lua.LValue) string {
	if ud, ok := lv.(*lua.LUserData); ok && !c.f.module.puc {
		if class := c.env.classOf(ud); class != nil {
			return class.nameOf(ud.Value)
		}
	}
	return lv.Type().String()
}

// describeText shows a number or text itself, and the type of anything else.
func (c *Call) describeText(lv lua.LValue) string {
	switch v := lv.(type) {
	case lua.LString:
		return quote(string(v))
	case lua.LNumber:
		return formatNumber(float64(v))
	}
	return c.describe(lv)
}
