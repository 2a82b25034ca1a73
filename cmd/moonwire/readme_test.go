package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadmeTables compares the tables of README.md with the code that they describe.
func TestReadmeTables(t *testing.T) {
	readme := readText(t, "README.md")
	errno := readText(t, "engine/stack/errno.go")
	_, table, _ := strings.Cut(errno, "The table of codes is:")
	table, _, _ = strings.Cut(table, "func Code(")
	codes := regexp.MustCompile(`(?m)^//\t(\S+) +(.*)$`).FindAllStringSubmatch(table, -1)
	if len(codes) < 10 {
		t.Fatalf("found only %d codes in errno.go", len(codes))
	}
	for _, c := range codes {
		if row := "| `" + c[1] + "` | " + c[2] + " |"; !strings.Contains(readme, row) {
			t.Errorf("README.md has no row %s", row)
		}
	}
	flags := regexp.MustCompile(`(?m)^\| .--([a-z-]+)`).FindAllStringSubmatch(readme, -1)
	var listed []string
	for _, f := range flags {
		listed = append(listed, f[1])
	}
	if got, want := strings.Join(listed, " "), strings.Join(runFlags(t), " "); got != want {
		t.Errorf("README.md lists the flags %s; run has %s", got, want)
	}
}

// runFlags returns the flags of moonwire run in the order in which --help shows them.
func runFlags(t *testing.T) []string {
	t.Helper()
	var out strings.Builder
	if status := moonwire([]string{"run", "--help"}, console{strings.NewReader(""), &out, &out}); status != 0 {
		t.Fatalf("run --help: status %d", status)
	}
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^ +(?:-\w, )?--([a-z-]+)`).FindAllStringSubmatch(out.String(), -1) {
		if m[1] != "help" {
			names = append(names, m[1])
		}
	}
	return names
}

func readText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
