package bindtest

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	lua "github.com/yuin/gopher-lua"
)

// Config says how Misuse calls the functions of modules.
type Config struct {
	Modules []*bind.Module
	// State calls body with a Lua state in which bodies may run; nil: a bare state.
	State func(t testing.TB, body func(L *lua.LState))
	// Objects makes live objects. A method of a class that none of them has is called only with
	// arguments that the checks refuse.
	Objects func(L *lua.LState) []lua.LValue
	// Skip lists full names of functions that are called only with arguments that the checks refuse.
	Skip []string
	// Small gives options values with which a call costs little, by the full name of the function, a point and the name of the option.
	Small map[string]lua.LValue
}

// Misuse calls every function and method of the modules with every kind of wrong argument: too few, too
// many, wrong types and objects, extreme numbers, unknown options. Each call must succeed, fail with a
// code, or raise an error that names the function (in the PUC style only the checks need to); none may
// show a bug of ours.
func Misuse(t *testing.T, config Config) {
	state := config.State
	if state == nil {
		state = func(_ testing.TB, body func(*lua.LState)) {
			L := lua.NewState()
			defer L.Close()
			body(L)
		}
	}
	for _, topic := range bind.Topics(config.Modules) {
		if topic.Func == nil {
			continue
		}
		t.Run(topic.Name, func(t *testing.T) {
			state(t, func(L *lua.LState) {
				for _, problem := range Problems(L, config, topic.Func) {
					t.Error(problem)
				}
			})
		})
	}
}

// Problems returns what Misuse finds wrong with one function, at most ten.
func Problems(L *lua.LState, config Config, f *bind.Func) []string {
	for _, m := range config.Modules {
		m.Open(L)
	}
	p := &probe{L: L, f: f, config: config}
	if config.Objects != nil {
		p.objects = config.Objects(L)
	}
	list := p.vectors()
	p.onWrong(list[:2])
	for _, args := range list {
		p.try(args)
		if len(p.found) >= 10 {
			break
		}
	}
	return p.found
}

// A probe tests one function.
type probe struct {
	L       *lua.LState
	f       *bind.Func
	config  Config
	objects []lua.LValue
	found   []string
	unwound any // what a body was ended with, when its task was
}

// wrong returns values of every type, the extremes among them.
func wrong(L *lua.LState) []lua.LValue {
	array := L.NewTable()
	array.Append(lua.LNumber(1))
	array.Append(L.NewTable())
	unknown := L.NewTable()
	unknown.RawSetString("no_such_option", lua.LTrue)
	foreign := L.NewUserData()
	foreign.Value = &struct{ x int }{1}
	thread, _ := L.NewThread()
	values := []lua.LValue{lua.LNil, lua.LTrue, lua.LString(""), lua.LString("x"), lua.LString("\xff\x00"),
		lua.LString(strings.Repeat("long ", 20000)), L.NewTable(), array, unknown, foreign, thread,
		L.NewFunction(func(*lua.LState) int { return 0 })}
	for _, n := range []float64{0, 1, -1, 1.5, 70000, 1 << 53, 1e308, -1e308, math.Inf(1), math.Inf(-1), math.NaN()} {
		values = append(values, lua.LNumber(n))
	}
	return values
}

// vectors makes the argument lists, without receivers.
func (p *probe) vectors() [][]lua.LValue {
	params := p.f.Params()
	values := wrong(p.L)
	good := make([]lua.LValue, len(params))
	for i, param := range params {
		good[i] = p.sample(param)
	}
	list := [][]lua.LValue{nil, good}
	for _, v := range values {
		list = append(list, append(slices.Clone(good), v))
		for n := range params {
			list = append(list, slices.Repeat([]lua.LValue{v}, n+1))
			one := slices.Clone(good)
			one[n] = v
			list = append(list, one)
		}
		for i, param := range params {
			if param.Options == nil {
				continue
			}
			for _, option := range param.Options.Fields {
				table := p.options(param)
				table.RawSetString(option.Name, v)
				one := slices.Clone(good)
				one[i] = table
				list = append(list, one)
			}
		}
	}
	return list
}

// sample makes a value that probably passes the checks of a parameter.
func (p *probe) sample(param bind.Param) lua.LValue {
	switch {
	case param.Enum != nil:
		return lua.LString(param.Enum[0])
	case param.Unit != "":
		return lua.LNumber(1)
	case param.Options != nil:
		return p.options(param)
	case strings.HasSuffix(param.Type, "[]"), strings.HasPrefix(param.Type, "table"):
		return p.L.NewTable()
	}
	switch param.Type {
	case "string":
		return lua.LString("x")
	case "boolean":
		return lua.LTrue
	case "integer", "number":
		var n float64
		if _, err := fmt.Sscan(param.Min, &n); err != nil {
			n = 1
		}
		return lua.LNumber(n)
	case "function":
		return p.L.NewFunction(func(*lua.LState) int { return 0 })
	}
	return p.object(param.Type)
}

// options makes a table of options that has only the small values.
func (p *probe) options(param bind.Param) *lua.LTable {
	table := p.L.NewTable()
	for _, option := range param.Options.Fields {
		if v, ok := p.config.Small[p.f.FullName()+"."+option.Name]; ok {
			table.RawSetString(option.Name, v)
		}
	}
	return table
}

// object returns an object of a class, one of Objects if there is one.
func (p *probe) object(class string) lua.LValue {
	for _, obj := range p.objects {
		if bind.TopicOf(p.L, obj) == class {
			return obj
		}
	}
	for _, topic := range bind.Topics(p.config.Modules) {
		if topic.Class != nil && topic.Name == class {
			return topic.Class.Zero(p.L)
		}
	}
	return lua.LNil
}

// onWrong calls a method on wrong receivers, which has to be refused whatever the arguments.
func (p *probe) onWrong(list [][]lua.LValue) {
	if p.f.Class() == nil {
		return
	}
	for _, receiver := range wrong(p.L) {
		for _, args := range list {
			p.call(append([]lua.LValue{receiver}, args...), true)
		}
	}
}

// try calls the function with one argument list, on a good receiver.
func (p *probe) try(args []lua.LValue) {
	refused := p.f.Check(p.L, args...) != nil
	class := p.f.Class()
	if class == nil {
		if refused || p.safe(args) {
			p.call(args, refused && !p.f.IsRaw())
		}
		return
	}
	receiver := p.object(class.FullName())
	if receiver == lua.LNil {
		return
	}
	all := append([]lua.LValue{receiver}, args...)
	if slices.Contains(p.objects, receiver) && p.safe(args) || refused && !p.f.IsRaw() {
		p.call(all, refused && !p.f.IsRaw())
	}
}

// safe reports whether the body may see these arguments: the function is not skipped and no argument is
// an object around a zero value.
func (p *probe) safe(args []lua.LValue) bool {
	if slices.Contains(p.config.Skip, p.f.FullName()) {
		return false
	}
	for _, arg := range args {
		if bind.TopicOf(p.L, arg) != "" && arg.Type() == lua.LTUserData && !slices.Contains(p.objects, arg) {
			return false
		}
	}
	return true
}

// call makes one call and judges its outcome.
func (p *probe) call(args []lua.LValue, mustRaise bool) {
	top := p.L.GetTop()
	err := p.L.CallByParam(lua.P{Fn: p.L.NewFunction(p.body), NRet: lua.MultRet, Protect: true}, args...)
	if p.unwound != nil {
		panic(p.unwound)
	}
	var results []lua.LValue
	for i := top + 1; i <= p.L.GetTop(); i++ {
		results = append(results, p.L.Get(i))
	}
	p.L.SetTop(top)
	if problem := p.judge(results, err, mustRaise); problem != "" {
		p.found = append(p.found, fmt.Sprintf("%s(%s): %s", p.f.FullName(), show(args), problem))
	}
}

// body calls the function and notes when its task is ended meanwhile, which a protected call would hide.
func (p *probe) body(L *lua.LState) int {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(interface{ Unwind() }); ok {
				p.unwound = r
			}
			panic(r)
		}
	}()
	fn := p.f.In(L)
	if fn.IsG {
		return fn.GFunction(L)
	}
	n := L.GetTop()
	L.Insert(fn, 1)
	L.Call(n, lua.MultRet)
	return L.GetTop()
}

// judge says what is wrong with an outcome, "" when nothing is.
func (p *probe) judge(results []lua.LValue, err error, mustRaise bool) string {
	text := ""
	if err != nil {
		text = err.Error()
		if raised, ok := err.(*lua.ApiError); ok {
			text = raised.Object.String()
		}
	} else if len(results) > 1 && results[0] == lua.LNil {
		text = results[1].String()
	}
	for _, bug := range []string{"internal error", "nil pointer", "runtime error", "reflect:", "interface conversion"} {
		if strings.Contains(text, bug) {
			return "shows a bug: " + text
		}
	}
	puc := p.f.IsPUC()
	named := strings.Contains(text, p.f.FullName())
	if puc { // a body in that style has the words of the library it stands for
		named = !mustRaise || strings.Contains(text, "'"+p.f.Name()+"'") || strings.Contains(text, "'?'")
	}
	switch {
	case err == nil && mustRaise:
		return "the checks refuse these arguments, but the call does not raise"
	case err == nil && !puc && len(results) > 1 && results[0] == lua.LNil && p.f.Codes() != nil &&
		(len(results) < 3 || results[2].Type() != lua.LTString):
		return "fails without a code: " + text
	case err != nil && !named:
		return "the error does not name the function: " + text
	}
	return ""
}

func show(args []lua.LValue) string {
	texts := make([]string, len(args))
	for i, arg := range args {
		switch v := arg.(type) {
		case lua.LString:
			texts[i] = fmt.Sprintf("%.20q", string(v))
		case lua.LNumber, lua.LBool, *lua.LNilType:
			texts[i] = v.String()
		default:
			texts[i] = v.Type().String()
		}
	}
	return strings.Join(texts, ", ")
}
