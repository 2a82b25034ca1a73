package bindings_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/moonwire-lab/moonwire/bindings"
)

// A hostile script of testdata/hostile, and what must become of it.
type hostile struct {
	name    string // class and name
	source  string
	verdict string
	lab     bool   // it is the lab's own process
	says    string // part of what it says on standard error
}

// The first line of a hostile script: its verdict, where it runs, part of its last words.
var expectation = regexp.MustCompile(`^-- (\w+)( in the lab)?(?:: (.*))?\n`)

func hostileScripts(t *testing.T) []hostile {
	t.Helper()
	var list []hostile
	for _, class := range []string{"cpu", "memory", "fatal", "escape", "tamper"} {
		for _, f := range archive(t, "testdata/hostile/"+class+".txtar") {
			want := expectation.FindStringSubmatch(f.text)
			if want == nil {
				t.Fatalf("%s/%s: no verdict in the first line", class, f.name)
			}
			list = append(list, hostile{class + "/" + strings.TrimSuffix(f.name, ".lua"), f.text, want[1], want[2] != "", want[3]})
		}
	}
	if len(list) < 100 {
		t.Fatalf("only %d scripts", len(list))
	}
	return list
}

// A section of an archive of scripts.
type section struct{ name, text string }

func archive(t *testing.T, file string) []section {
	t.Helper()
	data, err := os.ReadFile(filepath.FromSlash(file))
	if err != nil {
		t.Fatal(err)
	}
	var list []section
	for _, f := range txtar.Parse(data).Files {
		list = append(list, section{f.Name, string(f.Data)})
	}
	return list
}

// bystanders talk to each other while a hostile script runs on host a, one of them on the same host.
var bystanders = map[string]string{
	"server.lua": `
local socket, task = require "socket", require "task"
local welcome = assert(socket.bind("*", 7777))
while true do
  local conn = assert(welcome:accept())
  task.spawn(function()
    for line in function() return conn:receive("*l") end do conn:send(line:upper() .. "\n") end
    conn:close()
  end)
end`,
	"client.lua": `
local socket, task = require "socket", require "task"
local conn = assert(socket.connect("b", 7777))
local f = assert(io.open("/victim.txt." .. arg[1], "w"))
for i = 1, 8 do
  local text = ("line %d of %s"):format(i, table.concat({"a", "b"}, "+"))
  assert(conn:send(text .. "\n"))
  assert(conn:receive("*l") == text:upper())
  assert(f:write(text))
  task.sleep(0.25)
end
conn:close()
f:close()
print(("unharmed %s %.2f"):format(tostring(math.huge == 1/0), #io.open("/victim.txt." .. arg[1]):read("*a")))`,
	"lab.lua": `
local net, task = require "net", require "task"
local a, b, c = net.host "a", net.host "b", net.host "c"
net.link(a, b, {delay = "1 ms"})
net.link(b, c, {delay = "1 ms"})
b:exec("server.lua")
local near, far = a:exec("client.lua", "near"), c:exec("client.lua", "far")
task.sleep(0.1)
local bad = a:exec("hostile.lua")
bad:wait("20 h")
print(bad:verdict())
near:wait(60) far:wait(60)
io.write(near:output(), far:output())`,
}

// hostileLimits are small, so that the scripts end soon; the wall limit must never fire.
var hostileLimits = bindings.Limits{
	Fuel: 5_000_000, Memory: 32 << 20, Tasks: 200, Sockets: 200, Processes: 50, Starts: 300, Output: 1 << 20, Files: 4 << 20,
	Hosts: 100, Packets: 20_000, Wall: 20 * time.Minute, Heap: 768 << 20,
}

// TestHostileScripts runs each hostile script beside others and checks its verdict, its words and that nobody else noticed.
func TestHostileScripts(t *testing.T) {
	for _, h := range hostileScripts(t) {
		t.Run(h.name, func(t *testing.T) {
			if testing.Short() && (h.verdict == "fuel" || h.verdict == "memory") {
				t.Skip("computes until a limit ends it")
			}
			if err := h.try(t); err != nil {
				t.Error(err)
			}
		})
	}
	if _, err := os.Stat("/tmp/moonwire-escape"); err == nil {
		t.Error("a script wrote a file of the machine")
	}
}

func (h *hostile) try(t *testing.T) error {
	files := map[string]string{"hostile.lua": h.source}
	for name, source := range bystanders {
		files[name] = source
	}
	out, errs, result := lab(t, files, func(r *bindings.Run) {
		r.Limits = hostileLimits
		if h.lab {
			r.Script = "hostile.lua"
		}
	})
	verdict := result.Verdict
	if !h.lab {
		verdict, out, _ = strings.Cut(out, "\n")
	}
	switch {
	case verdict != h.verdict:
		return fmt.Errorf("verdict %q, want %q; %.2000s", verdict, h.verdict, errs)
	case !strings.Contains(errs, h.says):
		return fmt.Errorf("it says %.2000q, want %q", errs, h.says)
	case strings.Contains(errs, "goroutine "), strings.Contains(errs, "internal error:") && !strings.Contains(h.source, "internal error:"):
		return fmt.Errorf("a defect shows: %.5000s", errs)
	case h.lab:
		return nil
	case result.Status != 0:
		return fmt.Errorf("the lab ended with status %d; %.2000s", result.Status, errs)
	case out != "unharmed true 104.00\nunharmed true 104.00\n":
		return fmt.Errorf("the others printed %q; %.2000s", out, errs)
	}
	return nil
}

// TestOrdinaryScripts runs programs as students write them within the default limits: no limit may hinder them.
func TestOrdinaryScripts(t *testing.T) {
	scripts := archive(t, "testdata/ordinary.txtar")
	if len(scripts) < 25 {
		t.Fatalf("only %d scripts", len(scripts))
	}
	for _, s := range scripts {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			_, errs, result := lab(t, map[string]string{"lab.lua": s.text}, func(r *bindings.Run) { r.Limits = bindings.Limits{} })
			if result.Verdict != "ok" || errs != "" {
				t.Errorf("verdict %s, %s", result.Verdict, errs)
			}
		})
	}
}

// TestHostileScriptsCanFail shows the check scripts whose verdict, words or victims are not as said.
func TestHostileScriptsCanFail(t *testing.T) {
	for name, h := range map[string]hostile{
		"verdict": {source: "error 'x'", verdict: "ok"},
		"words":   {source: "error 'x'", verdict: "failed", says: "y"},
		"victim":  {source: "os.remove '/victim.txt.near' require('task').sleep(9)", verdict: "ok"},
	} {
		if h.try(t) == nil {
			t.Errorf("%s: the check did not notice", name)
		}
	}
}
