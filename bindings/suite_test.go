package bindings_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
)

// A refusal is a piece of gopher-lua's own test scripts that does not hold here, and why.
type refusal struct {
	from, to int // lines, left out
	why      string
	instead  string // what stands in the first of them
}

// Why pieces are refused.
const (
	likeLua    = "lua5.1 itself fails here: gopher-lua words it differently, or has more than Lua 5.1"
	noDebug    = "debug has only getinfo and traceback: the rest would give a script what belongs to others"
	noProgram  = "no program of the machine can be run, and there is no environment"
	noGoto     = "Lua 5.1 has no goto"
	unbuffered = "a file has no buffer: what is written is in it at once"
)

// suite are the scripts that gopher-lua's own tests run, by folder, with what is refused of them.
var suite = map[string]map[string][]refusal{
	"_lua5.1-tests": {
		"attrib.lua": nil, "calls.lua": nil, "closure.lua": {{411, 423, noDebug, ""}}, "constructs.lua": nil, "events.lua": {{330, 357, noDebug, ""}}, "literals.lua": nil,
		"locals.lua": nil, "math.lua": {{47, 48, likeLua, ""}, {52, 52, likeLua, ""}}, "sort.lua": nil, "strings.lua": nil, "vararg.lua": nil, "pm.lua": {{89, 89, likeLua, "for k = i, j do table.insert(ret, k) end"}}, "files.lua": {{216, 216, unbuffered, ""}},
	},
	"_glua-tests": {
		"base.lua": nil, "coroutine.lua": {{8, 8, likeLua, ""}, {17, 17, likeLua, ""}}, "db.lua": {{6, 11, noDebug, ""}, {42, 73, noDebug, ""}, {75, 83, noDebug, ""}, {86, 86, likeLua, ""}},
		"issues.lua": {{83, 85, likeLua, ""}, {90, 101, likeLua, ""}, {107, 115, likeLua, ""}, {167, 167, likeLua, ""}, {217, 217, likeLua, ""}, {479, 479, likeLua, ""},
			{485, 490, noProgram, ""}}, "os.lua": {{9, 9, noProgram, ""}, {15, 18, noProgram, ""}}, "table.lua": nil, "vm.lua": {{5, 5, likeLua, ""}, {33, 33, likeLua, ""}, {40, 40, likeLua, ""}, {47, 47, likeLua, ""}, {52, 52, likeLua, ""}, {57, 57, likeLua, ""}, {129, 129, likeLua, ""}},
		"math.lua": {{7, 7, likeLua, ""}, {12, 12, likeLua, ""}}, "strings.lua": {{5, 5, likeLua, ""}, {7, 7, likeLua, ""}}, "goto.lua": {{6, 172, noGoto, ""}},
	},
}

// TestGopherLuaSuite runs the scripts with which gopher-lua tests itself as labs: all that is not refused must pass, and what is
// refused must fail, or the list is out of date.
func TestGopherLuaSuite(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/yuin/gopher-lua").Output()
	root := strings.TrimSpace(string(dir))
	if _, statErr := os.Stat(filepath.Join(root, "_glua-tests")); err != nil || statErr != nil {
		interop.Missing(t, "the source of gopher-lua with its tests is not in the module cache: %v, %v", err, statErr)
	}
	for folder, scripts := range suite {
		for name, refusals := range scripts {
			t.Run(folder+"/"+name, func(t *testing.T) {
				t.Parallel()
				files := os.DirFS(filepath.Join(root, folder))
				if errs := runWithout(t, files, name, refusals); errs != "" {
					t.Error(errs)
				}
				for i, r := range refusals {
					others := append(append([]refusal{}, refusals[:i]...), refusals[i+1:]...)
					if runWithout(t, files, name, others) == "" {
						t.Errorf("lines %d to %d are refused (%s) and pass", r.from, r.to, r.why)
					}
				}
			})
		}
	}
}

// runWithout runs a script of a folder with lines left out and returns what it says on standard error.
func runWithout(t *testing.T, files fs.FS, name string, refusals []refusal) string {
	t.Helper()
	source, err := fs.ReadFile(files, name)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(source), "\n")
	for _, r := range refusals {
		for i := r.from; i <= r.to; i++ {
			lines[i-1] = ""
		}
		lines[r.from-1] = r.instead
	}
	changed := fstest.MapFS{name: {Data: []byte(strings.Join(lines, "\n"))}}
	var errs bytes.Buffer
	result, err := bindings.Run{World: engine.Options{Seed: 1, Files: bindings.Files(over{changed, files})}, Script: name, Stderr: &errs}.Do()
	if err != nil {
		t.Fatal(err)
	}
	if result.Status != 0 && errs.Len() == 0 {
		return result.Verdict
	}
	return errs.String()
}

// over is a file system on top of another.
type over struct{ top, below fs.FS }

// Open implements fs.FS.
func (o over) Open(name string) (fs.File, error) {
	if f, err := o.top.Open(name); err == nil && name != "." {
		return f, nil
	}
	return o.below.Open(name)
}
