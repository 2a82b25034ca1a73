package bindings_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing/fstest"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/capture"
)

// A lab is run within limits; its output, its trace and how it ended are read afterwards.
func Example() {
	files := fstest.MapFS{"lab.lua": {Data: []byte(`
local net, socket = require "net", require "socket"
local server, client = net.host("server"), net.host("client")
net.link(server, client, {delay = "10 ms"})
server:spawn(function()
  local conn = assert(socket.bind("*", 6789)):accept()
  conn:send(conn:receive():upper() .. "\n")
end)
client:spawn(function()
  local conn = assert(socket.connect("server", 6789))
  conn:send("hello\n")
  print((conn:receive()))
end)`)}}
	var out, errs strings.Builder
	var trace *capture.Trace
	result, err := bindings.Run{
		World:  engine.Options{Seed: 7, Files: bindings.Files(files)},
		Script: "lab.lua",
		Limits: bindings.Limits{Fuel: 10_000_000, Memory: 32 << 20, Hosts: 10},
		Stdout: &out, Stderr: &errs,
		Observe: func(w *engine.World) func() {
			trace = w.Trace(capture.TraceOptions{})
			return trace.Stop
		},
	}.Do()
	if err != nil {
		fmt.Println("cannot run:", err)
		return
	}
	fmt.Printf("%q, verdict %s, status %d after %v\n", out.String(), result.Verdict, result.Status, result.Elapsed)
	for _, e := range trace.Events(capture.Filter{}) {
		if e.Carries() {
			fmt.Println(e.At, e.Host, e.Op)
		}
	}
	// Output:
	// "HELLO\n", verdict ok, status 0 after 60ms
	// 20ms client send
	// 30ms server receive
	// 30ms server send
	// 40ms client receive
}

// What a limit ended says so in the verdict, and where in the error.
func ExampleRun_Do() {
	files := fstest.MapFS{"spins.lua": {Data: []byte("print 'begins'\nwhile true do end")}}
	result, err := bindings.Run{
		World:  engine.Options{Files: bindings.Files(files)},
		Script: "spins.lua",
		Limits: bindings.Limits{Fuel: 1_000_000},
		Stdout: os.Stdout,
	}.Do()
	if err != nil {
		fmt.Println("cannot run:", err)
		return
	}
	var limit *bindings.LimitError
	fmt.Println(result.Verdict, errors.As(result.Err, &limit), limit.Max)
	fmt.Println(result.Err)
	// Output:
	// begins
	// fuel true 1000000
	// spins.lua:2: the instruction budget of 1000000 is spent (an endless loop?)
}

type greetArgs struct {
	Name  string `doc:"who is greeted"`
	Times int    `doc:"how often" default:"1" min:"1" max:"10"`
}

func greet(c *bind.Call, a greetArgs) (string, error) {
	return strings.Repeat("hello ", a.Times) + a.Name, nil
}

// A program adds a module of its own: help, checks of arguments and messages come from the declaration.
func Example_module() {
	greeting := bind.New("greeting", "Be polite.",
		func() []bind.Member {
			return []bind.Member{bind.Fn("greet", "Greet somebody.", greet).Returns("text", "the greeting")}
		})
	files := fstest.MapFS{"lab.lua": {Data: []byte(`
local greeting = require "greeting"
print(greeting.greet("world", 2))
print(select(2, pcall(greeting.greet, "world", 11)))`)}}
	if _, err := (bindings.Run{
		World: engine.Options{Files: bindings.Files(files)}, Script: "lab.lua", Stdout: os.Stdout,
		Modules: []*bind.Module{greeting},
	}).Do(); err != nil {
		fmt.Println("cannot run:", err)
	}
	// Output:
	// hello hello world
	// greeting.greet: argument 2 (times): want a whole number from 1 to 10, got 11
}
