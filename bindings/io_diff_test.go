package bindings_test

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
)

var update = flag.Bool("update", false, "write the expected outputs of lua5.1 instead of comparing them")

// ioInput is the standard input of the programs in testdata/io, ioArgs are their arguments.
const ioInput = "first line\n123 45.5 rest\nmore\n"

var ioArgs = []string{"one", "two words"}

func ioPrograms(t *testing.T) []string {
	files, err := filepath.Glob("testdata/io/*.lua")
	if err != nil || len(files) == 0 {
		t.Fatalf("no programs: %v", err)
	}
	return files
}

// TestIOReference checks that the expected outputs are what lua5.1 says today.
func TestIOReference(t *testing.T) {
	lua := interop.Lua(t)
	for _, file := range ioPrograms(t) {
		script, err := filepath.Abs(file)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		source, err := os.ReadFile(script)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "lab.lua"), source, 0o644); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), lua, append([]string{"lab.lua"}, ioArgs...)...)
		cmd.Dir, cmd.Stdin, cmd.Stderr, cmd.Env = dir, strings.NewReader(ioInput), os.Stderr, append(os.Environ(), "TZ=UTC")
		out, err := cmd.Output()
		if err != nil {
			t.Errorf("%s: lua5.1: %v", file, err)
			continue
		}
		expected := strings.TrimSuffix(file, ".lua") + ".out"
		if *update {
			if err := os.WriteFile(expected, out, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(expected); err != nil || !bytes.Equal(want, out) {
			t.Errorf("%s is not what lua5.1 prints (%v); run go test ./bindings -run IO -update", expected, err)
		}
	}
}

// TestIOPrograms compares os and io of the virtual host with lua5.1's over the machine's files.
func TestIOPrograms(t *testing.T) {
	for _, file := range ioPrograms(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(strings.TrimSuffix(file, ".lua") + ".out")
			if err != nil {
				t.Fatal(err)
			}
			out, errs, _ := lab(t, map[string]string{"lab.lua": string(source)}, func(r *bindings.Run) {
				r.Stdin, r.Args = strings.NewReader(ioInput), ioArgs
			})
			wanted, got := strings.Split(string(want), "\n"), strings.Split(out, "\n")
			for i := range max(len(wanted), len(got)) {
				if i >= len(wanted) || i >= len(got) || wanted[i] != got[i] {
					t.Fatalf("line %d\nlua5.1: %q\nhere:   %q\n%s", i+1, wanted[min(i, len(wanted)-1)], got[min(i, len(got)-1)], errs)
				}
			}
		})
	}
}
