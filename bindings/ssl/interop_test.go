package ssl_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/luaio"
	"github.com/moonwire-lab/moonwire/bindings/luaos"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/bindings/socktest"
	"github.com/moonwire-lab/moonwire/bindings/task"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
)

const serverScript = `
local socket, ssl = require "socket", require "ssl"
local server = assert(socket.bind("127.0.0.1", 0))
print((select(2, server:getsockname())))
io.stdout:flush()
local c = assert(ssl.wrap(assert(server:accept()), {mode = "server", protocol = arg[1], key = "server.key", certificate = "server.pem", cafile = "ca.pem", verify = "peer"}))
c:settimeout(10)
assert(c:dohandshake())
print(c:getsniname(), c:getpeercertificate():subject()[1].value, c:getpeerverification())
for line in function() return c:receive() end do assert(c:send(line:upper() .. "\n")) end
c:close()`

const clientScript = `
local socket, ssl = require "socket", require "ssl"
local c = assert(ssl.wrap(assert(socket.connect("127.0.0.1", arg[2])), {mode = "client", protocol = arg[1], key = "client.key", certificate = "client.pem", cafile = "ca.pem", verify = "peer"}))
c:settimeout(10)
c:sni("www.lab")
assert(c:dohandshake())
print(c:info("protocol"), c:getpeercertificate():subject()[2].value, c:getpeerverification())
for _, line in ipairs{"hello", ("long "):rep(5000)} do
  assert(c:send(line .. "\n"))
  local answer = assert(c:receive())
  print(#answer, answer:sub(1, 9))
end
c:close()`

// start starts a script as a process of a world.
func start(t *testing.T, o engine.Options, out io.Writer, script string, args ...string) (*engine.World, *process.Process) {
	t.Helper()
	w, err := engine.New(o)
	if err != nil {
		t.Fatal(err)
	}
	h, err := w.Local()
	if err != nil {
		t.Fatal(err)
	}
	files := testFiles(t)
	files["script.lua"] = script
	for name, text := range files {
		if err := afero.WriteFile(h.FS, "/"+name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p, err := process.Start(h, "script.lua", "", args, process.Options{Standard: []*bind.Module{luaio.Module, luaos.Module},
		Modules: append(modules(), task.Module), Stdout: out, Stderr: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	return w, p
}

func run(t *testing.T, w *engine.World, p *process.Process) {
	t.Helper()
	defer w.Close()
	if err := w.Sched.Run(p.Main()); err != nil || p.Err() != nil {
		t.Errorf("run: %v, %v", err, p.Err())
	}
}

// luasec prepares a script for lua5.1 with LuaSec.
func luasec(t *testing.T, script string, args ...string) *exec.Cmd {
	t.Helper()
	lua, dir := interop.Lua(t, "ssl"), t.TempDir()
	files := testFiles(t)
	files["script.lua"] = script
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), lua, append([]string{"script.lua"}, args...)...)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	return cmd
}

func wanted(version string) string {
	return version + "\tMoonwire\ttrue\n5\tHELLO\n25000\tLONG LONG\n"
}

var versions = map[string]string{"tlsv1_2": "TLSv1.2", "tlsv1_3": "TLSv1.3", "any": "TLSv1.3"}

func TestClientOfLuaSec(t *testing.T) {
	for protocol, version := range versions {
		cmd := luasec(t, serverScript, protocol)
		pipe, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		r := bufio.NewReader(pipe)
		port, err := r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		w, p := start(t, engine.Options{Real: true, Allow: socktest.Allow(t)}, &out, clientScript, protocol, strings.TrimSpace(port))
		run(t, w, p)
		rest, _ := io.ReadAll(r)
		if err := cmd.Wait(); err != nil || out.String() != wanted(version) || string(rest) != "www.lab\tana\ttrue\n" {
			t.Errorf("%s: here %q, LuaSec %q, %v", protocol, out.String(), rest, err)
		}
	}
}

func TestServerForLuaSec(t *testing.T) {
	for protocol, version := range versions {
		client := luasec(t, clientScript)
		r, pipe := io.Pipe()
		w, p := start(t, engine.Options{Real: true, Allow: socktest.Allow(t)}, pipe, serverScript, protocol)
		over := make(chan struct{})
		go func() { defer close(over); run(t, w, p); pipe.Close() }()
		lines := bufio.NewReader(r)
		port, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		client.Args = append(client.Args, protocol, strings.TrimSpace(port))
		said := make(chan string)
		go func() { rest, _ := io.ReadAll(lines); said <- string(rest) }()
		out, err := client.Output()
		if err != nil || string(out) != wanted(version) {
			t.Errorf("%s: LuaSec %q, %v", protocol, out, err)
		}
		if rest := <-said; rest != "www.lab\tana\ttrue\n" {
			t.Errorf("%s: here %q", protocol, rest)
		}
		<-over
	}
}

func TestHTTPSOfGoServer(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/", http.StatusFound)
			return
		}
		fmt.Fprintf(w, "%s %s %s", r.Method, r.Proto, body)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it says so when a client refuses its certificate
	server.StartTLS()
	defer server.Close()
	var out bytes.Buffer
	w, p := start(t, engine.Options{Real: true, Allow: socktest.Allow(t)}, &out, `
local https = require "ssl.https"
print((https.request(arg[1])))
print((https.request(arg[1], "a=1")))
print(select(2, https.request(arg[1] .. "/moved")))
local t = {}
print(require("socket.http").request{url = arg[1], sink = require("ltn12").sink.table(t), headers = {host = "x.lab"}})
print(https.request{url = arg[1], verify = "peer", protocol = "tlsv1_2"})`, server.URL)
	run(t, w, p)
	got := out.String()
	for _, part := range []string{"GET HTTP/1.1 \n", "POST HTTP/1.1 a=1\n", "200\ttable", "1\t200\t", "nil\tcertificate verify failed\t"} {
		if !strings.Contains(got, part) {
			t.Errorf("%q is missing in\n%s", part, got)
		}
	}
}

const bothScript = `
local socket, ssl, task = require "socket", require "ssl", require "task"
local server = socket.bind("*", 443)
task.spawn(function()
  local c = assert(ssl.wrap(server:accept(), {mode = "server", protocol = arg[1]}))
  assert(c:dohandshake())
  c:send("hello " .. c:getsniname() .. "\n")
  c:close()
end)
local c = assert(ssl.wrap(socket.connect("localhost", 443), {mode = "client", protocol = arg[1], verify = "peer"}))
c:sni("localhost")
assert(c:dohandshake())
print(c:receive())
print(c:getpeercertificate():pem())
c:close()`

// TestSameSeedSameBytes runs handshakes twice for each seed and version. The program has to have GODEBUG cryptocustomrand=1, as this
// test's first line says.
func TestSameSeedSameBytes(t *testing.T) {
	seen := map[string]string{}
	for seed := range uint64(4) {
		for _, protocol := range []string{"tlsv1_2", "tlsv1_3"} {
			var outs, hashes []string
			for range 3 {
				var out bytes.Buffer
				w, p := start(t, engine.Options{Seed: seed, Hash: true}, &out, bothScript, protocol)
				run(t, w, p)
				outs, hashes = append(outs, out.String()), append(hashes, w.Hash())
			}
			if outs[0] != outs[1] || hashes[0] != hashes[1] || hashes[0] != hashes[2] || !strings.HasPrefix(outs[0], "hello localhost") {
				t.Errorf("seed %d, %s: %q, then %q; hashes %q", seed, protocol, outs[0], outs[1], hashes)
			}
			name := fmt.Sprint(seed, protocol)
			if other, ok := seen[hashes[0]]; ok {
				t.Errorf("%s has the same packets as %s", name, other)
			}
			seen[hashes[0]] = name
		}
	}
}

// TestProcessEndsInHandshake checks that a handshake that never ends keeps nobody alive and closes with its process.
func TestProcessEndsInHandshake(t *testing.T) {
	var out bytes.Buffer
	w, p := start(t, engine.Options{}, &out, `
local socket, ssl = require "socket", require "ssl"
local server = socket.bind("*", 443)
local c = assert(ssl.wrap(socket.connect("localhost", 443), {mode = "client", protocol = "any"}))
c:settimeout(3)
print(c:dohandshake())
print(c:close())
print(c:dohandshake())
local d = assert(ssl.wrap(socket.connect("localhost", 443), {mode = "client", protocol = "any"}))
d:settimeout(0)
print(d:dohandshake())
os.exit(0)`)
	defer w.Close()
	over := errors.New("over")
	p.OnExit(func() { w.Sched.Interrupt(over) })
	if err := w.Sched.Run(p.Main()); err != nil && err != over {
		t.Error(err)
	}
	if want := "false\twantread\n\nfalse\tclosed\nfalse\twantread\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
	if w.Sched.Elapsed() > 4e9 {
		t.Errorf("took %v", w.Sched.Elapsed())
	}
}
