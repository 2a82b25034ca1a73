package check_test

import (
	"context"
	"fmt"
	"testing/fstest"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine/grade"
)

// An exercise is graded in this process: its test fails, and the finding says why.
func Example() {
	ex := &grade.Exercise{Name: "echo", Files: fstest.MapFS{"check.lua": {Data: []byte(`
local check, net, socket = require "check", require "net", require "socket"

check.exercise{title = "Echo client", main = "client.lua", modules = {"socket"}}

check.test{
  name = "echo", points = 2, hint = "The server wants a whole line.",
  run = function(t)
    local client, server = net.host("client"), net.host("server")
    net.link(client, server, {delay = "10 ms"})
    local welcome = t:on(server, socket.bind, "*", 7)
    local p = t:start(client, {args = {"server"}, input = "hello\n"})
    local conn = welcome:accept()
    t:expect(conn:receive(), "the line that the server gets"):equals("hello")
    conn:send("HELLO\n")
    t:expect(p):prints("^HELLO\n$")
    t:expect(p):exits(0)
  end,
}`)}}}
	checker := bindings.Checker()
	if err := checker.Declare(ex); err != nil {
		panic(err)
	}
	sub, err := grade.OneFile("somebody", ex.Main, []byte(`
local conn = require("socket").connect(arg[1], 7)
conn:send(io.read()) -- without an end of the line
print((conn:receive()))`))
	if err != nil {
		panic(err)
	}
	for _, test := range ex.Tests {
		a := checker.Try(context.Background(), ex, sub, grade.Trial{Test: test.Name, Seed: 1}, grade.Limits{})
		fmt.Printf("%s: %s, %g of %g points\n", test.Name, a.Verdict, a.Earned, test.Points)
		for _, f := range a.Findings {
			fmt.Println(f.Message)
		}
	}
	// Output:
	// echo: deadlock, 0 of 2 points
	// the test waits for what can never happen: receive at check.lua:14; client.lua on client waits in receive at client.lua:4 since 20ms
}
