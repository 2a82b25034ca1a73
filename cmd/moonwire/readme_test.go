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
	for _, command := range []string{"run", "grade"} {
		_, section, _ := strings.Cut(readme, "\nFlags of `"+command+"`")
		_, section, _ = strings.Cut(section, "\n\n") // what stands before the table
		section, _, _ = strings.Cut(section, "\n\n")
		var listed []string
		for _, f := range regexp.MustCompile(`(?m)^\| .--([a-z-]+)`).FindAllStringSubmatch(section, -1) {
			listed = append(listed, f[1])
		}
		if got, want := strings.Join(listed, " "), strings.Join(flagsOf(t, command), " "); got != want {
			t.Errorf("README.md lists the flags %s; %s has %s", got, command, want)
		}
	}
}

// TestReadmeNamesLabs looks for the modules and labs that a table of README.md sends its readers to.
func TestReadmeNamesLabs(t *testing.T) {
	_, section, _ := strings.Cut(readText(t, "README.md"), "\n## Names and mail\n")
	rows := regexp.MustCompile("(?m)^\\| (`.*`) \\|.*\\| (`.*`) \\|$").FindAllStringSubmatch(section, -1)
	if len(rows) < 6 {
		t.Fatalf("found only %d rows", len(rows))
	}
	quoted := regexp.MustCompile("`([^`]+)`")
	for _, row := range rows {
		for _, module := range quoted.FindAllStringSubmatch(row[1], -1) {
			var out strings.Builder
			if status := moonwire([]string{"doc", module[1]}, console{strings.NewReader(""), &out, &out, nil}); status != 0 {
				t.Errorf("no module %s", module[1])
			}
		}
		for _, lab := range quoted.FindAllStringSubmatch(row[2], -1) {
			if _, err := os.Stat(filepath.Join(root, "scripts", lab[1]+".out")); err != nil {
				t.Errorf("no lab %s", lab[1])
			}
		}
	}
}

// flagsOf returns the flags of a command in the order in which --help shows them.
func flagsOf(t *testing.T, command string) []string {
	t.Helper()
	var out strings.Builder
	if status := moonwire([]string{command, "--help"}, console{strings.NewReader(""), &out, &out, nil}); status != 0 {
		t.Fatalf("%s --help: status %d", command, status)
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
