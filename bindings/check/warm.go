package check

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/moonwire-lab/moonwire/engine/grade"
)

// warmCheck is an exercise that uses what most exercises do.
const warmCheck = `
local check, net, socket, task = require "check", require "net", require "socket", require "task"
check.exercise{title = "Warm", main = "warm.lua"}
check.test{name = "warm", points = 1, seeds = 2, run = function(t)
  local a, b = net.host("a"), net.host("b")
  net.link(a, b, {delay = "1 ms"})
  b:spawn(function()
    local s = assert(socket.udp())
    assert(s:setsockname("*", 7))
    s:sendto(s:receivefrom())
  end)
  local p = t:start(a, {args = {"b", 7}})
  t:require(p):exits()
  t:expect(p):prints("hello")
end}`

const warmSubmission = `
local socket = require "socket"
local s = socket.udp()
s:sendto("hello", socket.dns.toip(arg[1]), tonumber(arg[2]))
s:settimeout(1)
print(s:receive())`

// Warm implements grade.Warmer: it grades something small, so that modules are built, and what Go does at the first use of anything is done.
func (k *Checker) Warm() error {
	quiet := &Checker{Standard: k.Standard, Modules: k.Modules, LabOnly: k.LabOnly}
	checks, err := grade.OneFile("warm", checkFile, []byte(warmCheck))
	if err != nil {
		return err
	}
	sub, err := grade.OneFile("warm", "warm.lua", []byte(warmSubmission))
	if err != nil {
		return err
	}
	ex := &grade.Exercise{Name: "warm", Files: checks.Files}
	if err := quiet.Declare(ex); err != nil {
		return err
	}
	a := quiet.Try(context.Background(), ex, sub, grade.Trial{Test: "warm", Seed: 1}, grade.Limits{})
	text, err := json.Marshal(a)
	if err == nil && a.Verdict != grade.Passed {
		err = fmt.Errorf("check: %s", text)
	}
	return err
}
