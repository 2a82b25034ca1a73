package bind

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// A lamp is the object of the test module.
type lamp struct {
	name  string
	level int
}

type coded struct{ text, code string }

func (e *coded) Error() string { return e.text }
func (e *coded) Code() string  { return e.code }

type linkArgs struct {
	A       string `doc:"one end"`
	B       *lamp  `doc:"other end"`
	Options struct {
		Delay time.Duration `doc:"propagation" default:"10 ms" max:"1 h"`
		Rate  Rate          `doc:"speed" default:"1 Mbps"`
		Queue Size          `doc:"buffer" default:"64 KiB"`
		Loss  float64       `doc:"share lost" default:"0" min:"0" max:"1"`
		Mode  string        `doc:"kind" enum:"full,half" default:"full"`
		Names []string      `doc:"labels" default:"nil"`
	} `doc:"how it behaves"`
}

type kindsArgs struct {
	Port  uint16         `doc:"port" default:"25" min:"1"`
	Flag  *bool          `doc:"flag"`
	Table map[string]int `doc:"counts" default:"nil"`
	Any   lua.LValue     `doc:"anything" default:"nil"`
	Fn    *lua.LFunction `doc:"callback" default:"nil"`
	Rest  []string       `doc:"more" rest:"true"`
}

type levelArgs struct {
	Level int `doc:"brightness" min:"0" max:"100"`
}

type noArgs = None

type size struct {
	Width, MaxHeight int
	Wait             time.Duration
	Next             *size
}

func testModule() *Module {
	return New("lab", "A laboratory.", func() []Member {
		return []Member{
			Fn("lamp", "Make a lamp.", func(_ *Call, a struct {
				Name string `doc:"its name"`
			}) (*lamp, error) {
				return &lamp{name: a.Name}, nil
			}),
			Fn("link", "Join.", func(_ *Call, a linkArgs) (string, error) {
				o := a.Options
				return fmt.Sprint(a.A, " ", a.B.name, " ", o.Delay, " ", o.Rate, " ", o.Queue, " ", o.Loss, " ", o.Mode, " ", o.Names), nil
			}),
			Fn("kinds", "All kinds.", func(_ *Call, a kindsArgs) (string, error) {
				flag := "unset"
				if a.Flag != nil {
					flag = fmt.Sprint(*a.Flag)
				}
				return fmt.Sprint(a.Port, " ", flag, " ", a.Table, " ", a.Any, " ", a.Fn != nil, " ", a.Rest), nil
			}),
			Fn("size", "A struct.", func(*Call, noArgs) (size, error) {
				return size{1, 2, 1500 * time.Millisecond, &size{Width: 3}}, nil
			}),
			Fn("both", "Two results.", func(*Call, noArgs) (struct {
				Tuple
				Sum  int            `doc:"sum"`
				Part map[string]int `doc:"parts"`
			}, error) {
				return struct {
					Tuple
					Sum  int            `doc:"sum"`
					Part map[string]int `doc:"parts"`
				}{Sum: 3, Part: map[string]int{"b": 2, "a": 1}}, nil
			}),
			Proc("fail", "Always fails.", func(*Call, noArgs) error {
				return fmt.Errorf("lab: %w", &coded{"it broke", "broken"})
			}),
			Proc("raise", "Always raises.", func(*Call, noArgs) error { return errors.New("no luck") }).Raises(),
			Proc("crash", "Has a bug.", func(*Call, noArgs) error { var p *lamp; p.level++; return nil }),
			Proc("unwind", "Is ended.", func(*Call, noArgs) error { panic(ended{}) }),
			Proc("even", "Wants an even number.", func(c *Call, a levelArgs) error {
				if a.Level%2 != 0 {
					c.Misuse("level", "want an even number, got %d", a.Level)
				}
				return nil
			}),
			Raw[struct {
				Text string `doc:"text"`
				N    int    `doc:"times" default:"2"`
			}]("times", "Repeat.", func(c *Call) Out { return c.Return(strings.Repeat(c.String(1), c.Int(2))) }),
			Class("Lamp", "A lamp.",
				MethodProc("set", "Set it.", func(l *lamp, _ *Call, a levelArgs) error { l.level = a.Level; return nil }),
				Method("get", "Its level.", func(l *lamp, _ *Call, _ None) (int, error) { return l.level, nil }),
				Field("name", "Its name.", func(l *lamp) string { return l.name }),
			).Text(func(l *lamp) string { return l.name }),
			Const("MAX", "The brightest.", 100),
		}
	})
}

type ended struct{}

func (ended) Unwind() {}

// run executes a script with the modules as globals and returns what it printed and its error.
func run(t testing.TB, script string, modules ...*Module) (string, error) {
	t.Helper()
	L := lua.NewState()
	defer L.Close()
	var out strings.Builder
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
	for _, m := range modules {
		L.SetGlobal(m.Name, m.Open(L))
	}
	fn, err := L.Load(strings.NewReader(script), "t.lua")
	if err != nil {
		t.Fatal(err)
	}
	L.Push(fn)
	err = L.PCall(0, 0, nil)
	var api *lua.ApiError
	if errors.As(err, &api) {
		err = errors.New(api.Object.String())
	}
	return out.String(), err
}

func TestCalls(t *testing.T) {
	m := testModule()
	for _, c := range []struct{ script, want string }{
		{`print(lab.lamp("a"))`, "Lab.Lamp: a"},
		{`print(lab.link("x", lab.lamp("y")))`, "x y 10ms 1000000 65536 0 full []"},
		{`print(lab.link("x", lab.lamp("y"), nil))`, "x y 10ms 1000000 65536 0 full []"},
		{`print(lab.link("x", lab.lamp("y"), {delay = 0.5, rate = "2 Mbps", queue = 7, loss = 0.25, mode = "half", names = {"p", "q"}}))`,
			"x y 500ms 2000000 7 0.25 half [p q]"},
		{`print(lab.kinds())`, "25 unset map[] nil false []"},
		{`print(lab.kinds(80, false, {a = 1}, nil, print, "u", "v"))`, "80 false map[a:1] nil true [u v]"},
		{`local s = lab.size() print(s.width, s.max_height, s.wait, s.next.width, s.next.next)`, "1\t2\t1.5\t3\tnil"},
		{`local n, p = lab.both() print(n) for k, v in pairs(p) do print(k, v) end`, "3\na\t1\nb\t2"},
		{`print(lab.fail())`, "nil\tlab: it broke\tbroken"},
		{`print(lab.even(2))`, "true"},
		{`print(lab.times("ab"), lab.times("ab", 3))`, "abab\tababab"},
		{`local l = lab.lamp("z") print(l:set(7), l:get(), l.name, l == l, l == lab.lamp("z"))`, "true\t7\tz\ttrue\tfalse"},
		{`print(lab.MAX, getmetatable(lab), getmetatable(lab.lamp("")))`, "100\tlab\tlab.Lamp"},
	} {
		got, err := run(t, c.script, m)
		if err != nil {
			t.Errorf("%s: %v", c.script, err)
		} else if want := strings.ReplaceAll(c.want, "Lab.", "lab.") + "\n"; got != want {
			t.Errorf("%s:\n got %q\nwant %q", c.script, got, want)
		}
	}
}

func TestMisuseWording(t *testing.T) {
	m := testModule()
	for _, c := range []struct{ script, want string }{
		{`lab.lamp()`, `lab.lamp: argument 1 (name): want a string, got no value`},
		{`lab.lamp(nil)`, `lab.lamp: argument 1 (name): want a string, got nil`},
		{`lab.lamp(4)`, `lab.lamp: argument 1 (name): want a string, got number`},
		{`lab.lamp("a", 2)`, `lab.lamp: want at most 1 argument, got 2`},
		{`lab.size(1)`, `lab.size: want no arguments, got 1`},
		{`lab.link("x", 3)`, `lab.link: argument 2 (b): want a lab.Lamp, got number`},
		{`lab.link("x", lab.lamp("y"), 3)`, `lab.link: argument 3 (options): want a table, got number`},
		{`lab.link("x", lab.lamp("y"), {delay = true})`, `lab.link: option 'delay': want a duration of at most 1 h, got boolean`},
		{`lab.link("x", lab.lamp("y"), {delay = "2 h"})`, `lab.link: option 'delay': want a duration of at most 1 h, got "2 h"`},
		{`lab.link("x", lab.lamp("y"), {delay = 0/0})`, `lab.link: option 'delay': want a duration of at most 1 h, got nan`},
		{`lab.link("x", lab.lamp("y"), {rate = "2 mbps"})`, `lab.link: option 'rate': want a rate such as "10 Mbps", got "2 mbps": write "Mbps", not "mbps"`},
		{`lab.link("x", lab.lamp("y"), {rate = 0.001})`, `lab.link: option 'rate': want a rate such as "10 Mbps", got 0.001, which is less than 1 bps`},
		{`lab.link("x", lab.lamp("y"), {rate = "2 cows"})`, `lab.link: option 'rate': want a rate such as "10 Mbps", got "2 cows": the units are bps, kbps, Mbps, Gbps`},
		{`lab.link("x", lab.lamp("y"), {queue = -1})`, `lab.link: option 'queue': want a size such as "256 KiB", got -1`},
		{`lab.link("x", lab.lamp("y"), {loss = 1.5})`, `lab.link: option 'loss': want a number from 0 to 1, got 1.5`},
		{`lab.link("x", lab.lamp("y"), {mode = "both"})`, `lab.link: option 'mode': want one of "full", "half", got "both"`},
		{`lab.link("x", lab.lamp("y"), {names = {"a", 2}})`, `lab.link: option 'names[2]': want a string, got number`},
		{`lab.link("x", lab.lamp("y"), {names = {a = 2}})`, `lab.link: option 'names': want an array, each element a string, got a table with the key "a"`},
		{`lab.link("x", lab.lamp("y"), {dealy = 1})`, `lab.link: unknown option 'dealy'; did you mean 'delay'?`},
		{`lab.link("x", lab.lamp("y"), {xyzzy = 1})`, `lab.link: unknown option 'xyzzy'; the options are delay, rate, queue, loss, mode, names`},
		{`lab.link("x", lab.lamp("y"), {"10 ms"})`, `lab.link: unknown option [1]; options are written as name = value`},
		{`lab.kinds(70000)`, `lab.kinds: argument 1 (port): want a whole number from 1 to 65535, got 70000`},
		{`lab.kinds(1.5)`, `lab.kinds: argument 1 (port): want a whole number from 1 to 65535, got 1.5`},
		{`lab.kinds("80")`, `lab.kinds: argument 1 (port): want a whole number from 1 to 65535, got string`},
		{`lab.kinds(1, "x")`, `lab.kinds: argument 2 (flag): want a boolean, got string`},
		{`lab.kinds(1, true, {a = "x"})`, `lab.kinds: argument 3 (table.a): want a whole number, got string`},
		{`lab.kinds(1, true, {}, 1, {})`, `lab.kinds: argument 5 (fn): want a function, got table`},
		{`lab.kinds(1, true, {}, 1, print, "a", 2)`, `lab.kinds: argument 7 (rest): want a string, got number`},
		{`lab.even(3)`, `lab.even: argument 1 (level): want an even number, got 3`},
		{`lab.even(101)`, `lab.even: argument 1 (level): want a whole number from 0 to 100, got 101`},
		{`lab.raise()`, `lab.raise: no luck`},
		{`lab.times({})`, `lab.times: argument 1 (text): want a string, got table`},
		{`lab.times("a", "b")`, `lab.times: argument 2 (n): want a whole number, got string`},
		{`lab.lamp("a").set(1)`, `lab.Lamp:set: want a lab.Lamp before the colon, got number; write object:set(…)`},
		{`lab.lamp("a"):set()`, `lab.Lamp:set: argument 1 (level): want a whole number from 0 to 100, got no value`},
		{`lab.lamp("a"):sett(1)`, `lab.Lamp has no 'sett'; did you mean 'set'?`},
		{`lab.lnik()`, `lab has no 'lnik'; did you mean 'link'?`},
		{`lab.crash()`, `internal error in lab.crash: runtime error: invalid memory address or nil pointer dereference`},
	} {
		_, err := run(t, c.script, m)
		if want := "t.lua:1: " + c.want; err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", c.script, err, want)
		}
	}
}

func TestUnwindPasses(t *testing.T) {
	L := lua.NewState()
	defer L.Close()
	L.SetGlobal("lab", testModule().Open(L))
	defer func() {
		if _, ok := recover().(ended); !ok {
			t.Error("the panic did not pass through")
		}
	}()
	fn, err := L.LoadString("lab.unwind()")
	if err != nil {
		t.Fatal(err)
	}
	L.Push(fn)
	L.Call(0, 0)
}
