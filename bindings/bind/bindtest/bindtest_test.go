package bindtest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	lua "github.com/yuin/gopher-lua"
)

type box struct{ items []string }

type putArgs struct {
	Item string `doc:"what" enum:"a,b"`
}

type indexArgs struct {
	I       int `doc:"which" min:"0" max:"9"`
	Options struct {
		Deep bool `doc:"deep" default:"false"`
	} `doc:"how"`
}

// sound is a module without a fault; the others each have one that the checks must find.
var sound = bind.New("sound", "Works.", func() []bind.Member {
	return []bind.Member{
		bind.Fn("get", "Gets.", func(_ *bind.Call, a indexArgs) (int, error) {
			if a.I > 5 {
				return 0, errors.New("too far")
			}
			return a.I, nil
		}).Errors("failed").Example(`print(sound.get(3)) --> 3`),
		bind.Class("Box", "A box.",
			bind.MethodProc("put", "Puts.", func(b *box, _ *bind.Call, a putArgs) error { b.items = append(b.items, a.Item); return nil })),
	}
})

func problems(m *bind.Module, f *bind.Func) []string {
	L := lua.NewState()
	defer L.Close()
	return Problems(L, Config{Modules: []*bind.Module{m}}, f)
}

func TestSoundModulePasses(t *testing.T) {
	Misuse(t, Config{Modules: []*bind.Module{sound}})
	Examples(t, []*bind.Module{sound}, Run([]*bind.Module{sound}))
}

func TestFaultsAreFound(t *testing.T) {
	for want, body := range map[string]func(*bind.Call, indexArgs) bind.Out{
		"shows a bug": func(_ *bind.Call, a indexArgs) bind.Out { _ = []int{0}[a.I]; return bind.Out{} },
		"does not name the function": func(c *bind.Call, _ indexArgs) bind.Out {
			c.L.RaiseError("sorry")
			return bind.Out{}
		},
		"fails without a code": func(c *bind.Call, _ indexArgs) bind.Out { return c.Return(nil, "sorry") },
	} {
		f := bind.Var("bad", "Has a fault.", body).Errors("failed")
		found := problems(bind.New("faulty", "Has a fault.", func() []bind.Member { return []bind.Member{f} }), f)
		if !slices.ContainsFunc(found, func(s string) bool { return strings.Contains(s, want) }) {
			t.Errorf("a body that %s is not found: %q", want, found)
		}
	}
	raw := bind.Raw[indexArgs]("bad", "Reads without a check.", func(c *bind.Call) bind.Out {
		return c.Return(string(c.Arg(1).(lua.LString)))
	})
	if found := problems(bind.New("faulty", "Has a fault.", func() []bind.Member { return []bind.Member{raw} }), raw); found == nil {
		t.Error("a raw body that reads without a check is not found")
	}
}

func TestCompareFindsWrongExamples(t *testing.T) {
	for _, c := range []struct {
		script, output string
		err            error
		want           string
	}{
		{"print(1) --> 1", "1\n", nil, ""},
		{"print(1, 2)\n--> 1\t2", "1\t2\n", nil, ""},
		{"print(1)", "1\n", nil, ""},
		{"print(1) --> 2", "1\n", nil, "says it prints"},
		{"print(1) print(2) --> 1", "1\n2\n", nil, "says it prints"},
		{"error()", "", errors.New("x"), "fails: x"},
	} {
		if got := Compare(c.script, c.output, c.err); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.script, got, c.want)
		}
	}
}
