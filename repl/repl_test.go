package repl_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/repl"
)

// files are what the hosts of the tests find.
var files = fstest.MapFS{
	"hello.lua": {Data: []byte(`print("hello, " .. arg[1])`)},
	"ask.lua":   {Data: []byte(`print("hello, " .. io.read())`)},
	"serve.lua": {Data: []byte(`local s = require("socket").bind("*", 7) print("ready") while true do local c = s:accept() c:send("hi\n") c:close() end`)},
	"knock.lua": {Data: []byte(`local name = io.read() local u = require("socket").udp() u:sendto(name .. math.random(1e9), "10.0.2.2", 7)`)},
}

// run is what the tests' shells and scripts run in.
func run(in string, out *bytes.Buffer) bindings.Run {
	return bindings.Run{
		World: engine.Options{Seed: 3, Hash: true, Files: bindings.Files(files)}, Modules: []*bind.Module{repl.Module},
		Stdin: strings.NewReader(in), Stdout: out, Stderr: out,
	}
}

// session does lines in a shell without a terminal and returns what was printed, and the shell.
func session(t *testing.T, lines string) (string, *repl.Shell) {
	t.Helper()
	var out bytes.Buffer
	s, err := repl.New(repl.Options{Run: run(lines, &out)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	s.Loop(context.Background())
	return out.String(), s
}

// network are lines that most tests begin with.
const network = `net = require "net"
a, b, r = net.host "a", net.host "b", net.router "r"
ar = net.link(a, r, {delay = "10 ms"}) rb = net.link(r, b, {delay = "5 ms"})
`

func TestLines(t *testing.T) {
	for _, c := range []struct{ name, lines, want string }{
		{"expression", "1 + 1", "2\n"},
		{"several", `1, "two", nil, true`, "1  two  nil  true\n"},
		{"assignment", "x = 3\nx", "3\n"},
		{"equals", "=4", "4\n"},
		{"lines", "for i = 1, 2 do\nprint(i)\nend", "1\n2\n"},
		{"string over lines", "s = [[a\nb]]\n#s", "3\n"},
		{"end of input in a piece", "if true then", "[1]:1: 'end' expected near '<eof>'"},
		{"error", "error('no')", "[1]:1: no\n    1 | error('no')\n"},
		{"error in an expression", "nothing.x", "[1]:1: attempt to index global 'nothing' (a nil value)\n    1 | nothing.x\n"},
		{"a function that failed before", "function f() return nothing.x end\nf()", "[1]:1: attempt to index global 'nothing'"},
		{"failure", `require("socket").connect("nobody", 1)`, "nil  host or service not provided, or not known\n"},
		{"table", `{1, 2, x = {y = "z"}}`, `{1, 2, x = {y = "z"}}` + "\n"},
		{"long list", "t = {} for i = 1, 100 do t[i] = i end return t", "and 80 more"},
		{"cycle", "t = {} t.t = t return t", "{t = {…} (again)}\n"},
		{"bytes", `"\1\255a"`, "3 bytes\n00000000  01 ff 61 "},
		{"text in a table", `{"a\nb\0"}`, `{"a\nb\000"}` + "\n"},
		{"a command", "time", "0s since the world began: 2026-01-01 00:00:00.000 UTC\n"},
		{"a variable with a command's name", "time = 5\ntime\ntime + 1", "5\n6\n"},
		{"a method of a variable", network + `host = require "host"` + "\nhost.name()", "localhost\n"},
		{"misspelt command", "tarce on", "there is no command tarce; did you mean trace?"},
		{"misspelt host", network + "ssh bb", "ssh: there is no host bb; did you mean b?\n"},
		{"beginning of a host", network + "net.host 'gaia.cs.umass.edu'\nssh gaia", "ssh: there is no host gaia; did you mean gaia.cs.umass.edu?\n"},
		{"no such host", network + "ssh xyzzy", "ssh: there is no host xyzzy; the command hosts lists them\n"},
		{"edit a new file", "edit note.txt\none\ntwo\n..three\n.\ncat note.txt", "note.txt: 3 lines, 15 bytes.\none\ntwo\n.three\n"},
		{"edit again", "edit n\na\nb\nc\n.\nedit n\n.d 2\n.g 1\nfirst\n.c 3 last\n.g\nend\n.p 2 4\n.q\nedit n\n.c 9 x\n.x\n.\ncat n", "   2  a\n   3  last\n   4  end\nn is as it was.\n"},
		{"edit nonsense", "edit n\na\n.c 9 x\n.x\n.\ncat n", ".c: want the number of a line, from 1 to 1, got \"9\"\nthere is no .x; .h lists what there is, and a line that begins with a dot is typed with two\nn: 1 lines, 2 bytes.\na\n"},
		{"edit to the end of the input", "edit n\nlast", "n: 1 lines, 5 bytes.\n"},
		{"edit what is no text", "io.open('b', 'wb'):write('\\0\\255'):close()\nedit b", "edit: b: this is no text"},
		{"edit in no folder", "edit a/b/c", "edit: a/b/c: there is no folder /a/b\n"},
		{"edit a folder", "edit .", "edit: .: a folder, or a file of more than 4 MiB, cannot be edited\n"},
		{"behind", network + "ssh a\nping b 2 &\n'here'", "here\n"},
		{"behind goes on", network + "ssh a\nping b 2 &\nwait 3", "2 packets transmitted, 2 received"},
		{"not behind", "edit x &", "edit: not in the background: leave out the &\n"},
		{"a script that reads", "run ask.lua\nAlice", "hello, Alice\n"},
		{"a script behind", "run serve.lua &\nrequire('socket').connect('localhost', 7):receive()", "ready\nhi"},
		{"a word that is nothing", "hots", "nil\nThere is no variable and no command hots; did you mean hosts?\n"},
		{"a word of another shell", "pwd", "nil\nThere is no variable and no command pwd; files are named by their whole path,\nas in ls /etc.\n"},
		{"a command of another shell", "cd etc", "there is no command cd; files are named by their whole path, as in ls /etc."},
		{"a command that there is nowhere", "frobnicate etc", "there is no command frobnicate, which the command help lists; and as Lua:\n[1]:1: "},
		{"a long error", "mail", "mail: who are you on localhost? Say mail -u USER, or write a file /etc/mail.rc\nwith"},
		{"no mailbox", "mail -u nobody", "mail: nobody has no mailbox on localhost: "},
		{"too few", "ssh", "ssh: too few arguments\nusage: ssh HOST\n"},
		{"help of a function", "help net.link", "net.link("},
		{"help of a command", "help telnet", "telnet HOST [PORT]"},
		{"help of a value", `help(require("net").link)`, "net.link("},
		{"help of nothing", "help net.lnik", "did you mean 'net.link'?"},
		{"wrong argument", network + "net.link(a, 3)", "net.link: argument 2 (b): want"},
		{"a module that was not asked for", "dns.query('x')", "There is a module 'dns'; write first: dns = require \"dns\"\n"},
		{"misspelt global", "net = require 'net'\nnte.host 'x'", "Did you mean 'net'?\n"},
		{"misspelt function", "prnit(1)", "Did you mean 'print'?\n"},
		{"misspelt field", "string.uper('x')", "string has no 'uper'; did you mean 'upper'?\n"},
		{"misspelt method", "t = {greet = 1}\nt.greeet()", "t has no 'greeet'; did you mean 'greet'?\n"},
		{"a module", "require 'net'", "The module net: find, find_link, heal, host, hosts, inject, lan, link, nat,\npartition, router, seed. help net explains.\n"},
		{"a message of DNS", `require("dns").decode(require("dns").encode(require("dns").message("www.lab", "MX")))`, ";; QUESTION SECTION:\n;www.lab.\t\t\tIN\tMX\n"},
		{"what looks like one", `{question = {}, answer = {}, authority = {}, additional = 1}`, "{additional = 1, answer = {}, authority = {}, question = {}}\n"},
		{"what is spoilt", `{question = {{name = ("x"):rep(99)}}, answer = {}, authority = {}, additional = {}}`, "question = {"},
		{"a mail message", `require("mail").parse("From: a@b.c\r\nSubject: hi\27[2J\r\n\r\nhello\r\n" .. ("x\r\n"):rep(30))`, "From: a@b.c\nSubject: hi\\027[2J\n\nhello\nx\n"},
		{"a long mail message", `require("mail").parse("From: a@b.c\r\n\r\n" .. ("x\r\n"):rep(30))`, "x\n… and 10 lines more\n"},
		{"an object", `require("task").spawn(print)`, "task.Task: task"},
		{"an option first", "dig +bogus x", "dig: "},
		{"a sum", "time = 3\nx = 4\ntime +x", "7\n"},
		{"dig of two names", "dig a b c", "dig: one name at a time"},
		{"move", network + "ssh b\nrequire('host').name()", "b\n"},
		{"wait", "wait 1h\ntime", "1h00m00s since"},
		{"wait minutes", "wait 1m\nwait 1h 30m\nwait 10\nwait 5 ms\ntime", "1h31m10s since"},
		{"wait for nonsense", "wait soon", `wait: want a time such as 10, 500 ms, 1m30s, got "soon"`},
		{"ping", network + "ssh a\nping b 1", "64 bytes from 10.0.2.2: icmp_seq=1 ttl=63 time=30.000 ms\n"},
		{"ping nobody", network + "ssh a\nping nobody", "ping: nobody: Name or service not known"},
		{"traceroute", network + "ssh a\ntraceroute b", " 1  r (10.0.1.2)  20.000 ms  20.000 ms  20.000 ms\n 2  b (10.0.2.2)  30.000 ms"},
		{"link", network + "link a r delay=100ms loss=0.5 rate=1Mbps", "a-r up delay=100ms rate=1 Mbps loss=0.5\n"},
		{"link down", network + "link a r down\nssh a\nping b 1", "ping: sendmsg: Network is unreachable"},
		{"link that is none", network + "link a b down", "link: no link joins a and b"},
		{"link property", network + "link a r dely=3", "did you mean delay?"},
		{"a file of the host", "cat hello.lua\nrun hello.lua you", "print(\"hello, \" .. arg[1])\nhello, you\n"},
		{"no file", "cat none", "cat: none: No such file or directory\n"},
		{"a lab", "run upper_udp", "from the server: HELLO, WORLD\n"},
		{"no lab", "run uper_udp", "did you mean upper_udp?"},
		{"seed", "seed 9\nseed", "A new world, seed 9.\n9\n"},
		{"reset", "x = 1\nreset\nx", "A new world, seed 3.\nnil\n"},
		{"a server in the background", network + `b:spawn(function() local s = require("socket").bind("*", 7) while true do local c = s:accept() c:send(c:receive():upper() .. "\n") c:close() end end)` +
			"\nssh a\ntelnet b 7\nhello\nss", "Connected to b.\nEscape character is '^]'.\nHELLO\nConnection closed by foreign host.\nNetid"},
		{"a piece that waits", "s = require('socket').bind('*', 9) c = s:accept()\nrequire('socket').connect('localhost', 9)\nc ~= nil",
			"It waits in accept (tcp 0.0.0.0:9 LISTEN) for what is still to come, and goes\non in the background.\n"},
		{"telnet to nobody", network + "ssh a\ntelnet b 25", "remote host: Connection refused\n"},
		{"telnet left", network + `b:spawn(function() local s = require("socket").bind("*", 7) s:accept():receive("*a") end)` + "\nssh a\ntelnet b 7\nhi\n^]\n1", "Connection closed.\n1\n"},
		{"step", network + "ssh a\na:spawn(function() require('host').ping('b') end)\nstep", "Nothing will happen"},
		{"trace", network + "trace on\nssh a\nrequire('socket').connect('b', 1)\ntrace show", "connect :1"},
		{"a crash of the host of the shell itself", `require("net").find("localhost"):crash()` + "\n1", "moonwire: the host that the script itself runs on crashed"},
		{"trace without", "trace show", "trace: nothing is recorded; begin with trace on"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _ := session(t, c.lines+"\n")
			if !strings.Contains(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// TestLongLine gives a pipe a line of ten megabytes; what follows is done.
// TestTraceOfOldSockets begins a trace when the server's socket is open already: nobody sees what it takes, so that nothing counts as lost.
func TestTraceOfOldSockets(t *testing.T) {
	out, _ := session(t, network+`socket = require "socket"
b:spawn(function() local u = socket.udp() u:setsockname("*", 53) while true do local q, ip, port = u:receivefrom() local s = socket.udp() s:sendto(q, ip, port) s:close() end end)
a:spawn(function() mine = socket.udp() mine:setsockname("*", 9) end)
trace on
a:spawn(function() socket.udp():sendto("hello", "10.0.2.2", 53) socket.udp():sendto("nobody", "10.0.2.2", 54) end)
trace show
`)
	for _, line := range strings.Split(out, "\n") {
		if strings.Contains(line, "x|") != strings.Contains(line, "nobody") && strings.Contains(line, "--") {
			t.Errorf("%s\n%s", line, out)
		}
	}
	if !strings.Contains(out, "x|") {
		t.Error(out)
	}
}

func TestLongLine(t *testing.T) {
	out, _ := session(t, strings.Repeat("x", 10<<20)+"\n1 + 1\n")
	if !strings.Contains(out, "too long") || !strings.HasSuffix(out, "\n2\n") {
		t.Errorf("got %.300s", out)
	}
}

// TestScriptReadsTheNextLine lets Lua read what follows its own line in a pipe.
func TestScriptReadsTheNextLine(t *testing.T) {
	if out, _ := session(t, "x = io.read()\nnot Lua\nx\n"); out != "not Lua\n" {
		t.Errorf("got %s", out)
	}
}

// TestHelpFits wants help to fit 80 columns.
func TestHelpFits(t *testing.T) {
	out, _ := session(t, "help\nhelp dig\nhelp link\nhelp trace\n")
	for line := range strings.Lines(out) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 80 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

// TestSavedSessions does sessions again and compares the packets.
func TestSavedSessions(t *testing.T) {
	for name, lines := range map[string]string{
		"lua":      network + "ssh a\nfor i = 1, 3 do require('host').ping('b') end",
		"commands": network + "link a r loss=0.3 delay=20ms\nssh a\nping b 5\ntraceroute b\nwait 1m\nping b 1",
		"telnet": network + `b:spawn(function() local s = require("socket").bind("*", 7) while true do local c = s:accept() c:send(c:receive():upper() .. "\n") c:close() end end)` +
			"\nssh a\ntelnet b 7\nhello\nping b 1\ntelnet b 7\nagain",
		"dig": network + "b:spawn(function() local u = require('socket').udp() u:setsockname('*', 53) while true do local q, ip, port = u:receivefrom() u:sendto(q, ip, port) end end)" +
			"\nssh a\ndig @10.0.2.2 b\ndig @10.0.2.2 a",
		"answers": network + "ssh a\nhost, socket = require 'host', require 'socket'\nhost.ping(io.read())\nb\n" +
			"function say(...) for _, text in ipairs{...} do local u = socket.udp() u:sendto(text, '10.0.2.2', 7) end end\nsay(io.read(1), io.read(2), io.read())\nabc]]\nsay(tostring(io.read()))\nd",
		"random": network + "ssh a\nfor i = 1, 5 do local u = require('socket').udp() u:sendto(tostring(math.random(1e9)), '10.0.2.2', 7) end\nmath.randomseed(7)\n" +
			"require('socket').udp():sendto(tostring(math.random(1e9)), '10.0.2.2', 7)",
		"a script": network + "ssh a\nrun knock.lua\nAlice\nping b 1 &\nrun knock.lua &\nwait 2\nrun clients",
		"edit":     network + "ssh a\nedit f\none\n..two\n.\nfor line in io.lines 'f' do require('socket').udp():sendto(line, '10.0.2.2', 7) end\nping",
		"lines":    network + "ssh a\nfor i = 1, 2 do\n-- ]] a comment ]=]\nrequire('host').ping('b')\nend",
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "my lab.lua")
			out, s := session(t, lines+"\nsave '"+file+"'\n")
			script, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err, out)
			}
			if again := fmt.Sprintf("moonwire run --seed %d '%s'", s.Session().World.Sched.Seed(), file); !strings.Contains(out, again+" does it again.\n") || !strings.Contains(string(script), again+"\n") {
				t.Errorf("a command that does it again is not named:\n%s\n%s", out, script)
			}
			var again bytes.Buffer
			r := run("", &again)
			r.World.Files = bindings.Files(fstest.MapFS{"saved.lua": {Data: script}, "knock.lua": files["knock.lua"]})
			r.Script = "saved.lua"
			result, err := r.Do()
			if err != nil || result.Status != 0 {
				t.Fatalf("%v, status %d\n%s\n%s", err, result.Status, script, again.String())
			}
			if hash := s.Session().World.Hash(); result.Hash != hash {
				t.Errorf("another hash of the packets\n%s\nfirst\n%s\nagain\n%s", script, out, again.String())
			}
		})
	}
}

func TestSaveDoesNotOverwrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "kept")
	os.WriteFile(file, []byte("precious"), 0o644)
	out, _ := session(t, "save '"+file+"'\n")
	if b, _ := os.ReadFile(file); string(b) != "precious" || !strings.Contains(out, "is there already") {
		t.Errorf("%q, file %q", out, b)
	}
}
