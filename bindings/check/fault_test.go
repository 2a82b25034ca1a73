package check_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/bindings/check"
	"github.com/moonwire-lab/moonwire/engine/grade"
)

const endless = "while true do end"

// TestDeclareErrors: what is wrong with a check.lua is said with file and line.
func TestDeclareErrors(t *testing.T) {
	for _, c := range []struct{ check, want string }{
		{"local check = require 'check'\ncheck.test{", "check.lua:2:"},
		{"local x\nprint(x.y)", "check.lua:2: attempt to index local 'x' (a nil value)\n    2 | print(x.y)"},
		{"", "declares no test"},
		{"require('check').test{name = 'a'}", "run"},
		{"require('check').test{name = 'a', run = print, pionts = 2}", "did you mean 'points'?"},
		{"local c = require 'check'\nc.test{name = 'a', run = print}\nc.test{name = 'a', run = print}", "check.lua:3: check.test: option 'name': want a name of its own"},
		{"require('check').test{name = 'a', needs = {'b'}, run = print}", "want names of tests declared before, got \"b\""},
		{"require('check').exercise{modules = {'scoket'}}", "want names of modules, got \"scoket\""},
		{"require('check').exercise{limits = {memory = '1000000 GiB'}}", "option 'limits': limit memory: want at most"},
		{"require('check').test{name = 'a', run = print, limits = {memory = '1000000 GiB'}}", "option 'limits': limit memory: want at most"},
		{endless, "check.lua itself went beyond a limit: check.lua:1: the instruction budget"},
		{"require('task').spawn(function() error('in a task') end)\nrequire('check').test{name = 'a', run = print}\nrequire('task').sleep(1)", "check.lua:1: in a task"},
		{"require('task').queue():get()", "deadlock"},
		{"require('task').sleep(1e9)", "check.lua does not come to its end"},
		{"os.exit(0)", "os.exit"},
	} {
		if testing.Short() && c.check == endless {
			continue // seconds, under the race detector
		}
		ex := &grade.Exercise{Name: "wrong", Files: fstest.MapFS{"check.lua": {Data: []byte(c.check)}}}
		err := bindings.Checker().Declare(ex)
		var wrong *check.ExerciseError
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v; want %q", c.check, err, c.want)
		}
	}
	err := bindings.Checker().Declare(&grade.Exercise{Name: "empty", Files: fstest.MapFS{}})
	if err == nil || !strings.Contains(err.Error(), "no file check.lua") {
		t.Error(err)
	}
}

// TestFaults: an error of check.lua is the grader's fault, whatever the submission did.
func TestFaults(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{"local x = nil\nreturn x.y", "check.lua:4: attempt to index local 'x' (a nil value)\n    4 | return x.y\nstack traceback"},
		{"local pc = net.host('pc')\npc:spawn(function() error('in a task') end)\nrequire('task').sleep(1)", "check.lua:4: in a task"},
		{"t:expect(1)", "want a few words that say what the value is"},
		{"t:expect(1, 'one'):exits()", "one is no process"},
		{"t:expect('a', 'text'):matches('[')", "malformed pattern"},
		{"t:expect(function() error('in a function') end, 'it'):equals(1)", "in a function"},
		{"t:start(net.find('localhost'))", "check.lua itself is on localhost"},
		{"t:start(net.host('pc'), {args = {{}}})", "want strings, numbers or booleans"},
		{"local h = net.host('pc') t:start(h) t:solution(h)", "pc has the files of the other side"},
		{endless, "check.lua itself went beyond a limit"},
		{"check.test{name = 'late', run = print}", "tests are declared while check.lua loads"},
		{"os.exit(0)", "os.exit"},
		{"t:start(net.host('pc')) error('after a crash')", "after a crash"},
	} {
		if testing.Short() && c.body == endless {
			continue
		}
		a := try(t, "local check, net = require 'check', require 'net'\ncheck.test{name = 'a', run = function(t)\n"+c.body+"\nend}", "error('a crash')", grade.Limits{})
		if a.Verdict != grade.Fault || a.Earned != 0 || !strings.Contains(a.Report, c.want) {
			t.Errorf("%q: %s\n%s\nwant %q", c.body, a.Verdict, a.Report, c.want)
		}
	}
}

// TestNoSuchTest asks for a test that is not there.
func TestNoSuchTest(t *testing.T) {
	a := bindings.Checker().Try(context.Background(), folder("require('check').test{name = 'a', run = print}"), &grade.Submission{Files: fstest.MapFS{}},
		grade.Trial{Test: "b", Seed: 1}, grade.Limits{})
	if a.Verdict != grade.Fault || !strings.Contains(a.Report, `declares no test "b"`) {
		t.Errorf("%+v", a)
	}
}

// TestInterrupted ends a trial from outside.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	ex := folder("local check, net = require 'check', require 'net'\ncheck.test{name = 'a', run = function(t) t:start(net.host('pc')):wait() end}")
	sub, err := grade.OneFile("endless", "submission.lua", []byte("while true do end"))
	if err != nil {
		t.Fatal(err)
	}
	a := bindings.Checker().Try(ctx, ex, sub, grade.Trial{Test: "a", Seed: 1}, grade.Limits{Fuel: 1 << 50})
	if a.Verdict != grade.Interrupted {
		t.Errorf("%+v", a)
	}
}

// TestNotHandedIn starts a file that is not there.
func TestNotHandedIn(t *testing.T) {
	a := bindings.Checker().Try(context.Background(), folder(echo), &grade.Submission{Files: fstest.MapFS{"Client.lua": {}}}, grade.Trial{Test: "echo", Seed: 1}, grade.Limits{})
	if a.Verdict != grade.CannotLoad || len(a.Findings) != 1 || a.Findings[0].Message != "there is no file client.lua among the files that were handed in, which are Client.lua" {
		t.Errorf("%+v", a)
	}
}

// TestFolder hands in several files, one of which requires another, and starts both; files of the host stand beside them.
func TestFolder(t *testing.T) {
	ex := folder(`
local check, net = require "check", require "net"
check.test{name = "a", run = function(t)
  local pc = net.host("pc")
  pc:write_file("/data/in.txt", "from the test")
  t:expect(t:start(pc, {main = "server.lua", args = {"x"}})):prints("^server\tx\tlib\tfrom the test\n$")
  t:expect(t:start(pc)):prints("^client$")
end}`)
	sub := &grade.Submission{Name: "folder", Files: fstest.MapFS{
		"server.lua":     {Data: []byte("print('server', arg[1], require('lib.words').name, io.open('data/in.txt'):read())")},
		"submission.lua": {Data: []byte("io.stdout:write('client') io.stderr:write('note') ")},
		"lib/words.lua":  {Data: []byte("return {name = 'lib'}")},
	}}
	a := bindings.Checker().Try(context.Background(), ex, sub, grade.Trial{Test: "a", Seed: 1}, grade.Limits{})
	if want := "--- server.lua on pc\nserver\tx\tlib\tfrom the test\n--- submission.lua on pc\nclientnote"; a.Verdict != grade.Passed || a.Output != want {
		t.Errorf("%+v", a)
	}
}

// TestDeclare: what check.lua says of its tests arrives.
func TestDeclare(t *testing.T) {
	ex := folder(`
local check = require "check"
check.exercise{title = "An exercise", main = "x.lua"}
check.test{name = "a", run = print}
check.test{name = "b", title = "The second", points = 2.5, needs = {"a"}, visibility = "hidden", tags = {"udp", "hard"}, hint = "Think.", chaos = {}, run = print}
check.test{name = "c", points = 0, seeds = 3, chaos = {loss = 1}, run = print}`)
	if err := bindings.Checker().Declare(ex); err != nil {
		t.Fatal(err)
	}
	want := []grade.Test{
		{Name: "a", Title: "a", Points: 1, Visibility: grade.Visible, Seeds: 1},
		{Name: "b", Title: "The second", Points: 2.5, Needs: []string{"a"}, Visibility: grade.Hidden, Tags: []string{"udp", "hard"}, Hint: "Think.", Seeds: 10, Chaos: true},
		{Name: "c", Title: "c", Visibility: grade.Visible, Seeds: 3, Chaos: true},
	}
	if diff := cmp.Diff(want, ex.Tests); diff != "" || ex.Title != "An exercise" || ex.Main != "x.lua" {
		t.Errorf("%s %s\n%s", ex.Title, ex.Main, diff)
	}
}

// TestFailedFirst: what a submission has failed it has failed, though check.lua fails after that; the lines of check.lua go to its author alone.
func TestFailedFirst(t *testing.T) {
	a := try(t, "local check = require 'check'\ncheck.test{name = 'a', run = function(t)\nprint 'a note' t:expect(1, 'one'):equals(2)\nlocal x = nil return x.y end}", "", grade.Limits{})
	if a.Verdict != grade.Failed || a.Report != "" || !strings.HasPrefix(a.Notes, "a note\n") || !strings.Contains(a.Notes, "after that, check.lua itself failed:\ncheck.lua:4: attempt to index") {
		t.Errorf("%+v", a)
	}
}
