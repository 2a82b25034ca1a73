package bindings_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine/grade"
)

var program *grade.Program

// TestMain lets the test binary be the process in which submissions run.
func TestMain(m *testing.M) {
	program = grade.Begin(bindings.Checker())
	os.Exit(m.Run())
}

// gradedExercise runs a submission between two tests that need nothing of it.
func gradedExercise() *grade.Exercise {
	return &grade.Exercise{Name: "hostile", Files: fstest.MapFS{"check.lua": {Data: []byte(`
local check, net, socket = require "check", require "net", require "socket"
check.exercise{title = "Hostile", main = "hostile.lua", limits = {time = "20 h"}}
check.test{name = "before", points = 1, run = function(t) t:expect(1, "one"):equals(1) end}
check.test{name = "run", points = 2, run = function(t)
  local a, b = net.host "a", net.host "b"
  net.link(a, b, {delay = "1 ms"})
  b:spawn(function()
    local welcome = assert(socket.bind("*", 7777))
    while true do welcome:accept():close() end
  end)
  local p = t:start(a)
  t:credit(1)
  t:expect(p:wait(), "the status"):equals(0)
end}
check.test{name = "after", points = 4, run = function(t) t:expect(1, "one"):equals(1) end}
`)}}}
}

// gradedVerdicts are what a test may say of a script that has a verdict alone.
var gradedVerdicts = map[string][]grade.Verdict{
	"ok": {grade.Passed}, "failed": {grade.Crash, grade.CannotLoad, grade.Failed}, "depth": {grade.Crash}, "fuel": {grade.Fuel}, "memory": {grade.Memory},
	"output": {grade.OutputLimit}, "time": {grade.TimeOut},
}

// TestGradedHostileScripts hands in each hostile script, and honest ones between them: each ends with its own verdict, nobody else notices, and
// the machine's memory is bounded.
func TestGradedHostileScripts(t *testing.T) {
	var subs []*grade.Submission
	wanted := map[string]hostile{}
	for i, h := range hostileScripts(t) {
		if testing.Short() && i%10 > 0 {
			continue
		}
		subs = append(subs, &grade.Submission{Name: h.name, Files: fstest.MapFS{"hostile.lua": {Data: []byte(h.source)}}})
		wanted[h.name] = h
		if i%5 == 0 {
			subs = append(subs, &grade.Submission{Name: fmt.Sprint("honest ", i), Files: fstest.MapFS{"hostile.lua": {Data: []byte("print 'fine'")}}})
		}
	}
	results, err := grade.All(t.Context(), gradedExercise(), subs, grade.Options{Program: program, Limits: grade.Limits{Fuel: 1_000_000, Memory: 16 << 20}})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		before, run, after := r.Outcomes[0], r.Outcomes[1], r.Outcomes[2]
		h, bad := wanted[r.Submission]
		want, ok := gradedVerdicts[h.verdict]
		switch {
		case !bad:
			want = []grade.Verdict{grade.Passed}
		case h.lab, run.Shown != nil && strings.Contains(fmt.Sprint(run.Shown.Report, run.Shown.Findings), "requires the module"): // which the exercise does not list
			want = append(slices.Clone(gradedVerdicts["failed"]), grade.Fuel, grade.Memory, grade.TimeOut, grade.Passed)
		case !ok:
			want = []grade.Verdict{grade.Limit, grade.Fuel} // whichever comes first
		case strings.HasPrefix(h.name, "memory/"), h.verdict == "memory":
			want = append(slices.Clone(want), grade.Fuel)
		}
		if !slices.Contains(want, run.Verdict) {
			t.Errorf("%s: %s, want %v: %+v", r.Submission, run.Verdict, want, run.Shown)
		}
		if before.Verdict != grade.Passed || after.Verdict != grade.Passed || r.Resident > 520<<20 || r.Took > 10*time.Minute {
			t.Errorf("%s: %s and %s, %d MiB, %v", r.Submission, before.Verdict, after.Verdict, r.Resident>>20, r.Took)
		}
	}
	if _, err := os.Stat("/tmp/moonwire-escape"); err == nil {
		t.Error("a script wrote a file of the machine")
	}
	t.Log(results[0].Isolation, results[0].Warnings)
	report(t, results)
}

// report logs what took the most.
func report(t *testing.T, results []grade.Result) {
	slices.SortFunc(results, func(a, b grade.Result) int { return cmp.Compare(b.Took, a.Took) })
	for _, r := range results[:min(3, len(results))] {
		t.Logf("%s took %v", r.Submission, r.Took)
	}
	slices.SortFunc(results, func(a, b grade.Result) int { return cmp.Compare(b.Resident, a.Resident) })
	for _, r := range results[:min(3, len(results))] {
		t.Logf("%s had %d MiB", r.Submission, r.Resident>>20)
	}
}

// TestGradedTricks hands in what tries to look like a verdict, to leave its folder, or to be more than anybody writes.
func TestGradedTricks(t *testing.T) {
	many := fstest.MapFS{"hostile.lua": {Data: []byte("print 'fine'")}}
	for i := range 100_000 {
		many[fmt.Sprintf("d%d/f%d", i%100, i)] = &fstest.MapFile{}
	}
	outside := filepath.Join(t.TempDir(), "outside")
	folder := t.TempDir()
	for _, err := range []error{
		os.WriteFile(outside, []byte("secret"), 0o666),
		os.WriteFile(filepath.Join(folder, "hostile.lua"), []byte(`
			for _, name in ipairs{"link", "loop/loop/hostile.lua", "../outside", "/proc/self/environ", "/etc/passwd", "check.lua", "/check.lua", "../check.lua", "solution.lua"} do
				local f = io.open(name)
				if f then error("read " .. name .. ": " .. f:read("*a")) end
			end
			assert(io.open("odd\nname\27[2J", "r"))`), 0o666),
		os.WriteFile(filepath.Join(folder, "odd\nname\x1b[2J"), []byte("x"), 0o666),
		os.WriteFile(filepath.Join(folder, "not\xfftext"), []byte("x"), 0o666),
		os.Symlink(outside, filepath.Join(folder, "link")),
		os.Symlink(".", filepath.Join(folder, "loop")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	source := func(text string) fs.FS { return fstest.MapFS{"hostile.lua": {Data: []byte(text)}} }
	for _, c := range []struct {
		name  string
		files fs.FS
		want  grade.Verdict
		says  string
	}{
		{"fake answer", source(`io.stderr:write('{"test":"run","seed":1,"verdict":"passed","earned":2}\n') print('{"test":"run","seed":1,"verdict":"passed","earned":2}') error "no"`), grade.Crash, "no"},
		{"descriptor 3", source(`local f = assert(io.open("/dev/fd/3", "w")) f:write("x")`), grade.Crash, "/dev/fd/3"},
		{"exit 0 after a failure", source(`pcall(error, "x") os.exit(3)`), grade.Failed, "expected 0, got 3"},
		{"error that prints itself", source(`error(setmetatable({}, {__tostring = function() while true do end end}))`), grade.Crash, ""},
		{"words of a terminal", source(`error('\27[2J\27]0;passed\7\0\255')`), grade.Crash, ""},
		{"much output", source(`for i = 1, 1e6 do io.write(("x"):rep(1000)) end`), grade.OutputLimit, ""},
		{"the seed", source(`local check = require "check"`), grade.Crash, "module 'check' not found"},
		{"the topology", source(`local net = require "net"`), grade.Crash, "module 'net'"},
		{"who waits for it", source(`for k in pairs(_G) do if k:find "check" or k:find "grade" or k:find "seed" then error(k) end end assert(not arg[1])`), grade.Passed, ""},
		{"links and odd names", os.DirFS(folder), grade.Passed, ""},
		{"a byte order mark", source("\ufeffprint 'fine'"), grade.Passed, ""},
		{"a module with a byte order mark", fstest.MapFS{"hostile.lua": {Data: []byte("\ufeff#!lua\nassert(require 'm' == 5)")}, "m.lua": {Data: []byte("\ufeffreturn 5")}}, grade.Passed, ""},
		{"UTF-16", source("\xff\xfep\x00r\x00"), grade.CannotLoad, "save it as UTF-8"},
		{"no file", fstest.MapFS{"Hostile.lua": {}, "x/other\x1b.lua": {}}, grade.CannotLoad, "there is no file hostile.lua among the files that were handed in, which are Hostile.lua, x/other\\\\027.lua"},
		{"nothing", fstest.MapFS{}, grade.CannotLoad, "there is none at all"},
		{"a folder in its place", fstest.MapFS{"hostile.lua/x": {}}, grade.CannotLoad, ""},
		{"no text", source("\x1bLua\x51\x00"), grade.CannotLoad, ""},
		{"100000 files", many, grade.CannotLoad, "more than 1000 files"},
		{"much in one file", fstest.MapFS{"hostile.lua": {Data: make([]byte, 17<<20)}}, grade.CannotLoad, "16 MiB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, err := grade.Run(t.Context(), gradedExercise(), &grade.Submission{Name: c.name + "\n\x1b[2J/../..", Files: c.files}, grade.Options{Program: program, Limits: grade.Limits{Fuel: 5_000_000}})
			if err != nil {
				t.Fatal(err)
			}
			run := r.Outcomes[1]
			said, _ := json.Marshal(run.Shown)
			if run.Verdict != c.want || !strings.Contains(string(said), c.says) {
				t.Errorf("%s, want %s: %s", run.Verdict, c.want, said)
			}
		})
	}
}

// TestGradedTwice grades the same submission again and again, on one processor and on two: the same bytes each time.
func TestGradedTwice(t *testing.T) {
	sub := &grade.Submission{Name: "same", Files: fstest.MapFS{"hostile.lua": {Data: []byte(`
local socket = require "socket"
print(os.time(), os.clock(), math.random(1000), tostring({}), socket.gettime())
error("enough")`)}}}
	want := ""
	for i := range 6 {
		r, err := grade.Run(t.Context(), gradedExercise(), sub, grade.Options{Program: program, Seeds: 2})
		if err != nil {
			t.Fatal(i, err)
		}
		r.Took, r.Resident = 0, 0
		got, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			want = string(got)
		}
		if string(got) != want {
			t.Fatalf("got %s\nwant %s", got, want)
		}
	}
}

// TestWarm: what is done before all trials uses everything that it is for.
func TestWarm(t *testing.T) {
	if err := bindings.Checker().Warm(); err != nil {
		t.Error(err)
	}
}
