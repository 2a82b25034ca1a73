package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine/grade"
)

func TestMain(m *testing.M) {
	grade.Begin(bindings.Checker()) // submissions run in processes of this program
	testscript.Main(m, map[string]func(){"moonwire": main})
}

// TestCommands runs the scripts under testdata/script, each a short session with moonwire.
func TestCommands(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": checkStatus,
			"plain":  checkPlain,
		},
		Setup:     writeGarbage,
		Condition: condition,
	})
}

// condition knows root, whether the user is, and static, whether this program needs none of the system's libraries: where Go finds a C
// compiler it makes one that does.
func condition(name string) (bool, error) {
	switch name {
	case "root":
		return os.Geteuid() == 0, nil
	case "static":
		_, err := staticProgram("")
		return err == nil, nil
	}
	return false, fmt.Errorf("no condition %s", name)
}

// writeGarbage adds the files that a text archive cannot hold.
func writeGarbage(env *testscript.Env) error {
	for name, data := range map[string]string{
		"elf.bin":       "\x7fELF\x02\x01\x01\x00\x00\x00\xff\xfe\x00\x80",
		"bytecode.lua":  "\x1bLuaQ\x00\x01\x04\x08\x04\x08\x00",
		"utf16.lua":     "\xff\xfep\x00r\x00i\x00n\x00t\x00",
		"bom.lua":       "\xef\xbb\xbfprint(1)\n",
		"noise.lua":     "print(1)\n\x1b[31m\xff\xfe\x07\x80 = \x9b2J\n",
		"broken.zip":    "PK\x03\x04 no more",
		"handed_in.zip": zipped("homework/greeter.lua", "__MACOSX/homework/._greeter.lua"),
		"hostile.zip":   zipped("../../up.lua", "/etc/x.lua", "greeter.lua", `a\..\..\b.lua`),
	} {
		if err := os.WriteFile(filepath.Join(env.WorkDir, name), []byte(data), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// zipped makes an archive in which each file is a solution of the exercise that moonwire new makes.
func zipped(names ...string) string {
	solution, err := template.ReadFile("template/solution.lua")
	if err != nil {
		panic(err)
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range names {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(solution)
		}
		if err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

// checkStatus is the command "status N command args…": the command must exit with status N.
func checkStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N command args…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := exitStatus(ts.Exec(args[1], args[2:]...)); got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

func exitStatus(err error) int {
	if err == nil {
		return 0
	}
	if exit, ok := err.(*exec.ExitError); ok {
		return exit.ExitCode()
	}
	return -1
}

// checkPlain is the command "plain": the last command printed nothing that only Go programmers can read.
func checkPlain(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: plain")
	}
	for _, stream := range []string{"stdout", "stderr"} {
		if word := inner(ts.ReadFile(stream)); word != "" {
			ts.Fatalf("%s shows the inside of moonwire: %q", stream, word)
		}
	}
}

// inner returns the first trace of Go's own messages in text.
func inner(text string) string {
	return regexp.MustCompile(`goroutine \d+|\bpanic\b|runtime error|\.go:\d+|0xc0[0-9a-f]{8}|%!\w\(|internal error|<nil>|[^\t\n\x20-\x7e\p{L}…“”→–█✓✗␣×±]`).FindString(text)
}

func TestPlainCanFail(t *testing.T) {
	for _, text := range []string{
		"panic: boom", "goroutine 1 [running]:", "main.go:12: x", "runtime error: index", "%!s(int=1)", "err <nil>", "&{0xc000012345}", "\x1b[31mred", "a\xffb",
	} {
		if inner(text) == "" {
			t.Errorf("%q passed", text)
		}
	}
	if word := inner("lab.lua:3: net.link: want a host, got nil\n"); word != "" {
		t.Errorf("%q was refused", word)
	}
}

// A brokenWriter stands for a mistake inside moonwire.
type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { panic("broken") }

func TestDefect(t *testing.T) {
	var errs strings.Builder
	if got := moonwire([]string{"version"}, console{strings.NewReader(""), brokenWriter{}, &errs, nil}); got != statusDefect {
		t.Errorf("status %d, want %d", got, statusDefect)
	}
	if text := errs.String(); !strings.HasPrefix(text, "moonwire: a defect of moonwire, not of your script: broken\n") {
		t.Errorf("standard error is %q", text)
	}
}
