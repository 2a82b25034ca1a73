package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const root = "../.."

// TestSnippets runs every fenced block of every hand-written page and compares what it prints.
//
// A block "console" holds commands after a dollar sign, each followed by its output. A block with a file's name after its
// language, such as "lua lab.lua", is that file; some later command must mention it. There are no other kinds.
func TestSnippets(t *testing.T) {
	pages := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "testdata" || d.Name() == "reference"):
			return filepath.SkipDir // the pages of reference are generated, and their examples tested there
		case filepath.Ext(path) != ".md":
			return nil
		}
		pages++
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		shell := &shell{dir: t.TempDir()}
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), "check.lua")); err == nil {
			if err := checkHandout(os.DirFS(filepath.Dir(path)), string(text), shell.run); err != nil {
				t.Errorf("%s:\n%v", path, err)
			}
			return nil
		}
		if err := checkPage(string(text), shell.run); err != nil {
			t.Errorf("%s:\n%v", path, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if pages == 0 {
		t.Fatal("no page found")
	}
}

// A block is a fenced block: its language, the rest of the line, and its text.
type block struct {
	line           int
	language, name string
	text           string
}

func blocks(page string) ([]block, error) {
	var list []block
	var open *block
	for i, line := range strings.SplitAfter(page, "\n") {
		fence, isFence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case isFence && open == nil:
			language, name, _ := strings.Cut(fence, " ")
			open = &block{line: i + 1, language: language, name: name}
		case isFence:
			list = append(list, *open)
			open = nil
		case open != nil:
			open.text += line
		}
	}
	if open != nil {
		return nil, fmt.Errorf("line %d: the block is not closed", open.line)
	}
	return list, nil
}

// checkPage runs the blocks of a page: run gets the files written so far and a command and returns its output.
func checkPage(page string, run func(files map[string]string, command string) (string, error)) error {
	list, err := blocks(page)
	if err != nil {
		return err
	}
	var failures []error
	files, used := map[string]string{}, map[string]bool{}
	for _, b := range list {
		switch {
		case b.language == "console":
			failures = append(failures, checkConsole(b, func(command string) (string, error) {
				for name := range files {
					used[name] = used[name] || strings.Contains(command, name) || usedBy(files, used, name)
				}
				return run(files, command)
			}))
		case b.name != "":
			files[b.name] = b.text
		default:
			failures = append(failures, fmt.Errorf("line %d: a block %q is never run; make it console, or name its file", b.line, b.language))
		}
	}
	for _, b := range list {
		if b.name != "" && !used[b.name] && !usedBy(files, used, b.name) {
			failures = append(failures, fmt.Errorf("line %d: no command runs the file %s", b.line, b.name))
		}
	}
	return errors.Join(failures...)
}

// checkHandout runs the commands of an exercise's handout with the solution as what is handed in; they must succeed. Its other blocks are
// dialogues and pieces of programs.
func checkHandout(exercise fs.FS, page string, run func(files map[string]string, command string) (string, error)) error {
	list, err := blocks(page)
	if err != nil {
		return err
	}
	var failures []error
	for _, b := range list {
		if b.language != "console" {
			continue
		}
		failures = append(failures, checkConsole(block{line: b.line, text: b.text}, func(command string) (string, error) {
			files := map[string]string{}
			for _, name := range regexp.MustCompile(`\b\w+\.lua\b`).FindAllString(command, -1) {
				source, err := fs.ReadFile(exercise, "solution/"+name)
				if err != nil {
					source, err = fs.ReadFile(exercise, "solution.lua")
				}
				if err != nil {
					return "", err
				}
				files[name] = string(source)
			}
			got, err := run(files, command)
			if err == nil && !strings.Contains(b.text, got) {
				got = "" // handouts show no marks
			}
			return got, err
		}))
	}
	return errors.Join(failures...)
}

// usedBy reports whether a file that a command runs mentions name.
func usedBy(files map[string]string, used map[string]bool, name string) bool {
	for other, text := range files {
		if used[other] && strings.Contains(text, `"`+name+`"`) {
			return true
		}
	}
	return false
}

// checkConsole runs the commands of a console block and compares their output.
func checkConsole(b block, run func(string) (string, error)) error {
	first, _, _ := strings.Cut(b.text, "\n")
	if !strings.HasPrefix(first, "$ ") {
		return fmt.Errorf("line %d: a console block begins with a command: $ …", b.line)
	}
	var failures []error
	for session := range strings.SplitSeq("\n"+strings.TrimPrefix(b.text, "$ "), "\n$ ") {
		command, want, _ := strings.Cut(strings.TrimPrefix(session, "\n"), "\n")
		got, err := run(command)
		if err != nil {
			failures = append(failures, fmt.Errorf("line %d: %s: %w\n%s", b.line, command, err, got))
			continue
		}
		if diff := cmp.Diff(strings.TrimRight(want, "\n"), strings.TrimRight(got, "\n")); diff != "" {
			failures = append(failures, fmt.Errorf("line %d: %s: output differs (-page +got):\n%s", b.line, command, diff))
		}
	}
	return errors.Join(failures...)
}

// A shell runs the commands of a page. Those of Go run at the top of the repository, as the page tells the reader to.
type shell struct{ dir string }

func (s *shell) run(files map[string]string, command string) (string, error) {
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o644); err != nil {
			return "", err
		}
	}
	if strings.HasPrefix(command, "go test ") {
		return "", runByCI(command) // running the tests from a test would never end
	}
	dir := s.dir
	if strings.HasPrefix(command, "go run ") {
		dir = root
		for name := range files {
			command = strings.ReplaceAll(command, " "+name, " '"+filepath.Join(s.dir, name)+"'")
		}
	}
	c := exec.Command("sh", "-c", command)
	c.Dir = dir
	c.Env = append(os.Environ(), "GOFLAGS=") // such as -v, which would show in the output
	out, err := c.CombinedOutput()
	return withoutWarnings(string(out)), err
}

// withoutWarnings leaves out what is said of walls that a machine does not have: a line, and in a report what comes before the first verdict.
func withoutWarnings(out string) string {
	out = regexp.MustCompile(`(?m)^moonwire: warning: .*\n`).ReplaceAllString(out, "")
	return regexp.MustCompile(`(?m)^warning: ISOLATION IS INCOMPLETE: (?:.*\n)*?([A-Z]+ )`).ReplaceAllString(out, "$1")
}

// runByCI makes sure that the checks of the repository run exactly this command.
func runByCI(command string) error {
	script, err := os.ReadFile(filepath.Join(root, ".ci", "run"))
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(script)) {
		if strings.HasSuffix(strings.TrimSpace(line), command) && !strings.HasPrefix(strings.TrimSpace(line), "#") {
			return nil
		}
	}
	return fmt.Errorf(".ci/run does not run it")
}

// TestSnippetsCanFail shows checkPage pages with mistakes.
func TestSnippetsCanFail(t *testing.T) {
	echo := func(_ map[string]string, command string) (string, error) {
		if command == "false" {
			return "", errors.New("exit status 1")
		}
		return strings.TrimPrefix(command, "echo ") + "\n", nil
	}
	fence := "```"
	for name, test := range map[string]struct {
		page string
		want string
	}{
		"good":       {"text\n" + fence + "lua a.lua\nx\n" + fence + "\n" + fence + "console\n$ echo a.lua\na.lua\n$ echo b\nb\n" + fence, ""},
		"output":     {fence + "console\n$ echo a\nb\n" + fence, "output differs"},
		"second":     {fence + "console\n$ echo a\na\n$ echo b\nc\n" + fence, "echo b: output differs"},
		"status":     {fence + "console\n$ false\n" + fence, "exit status 1"},
		"no command": {fence + "console\na\n" + fence, "begins with a command"},
		"not run":    {fence + "lua\nprint(1)\n" + fence, "never run"},
		"no kind":    {fence + "\nprint(1)\n" + fence, "never run"},
		"unused":     {fence + "lua a.lua\nx\n" + fence + "\n" + fence + "console\n$ echo b\nb\n" + fence, "no command runs the file a.lua"},
		"open":       {fence + "console\n$ echo a\na\n", "not closed"},
	} {
		err := checkPage(test.page, echo)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
	points := func(files map[string]string, command string) (string, error) {
		if files["a.lua"] != "x" {
			return "", errors.New("exit status 1")
		}
		return "a has 5 of 5 points\n", nil
	}
	handout := fstest.MapFS{"solution.lua": {Data: []byte("x")}}
	for page, want := range map[string]string{"$ grade a.lua\n": "", "$ grade a.lua\na has 5 of 5 points\n": "", "$ grade a.lua\nb\n": "output differs", "$ false\n": "exit status 1", "x\n": "begins with a command"} {
		err := checkHandout(handout, fence+"console\n"+page+fence, points)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q in a handout: got %v, want %q", page, err, want)
		}
	}
	if runByCI("go test ./nosuch/...") == nil {
		t.Error("runByCI found a command that is not there")
	}
}

// TestWithoutWarnings: of a report only the warning goes.
func TestWithoutWarnings(t *testing.T) {
	const report = "a: b    3 of 5 points\nwarning: ISOLATION IS INCOMPLETE: this machine lacks namespaces (fork/exec\n/tmp/moonwire: operation not permitted). What is there: process,\nseccomp\nPASS      One\n"
	if got := withoutWarnings("moonwire: warning: no wall\n" + report + "warning: other\n"); got != "a: b    3 of 5 points\nPASS      One\nwarning: other\n" {
		t.Errorf("%q", got)
	}
}
