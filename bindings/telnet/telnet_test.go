package telnet_test

import (
	"bytes"
	"testing"
	"testing/fstest"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine"
)

func TestScript(t *testing.T) {
	const script = `
local telnet, task = require "telnet", require "task"
local server = assert(telnet.serve(function(t)
  t:write("<" .. t:secret("password: ") .. ">\n")
  t:ask("BINARY")
  t:write(t:line() .. "\n")
  assert(t:ours("SUPPRESS-GO-AHEAD"))
  local last, code = t:line(), select(3, t:line())
  print(last, code)
end, {port = 0, echo = true}))
local t = assert(telnet.dial("localhost", {port = server:port()}))
print(t:expect("password: "), server:sessions())
t:write("secret\n")
print(t:line())
t:will("SUPPRESS-GO-AHEAD")
t:write("two words\n")
print(t:expect("words\n"), t:on("ECHO"), t:ours("NAWS"))
t:command("AYT")
print((t:expect("]")))
print(pcall(t.command, t, "DO"))
print(pcall(t.will, t, "FLYING"))
t:write("bye\n")
task.sleep(1)
t:close()
print(t:line())
server:close()
print((select(3, telnet.dial("localhost", {port = server:port()}))))`
	const want = "password: \t1\n<secret>\ntwo words\n\ttrue\tfalse\ntwo words\n\n[localhost: yes]\n" +
		"false\ttelnet.Terminal:command: argument 1 (name): want a command that stands alone, such as AYT, got \"DO\"\n" +
		"false\ttelnet.Terminal:will: argument 1 (option): want the name of an option, such as ECHO or NAWS, got \"FLYING\"\n" +
		"\nbye\tclosed\nrefused\n"
	var out, errs bytes.Buffer
	result, err := bindings.Run{World: engine.Options{Seed: 1, Files: bindings.Files(fstest.MapFS{"lab.lua": {Data: []byte(script)}})},
		Script: "lab.lua", Limits: bindings.Limits{Fuel: 20_000_000}, Stdout: &out, Stderr: &errs}.Do()
	if err != nil || result.Status != 0 || errs.Len() > 0 || out.String() != want {
		t.Errorf("%v %d %s\n%s\nwant\n%s", err, result.Status, errs.String(), out.String(), want)
	}
}
