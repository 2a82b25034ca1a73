package bindings_test

import "testing"

// TestProcessStreamsAndFiles shows what the methods of processes and hosts say when there is nothing to write to or to read.
func TestProcessStreamsAndFiles(t *testing.T) {
	for _, c := range []struct{ name, script, want string }{
		{"closed input", `local p = exec "reads.lua" p:write("x\n") p:close_input() print(p:write "y")`,
			"nil\tits standard input is closed\tclosed\n"},
		{"ended", `local p = exec "reads.lua" p:kill() p:wait() print(p:write "y")`, "nil\tthe process has ended\tclosed\n"},
		{"lines", `local p = exec "reads.lua" p:write("one\ntwo") print(p:line(1)) print(p:line(1)) p:close_input() print(p:line()) print(p:line())`,
			"one\nnil\ttimeout\ttimeout\ntwo\nnil\tthe process has ended\tclosed\n"},
		{"two readers", `local p = exec "workers.lua" task.sleep(0.1) p:write("one\ntw") task.sleep(0.5) p:write("o\nthree\nfour\n") p:close_input() p:wait() io.write(p:output())`,
			"1 one\n2 two\n1 three\n2 four\n"},
		{"a folder is no script", `print(a:exec "/tmp") print(pcall(dofile, "/tmp"))`,
			"nil\tprocess: cannot read /tmp: is a directory\tfailed\nfalse\tcannot open /tmp: Is a directory\n"},
		{"no file to read", `print(a:read_file "/none")`, "nil\t/none: No such file or directory\tnot-found\n"},
		{"a folder to write", `print(a:write_file("/d/f", "x")) print(a:write_file("/d", "x")) print(a:read_file "/d/f") print(a:read_file "/d")`,
			"true\nnil\t/d: Is a directory\tdenied\nx\nnil\t/d: Is a directory\tdenied\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, errs, result := lab(t, map[string]string{
				"lab.lua": `local task, a = require "task", require("net").host "a" local function exec(f) return a:exec(f) end ` + c.script,
				"workers.lua": `local task = require "task"
for i = 1, 2 do task.spawn(function() for line in io.lines() do print(i .. " " .. line) task.sleep(1) end end) end`,
				"reads.lua": `for line in io.lines() do print(line) end`,
			})
			if out != c.want || errs != "" || result.Status != 0 {
				t.Errorf("got %q, %q, status %d; want %q", out, errs, result.Status, c.want)
			}
		})
	}
}
