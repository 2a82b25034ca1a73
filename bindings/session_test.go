package bindings_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine"
)

// session opens a session and returns what evaluates a piece and shows its results, or how it ended.
func session(t *testing.T, limits bindings.Limits) (s *bindings.Session, eval func(string) string, out *bytes.Buffer) {
	t.Helper()
	out = &bytes.Buffer{}
	s, err := bindings.Run{
		World:  engine.Options{Seed: 1, Hash: true, Files: bindings.Files(fstest.MapFS{"hello.lua": {Data: []byte(`print "hello from a file"`)}})},
		Limits: limits, Stdout: out, Stderr: out,
	}.Session()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, func(source string) string {
		results, err := s.Eval("prompt", source)
		if err != nil {
			return err.Error()
		}
		var shown []string
		for _, r := range results {
			shown = append(shown, r.String())
		}
		return strings.Join(shown, " ")
	}, out
}

// expect evaluates pieces and compares what each gives; a want with "…" is a part of it.
func expect(t *testing.T, eval func(string) string, pieces ...string) {
	t.Helper()
	for i := 0; i < len(pieces); i += 2 {
		got, want := eval(pieces[i]), pieces[i+1]
		part, partial := strings.CutSuffix(want, "…")
		if partial && !strings.Contains(got, part) || !partial && got != want {
			t.Errorf("%s gave %q, want %q", pieces[i], got, want)
		}
	}
}

func TestSessionKeepsItsState(t *testing.T) {
	s, eval, out := session(t, bindings.Limits{})
	expect(t, eval,
		"x = 1 return x", "1",
		"x = x + 1", "",
		"return x, 'two'", "2 two",
		"= 3", "prompt:1:…",
		"error 'no'", "prompt:1: no",
		"return x", "2",
		`net = require "net" a, b = net.host "a", net.host "b" net.link(a, b, {delay = "10 ms"}) return require("task").now()`, "0",
		`return a:ping("b") ~= nil`, "true",
		`print "said" dofile "hello.lua"`, "",
	)
	if out.String() != "said\nhello from a file\n" {
		t.Errorf("printed %q", out)
	}
	before := s.World.Sched.Elapsed()
	if err := s.Wait(time.Hour); err != nil || s.World.Sched.Elapsed() != before+time.Hour {
		t.Errorf("Wait: %v, now %v, before %v", err, s.World.Sched.Elapsed(), before)
	}
	s.Move(s.World.Find("b"))
	expect(t, eval, `return require("host").name()`, "b")
	if err := s.Do(func(L *lua.LState) { L.SetGlobal("y", lua.LNumber(7)) }); err != nil {
		t.Error(err)
	}
	expect(t, eval, "return y", "7")
}

func TestSessionRunsServersInTheBackground(t *testing.T) {
	s, eval, out := session(t, bindings.Limits{})
	expect(t, eval, `socket, task = require "socket", require "task"
server = assert(socket.bind("*", 7))
task.spawn(function() while true do local c = server:accept() c:send(c:receive() .. "!\n") print("served one") c:close() end end)`, "",
		`c = assert(socket.connect("localhost", 7)) c:send("hi\n") return (c:receive())`, "hi!",
	)
	if out.String() != "served one\n" {
		t.Errorf("printed %q", out)
	}
	// A piece that waits for what only a later one can bring goes on in the background.
	if _, err := s.Eval("prompt", `other = assert(socket.bind("*", 8)) local c = other:accept() print("accepted") c:close()`); !errors.Is(err, bindings.ErrWaiting) {
		t.Fatalf("a piece that waits: %v", err)
	}
	expect(t, eval, `socket.connect("localhost", 8) return "on"`, "on")
	if !strings.Contains(out.String(), "accepted") {
		t.Errorf("printed %q", out)
	}
}

func TestSessionSurvives(t *testing.T) {
	s, eval, out := session(t, bindings.Limits{Fuel: 2_000_000, Memory: 8 << 20})
	expect(t, eval,
		"x = 5 while true do end", "prompt:1: the instruction budget…",
		"t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1000) .. i end", "memory…",
		"t = nil return x", "5",
		"require('task').spawn(function() while true do end end) require('task').sleep(1)", "…",
		"return x", "5",
		"require('task').spawn(function() nothing.x = 1 end)", "",
		"return x", "5",
	)
	for _, part := range []string{"instruction budget", "attempt to index"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("printed %q, without %q", out, part)
		}
	}
	expect(t, eval, "os.exit(3)", "")
	if status, exited := s.Exited(); status != 3 || !exited {
		t.Errorf("Exited = %d, %v", status, exited)
	}
}

func TestSessionIsInterrupted(t *testing.T) {
	s, eval, _ := session(t, bindings.Limits{Fuel: -1})
	for _, piece := range []string{
		"started() while true do end",
		"started() while true do pcall(function() while true do end end) end",
		"started() local task = require 'task' while true do task.sleep(1) end",
		"started() coroutine.wrap(function() while true do end end)()",
	} {
		s.Process.L.SetGlobal("started", s.Process.L.NewFunction(func(*lua.LState) int { go s.Interrupt(); return 0 }))
		if _, err := s.Eval("prompt", piece); !errors.Is(err, bindings.ErrBreak) {
			t.Errorf("%s: %v", piece, err)
		}
		expect(t, eval, "return 1", "1")
	}
}

// TestSessionRepeats holds that the same pieces give the same packets.
func TestSessionRepeats(t *testing.T) {
	hashes := map[string]bool{}
	for range 2 {
		s, eval, _ := session(t, bindings.Limits{})
		eval(`net = require "net" a, b = net.host "a", net.host "b" net.link(a, b, {loss = 0.2, delay = "3 ms"})`)
		eval(`for i = 1, 20 do a:ping("b") end`)
		hashes[s.World.Hash()] = true
	}
	if len(hashes) != 1 {
		t.Errorf("two sessions gave %d hashes", len(hashes))
	}
}
