package policy

import (
	"fmt"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestSamples runs the checkers on sources in which each line says in comments "// want text" what must be found there.
func TestSamples(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) < 3 {
		t.Fatal(archives, err)
	}
	for _, name := range archives {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var files []source
		wanted := map[string][]string{} // by file:line
		fset := token.NewFileSet()
		for _, f := range archive.Files {
			s, err := parse(fset, "", f.Name, f.Data)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, s)
			for i, line := range strings.Split(string(f.Data), "\n") {
				at := fmt.Sprintf("%s:%d", f.Name, i+1)
				for _, want := range strings.Split(line, "// want ")[1:] {
					wanted[at] = append(wanted[at], strings.TrimSpace(want))
				}
			}
		}
		compare(t, name, wanted, checkPackage(files))
	}
}

func compare(t *testing.T, archive string, wanted map[string][]string, found []string) {
	for _, problem := range found {
		at, text, _ := strings.Cut(problem, ": ")
		list := wanted[at]
		hit := -1
		for i, want := range list {
			if strings.Contains(text, want) {
				hit = i
				break
			}
		}
		if hit < 0 {
			t.Errorf("%s: found but not wanted: %s", archive, problem)
			continue
		}
		wanted[at] = append(list[:hit:hit], list[hit+1:]...)
	}
	for at, list := range wanted {
		for _, want := range list {
			t.Errorf("%s: %s: wanted but not found: %s", archive, at, want)
		}
	}
}
