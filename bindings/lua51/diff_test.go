package lua51

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
)

var update = flag.Bool("update", false, "rewrite the expected outputs under testdata/diff from lua5.1")

// differences lists the programs whose output is not the reference interpreter's, and why it stays so. Their
// own output is kept in a section that ends in .ours; a program that no longer differs fails the test.
var differences = map[string]string{
	"basics/constructor_mixed":        "# of a table with holes is another of its borders: the VM keeps all positive integer keys in one array",
	"closures/len_ignores_metamethod": "the VM honours __len on tables, as Lua 5.2 does",
	"errors/bad_arguments_base":       "next with a key that is not in the table ends the traversal; the VM cannot tell the two apart",
	"mathematics/modulo_of_fractions": "the VM's % is exact (C's fmod); 5.1 rounds a - floor(a/b)*b",
	"mathematics/powers_are_exact":    "the VM's ^ is Go's math.Pow, which misses the last digit; math.pow does not",
	"mathematics/trigonometry":        "tangents next to a pole differ in the last digits between C and Go",
	"tables/next_function":            "next with a key that is not in the table ends the traversal; the VM cannot tell the two apart",
}

// A program is one Lua file of an archive under testdata/diff, with what lua5.1 prints for it.
type program struct {
	file, name   string
	source, want string
	ours         string // what a program of differences prints here
}

func (p *program) key() string { return strings.TrimSuffix(p.file, ".txtar") + "/" + p.name }

func (p *program) differs() bool { _, ok := differences[p.key()]; return ok }

// programs reads the corpus.
func programs(t testing.TB) []*program {
	files, err := filepath.Glob("testdata/diff/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	var list []*program
	for _, file := range files {
		_, sections := readArchive(t, file)
		byName := map[string]*program{}
		for _, s := range sections {
			name, kind, _ := strings.Cut(s.name, ".")
			p := byName[name]
			if p == nil {
				p = &program{file: filepath.Base(file), name: name}
				byName[name] = p
				list = append(list, p)
			}
			text := s.text
			switch kind {
			case "lua":
				if p.source != "" {
					t.Fatalf("%s: two programs are named %s", file, name)
				}
				p.source = text
			case "out":
				p.want = text
			case "ours":
				p.ours = text
			default:
				t.Fatalf("%s: unknown section %s", file, s.name)
			}
		}
	}
	return list
}

// TestPrograms compares what every program of the corpus prints, and the error that ends it, with what the
// reference interpreter printed when the corpus was written.
func TestPrograms(t *testing.T) {
	known := map[string]bool{}
	for _, p := range programs(t) {
		known[p.key()] = true
		t.Run(p.key(), func(t *testing.T) {
			got := runHere(t, p)
			switch {
			case !p.differs():
				if got != p.want {
					t.Errorf("output differs from lua5.1's:\n%s", firstDifference(got, p.want))
				}
			case got == p.want:
				t.Error("the output is now lua5.1's: remove the entry from the table of differences")
			case got != p.ours && !*update:
				t.Errorf("a known difference has changed:\n%s", firstDifference(got, p.ours))
			default:
				p.ours = got
			}
		})
	}
	for key := range differences {
		if !known[key] {
			t.Errorf("the table of differences names %s, which is not in the corpus", key)
		}
	}
}

// TestReference runs the corpus under lua5.1 itself and compares with the committed outputs. With -update
// it writes them.
func TestReference(t *testing.T) {
	reference := interop.Lua(t)
	list := programs(t)
	t.Logf("%d programs", len(list))
	for _, p := range list {
		got := runReference(t, reference, p)
		if *update {
			p.want = got
			if p.ours = ""; p.differs() {
				p.ours = runHere(t, p)
			}
		} else if got != p.want {
			t.Errorf("%s: the committed output is not lua5.1's:\n%s", p.key(), firstDifference(p.want, got))
		}
	}
	if *update {
		rewrite(t, list)
	}
}

// runHere returns the output of p under this package, with the error that ended it as the last line.
func runHere(t *testing.T, p *program) string {
	var out bytes.Buffer
	L := NewState(Options{Stdout: &out, Meter: NewMeter(500_000_000), MaxSource: 1 << 20})
	defer L.Close()
	fn, err := Load(L, p.source, "@"+p.name+".lua")
	if err == nil {
		_, err = Call(L, fn)
	}
	if err != nil {
		text := err.Error()
		var failed *RuntimeError
		if errors.As(err, &failed) && failed.Value.Type() == lua.LTNil {
			text = "" // as lua5.1 shows it
		}
		fmt.Fprintf(&out, "error: %s", text)
	}
	return lined(out.String())
}

// runReference returns the output of p under lua5.1 in the same form.
func runReference(t *testing.T, reference string, p *program) string {
	dir := t.TempDir()
	name := p.name + ".lua"
	if err := os.WriteFile(filepath.Join(dir, name), []byte(p.source), 0o644); err != nil {
		t.Fatal(err)
	}
	var out, stderr bytes.Buffer
	cmd := exec.Command(reference, name)
	cmd.Args[0] = "lua5.1" // which starts its messages
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		message, _, _ := strings.Cut(stderr.String(), "\nstack traceback:")
		message = strings.TrimPrefix(message, "lua5.1: ")
		fmt.Fprintf(&out, "error: %s", strings.TrimSuffix(message, "\n"))
	case err != nil:
		t.Fatal(err)
	}
	return lined(out.String())
}

// lined ends a non-empty text with a newline, as an archive does.
func lined(text string) string {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text
}

// rewrite writes the archives with the outputs the programs now have.
func rewrite(t *testing.T, list []*program) {
	archives := map[string]*strings.Builder{}
	for _, p := range list {
		path := filepath.Join("testdata/diff", p.file)
		out := archives[path]
		if out == nil {
			comment, _ := readArchive(t, path)
			out = &strings.Builder{}
			out.WriteString(comment)
			archives[path] = out
		}
		fmt.Fprintf(out, "-- %s.lua --\n%s-- %s.out --\n%s", p.name, p.source, p.name, p.want)
		if p.ours != "" {
			fmt.Fprintf(out, "-- %s.ours --\n%s", p.name, p.ours)
		}
	}
	for path, out := range archives {
		if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// A section of an archive is the text after a line "-- name --".
type section struct{ name, text string }

// readArchive returns the text before the first section and the sections.
func readArchive(t testing.TB, path string) (comment string, sections []section) {
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := &comment
	for line := range strings.Lines(string(data)) {
		name, begins := strings.CutPrefix(line, "-- ")
		name, ends := strings.CutSuffix(name, " --\n")
		if begins && ends && !strings.Contains(name, " ") {
			sections = append(sections, section{name: name})
			text = &sections[len(sections)-1].text
			continue
		}
		*text += line
	}
	return comment, sections
}

// firstDifference shows the first line in which two outputs differ.
func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		a, b := "(nothing)", "(nothing)"
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			return fmt.Sprintf("line %d\n got %q\nwant %q", i+1, a, b)
		}
	}
	return "(equal)"
}
