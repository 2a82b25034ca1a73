package bind

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"
)

func nothing[A any](*Call, A) error { return nil }

// wrong declares a module and makes New's checks.
func wrong(name, doc string, members ...Member) {
	New(name, doc, func() []Member { return members }).plan()
}

// TestWrongDeclarations builds one declaration for each rule that New must enforce.
func TestWrongDeclarations(t *testing.T) {
	type undeclared struct{ _ int }
	for want, build := range map[string]func(){
		"bind: m.f: parameter 'a' has no doc": func() {
			wrong("m", "M.", Proc("f", "F.", nothing[struct{ A int }]))
		},
		"m.f has no doc":      func() { wrong("m", "M.", Proc("f", "", nothing[None])) },
		"module m has no doc": func() { wrong("m", "") },
		"m.f is declared twice": func() {
			wrong("m", "M.", Proc("f", "F.", nothing[None]), Const("f", "F.", 1))
		},
		"m.end: not a name in Lua": func() { wrong("m", "M.", Proc("end", "F.", nothing[None])) },
		"parameter 'end' is not a name in Lua": func() {
			wrong("m", "M.", Proc("f", "F.", nothing[struct {
				End int `doc:"d"`
			}]))
		},
		"parameter 'b' is required but follows an optional one": func() {
			wrong("m", "M.", Proc("f", "F.", nothing[struct {
				A int `doc:"d" default:"1"`
				B int `doc:"d"`
			}]))
		},
		"the rest parameter 'a' is not the last": func() {
			wrong("m", "M.", Proc("f", "F.", nothing[struct {
				A []string `doc:"d" rest:"true"`
				B int      `doc:"d"`
			}]))
		},
		"a rest parameter must be a slice": func() {
			wrong("m", "M.", Proc("f", "F.", nothing[struct {
				A string `doc:"d" rest:"true"`
			}]))
		},
		"field a is not exported": func() {
			wrong("m", "M.", Proc("f", "F.", nothing[struct{ a int }]))
		},
		"default: want a whole number from 1 to 9": func() {
			wrong("m", "M.", Proc("f", "F.", nothing[struct {
				A int `doc:"d" min:"1" max:"9" default:"10"`
			}]))
		},
		`default: want one of "a", "b", got "c"`: func() {
			wrong("m", "M.", Proc("f", "F.", nothing[struct {
				A string `doc:"d" enum:"a,b" default:"c"`
			}]))
		},
		"cannot have the default": func() {
			wrong("m", "M.", Proc("f", "F.", nothing[struct {
				A []string `doc:"d" default:"x"`
			}]))
		},
		`bound "x"`: func() {
			wrong("m", "M.", Proc("f", "F.", nothing[struct {
				A int `doc:"d" min:"x"`
			}]))
		},
		"parameters of type chan int are not supported": func() {
			wrong("m", "M.", Proc("f", "F.", nothing[struct {
				A chan int `doc:"d"`
			}]))
		},
		"arguments must be a struct": func() { wrong("m", "M.", Proc("f", "F.", nothing[int])) },
		"cannot be given to Lua": func() {
			wrong("m", "M.", Fn("f", "F.", func(*Call, None) (chan int, error) { return nil, nil }))
		},
		"result 'n' is not exported or has no doc": func() {
			wrong("m", "M.", Fn("f", "F.", func(*Call, None) (struct {
				Tuple
				N int
			}, error) {
				panic("")
			}))
		},
		"parameter 'x' has no doc": func() {
			wrong("m", "M.", Proc("f", "F.", nothing[struct {
				A struct{ X *undeclared } `doc:"d"`
			}]))
		},
		"is already declared for": func() {
			wrong("m", "M.", Class[undeclared]("A", "A."), Class[undeclared]("B", "B."))
		},
		"the class has no name c": func() {
			wrong("m", "M.", Class("A", "A.",
				MethodProc("f", "F.", func(*undeclared, *Call, None) error { return nil }).Only("c"),
			).Named(func(*undeclared) string { return "a" }, "a", "b"))
		},
		"Returns wants a doc after each name": func() {
			wrong("m", "M.", Proc("f", "F.", nothing[None]).Returns(strings.Fields("a")...))
		},
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, want) {
					t.Errorf("got %q, want %q", got, want)
				}
			}()
			build()
		}()
	}
}

func TestUsedClass(t *testing.T) {
	base := testModule()
	user := New("user", "Uses lamps.", func() []Member {
		return []Member{
			Uses(base),
			Fn("light", "Take and give a lamp.", func(_ *Call, a struct {
				Lamp *lamp `doc:"it"`
			}) (*lamp, error) {
				return a.Lamp, nil
			}),
		}
	})
	got, err := run(t, `local l = lab.lamp("q") local set = {[l] = 1} print(user.light(l), set[user.light(l)])
		print(pcall(user.light, 1))`, base, user)
	want := "lab.Lamp: q\t1\nfalse\tt.lua:2: user.light: argument 1 (lamp): want a lab.Lamp, got number\n"
	if err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

// TestObjectsAreForgotten makes many objects that nobody holds and checks that a state forgets them, and
// that those still held keep their userdata and their number.
func TestObjectsAreForgotten(t *testing.T) {
	L := lua.NewState()
	defer L.Close()
	m := pucModule()
	tcp := m.Open(L).RawGetString("tcp")
	e := envOf(L)
	held := &plug{"tcp{master}"}
	first := Object(L, held)
	text := L.ToStringMeta(first).String()
	for range 20000 {
		if err := L.CallByParam(lua.P{Fn: tcp, NRet: 0}); err != nil {
			t.Fatal(err)
		}
		if len(e.objects)%5000 == 0 {
			runtime.GC()
		}
	}
	if len(e.objects) > 12000 {
		t.Errorf("%d objects are remembered", len(e.objects))
	}
	if again := Object(L, held); again != first || L.ToStringMeta(again).String() != text {
		t.Error("a held object changed")
	}
}

func TestOwner(t *testing.T) {
	type process struct{ name string }
	m := New("own", "Owner.", func() []Member {
		return []Member{
			Fn("name", "Its name.", func(c *Call, _ None) (string, error) {
				return Owner[*process](c).name, nil
			}),
		}
	})
	L := lua.NewState()
	defer L.Close()
	L.SetGlobal("own", m.Open(L))
	if err := L.DoString(`local ok, e = pcall(own.name) assert(e:find("own.name: not available here"), e)`); err != nil {
		t.Error(err)
	}
	SetOwner(L, &process{"p"})
	if err := L.DoString(`assert(own.name() == "p") assert(coroutine.wrap(function() return own.name() .. "" end)() == "p")`); err != nil {
		t.Error(err)
	}
	if p, ok := OwnerOf[*process](L); !ok || p.name != "p" {
		t.Error("OwnerOf does not give the owner")
	}
}

// TestTopicOf checks what a prompt asks about live values.
func TestTopicOf(t *testing.T) {
	L := lua.NewState()
	defer L.Close()
	m := testModule()
	tb := m.Open(L)
	if m.Open(L) != tb {
		t.Error("a second Open gives another table")
	}
	obj := Object(L, &lamp{})
	for lv, want := range map[lua.LValue]string{tb: "lab", tb.RawGetString("link"): "lab.link", obj: "lab.Lamp",
		L.GetField(obj, "set"): "lab.Lamp:set", L.NewTable(): "", lua.LNumber(1): ""} {
		if got := TopicOf(L, lv); got != want {
			t.Errorf("TopicOf gives %q, want %q", got, want)
		}
	}
	fields, methods := Members(L, obj)
	if fmt.Sprint(fields, methods) != "[name] [set get]" {
		t.Errorf("Members gives %v, %v", fields, methods)
	}
}

// TestDynamicValues checks the conversion of values whose type only the body knows.
func TestDynamicValues(t *testing.T) {
	L := lua.NewState()
	defer L.Close()
	testModule().Open(L)
	e := envOf(L)
	for _, c := range []struct {
		v    any
		want string
	}{
		{nil, "nil"}, {"s", "s"}, {[]byte("b"), "b"}, {uint8(7), "7"}, {2.5, "2.5"}, {true, "true"},
		{1500 * time.Millisecond, "1.5"}, {time.Unix(3, 0), "3"}, {fmt.Errorf("bad"), "bad"}, {lua.LNumber(4), "4"},
		{(*lamp)(nil), "nil"}, {[4]byte{'a', 'b', 'c', 'd'}, "abcd"}, {new(int), "0"},
	} {
		if got := e.value(c.v).String(); got != c.want {
			t.Errorf("%T %v: got %s, want %s", c.v, c.v, got, c.want)
		}
	}
	list := e.value([]any{1, "x", map[string]any{"k": []string{"v"}}}).(*lua.LTable)
	if got := list.RawGetInt(3).(*lua.LTable).RawGetString("k").(*lua.LTable).RawGetInt(1); got != lua.LString("v") {
		t.Errorf("nested value: got %v", got)
	}
}
