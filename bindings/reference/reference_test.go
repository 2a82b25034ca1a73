package reference_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/reference"
	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"
)

var update = flag.Bool("update", false, "write the pages instead of comparing them")

func modules() []*bind.Module { return bindings.AllModules() }

func TestFresh(t *testing.T) {
	want := reference.Generate(modules())
	if *update {
		write(t, want)
	}
	for _, name := range reference.Stale(want, os.DirFS(".")) {
		t.Errorf("%s is stale; run go test ./bindings/reference -update", name)
	}
}

func write(t *testing.T, files []reference.File) {
	t.Helper()
	for _, name := range reference.Stale(files, os.DirFS(".")) {
		if left, ok := strings.CutSuffix(name, " (left over)"); ok {
			if err := os.Remove(left); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, file := range files {
		if err := os.WriteFile(filepath.FromSlash(file.Path), []byte(file.Text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestStaleIsFound feeds the freshness check what it must refuse.
func TestStaleIsFound(t *testing.T) {
	want := reference.Generate(modules())
	fresh := func() fstest.MapFS {
		tree := fstest.MapFS{}
		for _, file := range want {
			tree[file.Path] = &fstest.MapFile{Data: []byte(file.Text)}
		}
		return tree
	}
	if stale := reference.Stale(want, fresh()); stale != nil {
		t.Errorf("fresh pages are called stale: %q", stale)
	}
	changed := fresh()
	changed["pages/json.md"] = &fstest.MapFile{Data: []byte("# json\n")}
	delete(changed, "meta/json.lua")
	changed["meta/old.lua"] = &fstest.MapFile{}
	got := reference.Stale(want, changed)
	for _, name := range []string{"pages/json.md", "meta/json.lua", "meta/old.lua (left over)"} {
		if !slices.Contains(got, name) {
			t.Errorf("%s is not found in %q", name, got)
		}
	}
}

// everything declares one of each thing that pages show.
func everything() *bind.Module {
	type lamp struct{ on bool }
	type state struct {
		On    bool
		Owner *string `doc:"whose it is"`
	}
	return bind.New("room.light", "Lamps.", func() []bind.Member {
		return []bind.Member{
			bind.Fn("lamp", "Make a lamp.", func(*bind.Call, struct {
				Name    string `doc:"its name"`
				Options struct {
					Level int    `doc:"brightness" default:"3" min:"1" max:"9"`
					Kind  string `doc:"what it is" enum:"led,bulb" default:"led"`
				} `doc:"how"`
			}) (*lamp, error) {
				return &lamp{}, nil
			}).Returns("lamp", "off").Errors("refused"),
			bind.Class("Lamp", "A lamp.",
				bind.Method("state", "How it is.", func(*lamp, *bind.Call, bind.None) (state, error) { return state{}, nil }),
				bind.MethodProc("say", "Write on it.", func(*lamp, *bind.Call, struct {
					Words []string `doc:"the words" rest:"true"`
				}) error {
					return nil
				}),
				bind.Field("on", "Whether it is on.", func(l *lamp) bool { return l.on })),
			bind.Part("wall", "On the wall.",
				bind.Proc("knock", "Knock.", func(*bind.Call, bind.None) error { return nil })),
			bind.Const("MAX", "The brightest.", 9),
		}
	})
}

const everythingMeta = `---@meta room.light

-- Made from the declaration; do not edit.

---@class room.light.lamp.options
---@field level? integer brightness (1 to 9; default 3)
---@field kind? "led"|"bulb" what it is (led, bulb; default led)

---@class room.light.state
---@field on boolean
---@field owner string? whose it is

---Lamps.
---@class room.light
---@field MAX integer The brightest.
---@field wall room.light.wall On the wall.
local light = {}

---Make a lamp.
---@param name string its name
---@param options? room.light.lamp.options how
---@return room.light.Lamp? lamp off
---@return string? message why not
---@return string? code refused
function light.lamp(name, options) end

---@class room.light.wall
light.wall = {}

---Knock.
---@return true ok done
function light.wall.knock() end

---A lamp.
---@class room.light.Lamp
---@field on boolean Whether it is on.
local Lamp = {}

---How it is.
---@return room.light.state result
function Lamp:state() end

---Write on it.
---@param ... string the words (any number)
---@return true ok done
function Lamp:say(...) end

return light
`

func TestLuaLS(t *testing.T) {
	got := reference.LuaLS(everything())
	if got != everythingMeta {
		t.Errorf("got\n%s", got)
	}
	for _, m := range append(modules(), everything()) {
		chunk, err := parse.Parse(strings.NewReader(reference.LuaLS(m)), m.Name)
		if err == nil {
			_, err = lua.Compile(chunk, m.Name)
		}
		if err != nil {
			t.Errorf("the annotations of %s are not Lua: %v", m.Name, err)
		}
	}
}

func TestMarkdown(t *testing.T) {
	got := reference.Markdown(everything())
	for _, want := range []string{
		"# room.light\n", "### room.light.lamp(name [, options])\n",
		"| `options.level` | `integer` | brightness (1 to 9; default 3) |\n",
		"Returns `lamp` (`room.light.Lamp`): off  \nor nil, a message and a code: `refused`\n",
		"## Class room.light.Lamp\n", "### room.light.Lamp:say([words…])\n", "## room.light.wall\n",
		"| `room.light.MAX` | `integer` | The brightest. (9) |\n", "## Table room.light.state\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("missing %q in\n%s", want, got)
		}
	}
}
