package bindings_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine"
)

func noMembers() []bind.Member { return nil }

// TestRunsThatCannotBegin checks that Do says what is wrong with what the calling program gave.
func TestRunsThatCannotBegin(t *testing.T) {
	world := engine.Options{Files: fstest.MapFS{"lab.lua": {Data: []byte("print(1)")}}}
	own, socket := bind.New("own", "A module.", noMembers), bind.New("socket", "A module.", noMembers)
	for _, c := range []struct {
		run  bindings.Run
		want string
	}{
		{bindings.Run{World: world}, "bindings: no script: Run.Script wants a path inside World.Files"},
		{bindings.Run{World: world, Script: "other.lua"}, "other.lua"},
		{bindings.Run{Script: "lab.lua"}, "cannot read lab.lua"},
		{bindings.Run{World: world, Script: "lab.lua", Modules: []*bind.Module{nil}}, "bindings: Run.Modules[0] is nil"},
		{bindings.Run{World: world, Script: "lab.lua", Modules: []*bind.Module{own, socket}}, `bindings: Run.Modules[1]: there is a module "socket" already; give this one another name`},
		{bindings.Run{World: world, Script: "lab.lua", Modules: []*bind.Module{own, own}}, `bindings: Run.Modules[1]: there is a module "own" already; give this one another name`},
	} {
		if _, err := c.run.Do(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got the error %v, want %q", err, c.want)
		}
	}
}

// TestAnyFileSystem runs a script of a file system as it is and as Files gives it, with an Observe that has nothing to end.
func TestAnyFileSystem(t *testing.T) {
	folder := fstest.MapFS{"a/lab.lua": {Data: []byte(`print(io.open("lab.lua"):read("*a") == io.open("/a/lab.lua"):read("*a"))`)}}
	for _, files := range []fs.FS{folder, bindings.Files(folder), bindings.Files(bindings.Files(folder))} {
		for _, script := range []string{"a/lab.lua", "/a/lab.lua"} {
			var out, seen strings.Builder
			result, err := bindings.Run{World: engine.Options{Files: files}, Script: script, Stdout: &out, Stderr: &out,
				Observe: func(*engine.World) func() { seen.WriteString("seen"); return nil }}.Do()
			if err != nil || result.Verdict != "ok" || out.String() != "true\n" || seen.String() != "seen" {
				t.Errorf("%s: %v, %s, %q, %q", script, err, result.Verdict, out.String(), seen.String())
			}
		}
	}
}
