package bindings_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/bind/bindtest"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/grade"
)

// inProcess runs body as a task of a lab's process in a new world.
func inProcess(t testing.TB, body func(L *lua.LState)) {
	w, err := engine.New(engine.Options{Files: bindings.Files(fstest.MapFS{"lab.lua": {Data: []byte(`require("task").sleep(1e9)`)}})})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	local, err := w.Local()
	if err != nil {
		t.Fatal(err)
	}
	p, err := process.Start(local, "lab.lua", "", nil, process.Options{
		Standard: bindings.Standard(), Modules: bindings.Modules(), LabOnly: bindings.LabModules(), Lab: true})
	if err != nil {
		t.Fatal(err)
	}
	done := errors.New("done")
	if err := w.Sched.Run(w.Sched.Root().Go("test", func() { body(p.L); w.Sched.Interrupt(done) })); err != done {
		t.Error(err)
	}
}

// objects makes one live object of each class that a method may be called on without waiting for ever.
func objects(L *lua.LState) []lua.LValue {
	fn, err := lua51.Load(L, `
local net, task, socket = require "net", require "task", require "socket"
local a, b = net.host("misuse-a"), net.host("misuse-b")
local link, lan = net.link(a, b), net.lan("misuse-lan")
local router = net.router("misuse-router")
local nat = net.nat(router, {outside = net.link(router, a)})
local tap, firewall = net.link(a, b):tap(function() end), router:firewall({})
local queue = task.queue(1000)
queue:put(1)
local running = task.spawn(function() task.sleep(1e6) end)
local process = a:exec("lab.lua")
local file = io.tmpfile()
local udp = assert(socket.udp())
udp:settimeout(0)
local tcp = assert(socket.tcp())
tcp:settimeout(0)
local capture = require("capture").start({host = a})
local pop3 = require "pop3"
local popserver = assert(pop3.serve{users = {}})
local pop = assert(pop3.dial("localhost"))
local imapserver = assert(require("imap").serve{users = {}})
local imapsession = assert(require("imap").dial("localhost"))
local chapserver = assert(require("chap").serve{users = {}, port = 0})
local mailserver = require("smtp").serve({deliver = print})
local mail = require("smtp").dial("localhost")
local chart = require("plot").new():line({1, 2}, {3, 4})
return a, b, chart, link, lan, nat, tap, firewall, queue, running, process, file, udp, tcp, task.after(1e6, print), capture, require("trace").start(), popserver, pop, mailserver, mail, chapserver, imapserver, imapsession`, "objects")
	if err != nil {
		panic(err)
	}
	made, err := lua51.Call(L, fn)
	if err != nil {
		panic(err)
	}
	return made
}

// waits lists what waits for ever when its arguments are right and nothing else happens.
func waits() []string {
	return []string{"os.exit", "task.Task:join", "task.first", "task.Queue:put", "task.Queue:get", "host.Process:line", "socket.select"}
}

func TestNoWrongArgumentIsAccepted(t *testing.T) {
	bindtest.Misuse(t, bindtest.Config{Modules: bindings.AllModules(), State: inProcess, Objects: objects, Skip: waits(),
		Small: map[string]lua.LValue{"dash.publish.duration": lua.LNumber(1)}})
}

func TestExamples(t *testing.T) {
	bindtest.Examples(t, bindings.AllModules(), func(t testing.TB, script string) (string, error) {
		if strings.Contains(script, `require "check"`) {
			return checkExample(script)
		}
		out, errs, result := lab(t.(*testing.T), map[string]string{"lab.lua": script})
		if result.Status != 0 {
			return out, errors.New(strings.TrimSpace(errs))
		}
		return out, nil
	})
}

// checkExample grades a submission that prints its arguments with a check.lua, and returns what that prints.
func checkExample(script string) (string, error) {
	var out strings.Builder
	checker := bindings.Checker()
	ex := &grade.Exercise{Name: "example", Files: fstest.MapFS{"check.lua": {Data: []byte(script)}}}
	if err := checker.Declare(ex); err != nil {
		return "", err
	}
	sub, err := grade.OneFile("example", ex.Main, []byte("print(...)"))
	if err != nil {
		return "", err
	}
	for _, test := range ex.Tests {
		a := checker.Try(context.Background(), ex, sub, grade.Trial{Test: test.Name, Seed: 1}, grade.Limits{})
		if a.Verdict == grade.Fault {
			return a.Notes, errors.New(a.Report)
		}
		out.WriteString(a.Notes)
		fmt.Fprintf(&out, "%s: %s\n", test.Name, a.Verdict)
		for _, f := range a.Findings {
			fmt.Fprintln(&out, f.Message)
		}
	}
	return out.String(), nil
}

func TestEveryModuleHasAnExample(t *testing.T) {
	for _, m := range bindings.AllModules() {
		if len(bindtest.Scripts([]*bind.Module{m})) == 0 {
			t.Errorf("module %s shows no example", m.Name)
		}
	}
}
