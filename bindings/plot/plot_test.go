package plot_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine"
)

// lua runs a script and returns what it printed and, on failure, the first line of the error.
func lua(t *testing.T, script string) (out, failure string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	_, err := bindings.Run{World: engine.Options{Files: bindings.Files(fstest.MapFS{"lab.lua": {Data: []byte(script)}})},
		Script: "lab.lua", Limits: bindings.Limits{Fuel: 50_000_000, Memory: 24 << 20}, Stdout: &stdout, Stderr: &stderr}.Do()
	if err != nil {
		t.Fatal(err)
	}
	failure, _, _ = strings.Cut(stderr.String(), "\n")
	return stdout.String(), failure
}

func TestMisuse(t *testing.T) {
	for _, c := range []struct{ script, want string }{
		{`plot.new():text()`, "the chart has no data yet"},
		{`plot.new():svg()`, "the chart has no data yet"},
		{`plot.new():png()`, "the chart has no data yet"},
		{`plot.new():save("a.svg")`, "the chart has no data yet"},
		{`plot.new():line({}, {})`, "there are no data: the list is empty"},
		{`plot.new():histogram({})`, "there are no data: the list is empty"},
		{`plot.new():cdf({})`, "there are no data: the list is empty"},
		{`plot.new():bar({}, {})`, "there are no data: the list is empty"},
		{`plot.new():line({1, 2}, {1})`, "x has 2 numbers and y has 1"},
		{`plot.new():bar({"a"}, {1, 2})`, "there are 1 labels and 2 values"},
		{`plot.new():line({1}, {0/0})`, "plot.Chart:line: argument 2 (y[1])"},
		{`plot.new():line({1/0}, {1})`, "plot.Chart:line: argument 1 (x[1])"},
		{`plot.new():cdf({1, -1/0})`, "plot.Chart:cdf: argument 1 (values[2])"},
		{`plot.new():line({1}, {1e200})`, "y[1] is 1e+200, beyond 1e+100"},
		{`plot.new({x = {log = true}}):line({0}, {1})`, "x[1] is 0, but a log axis has positive numbers only"},
		{`plot.new({y = {log = true}}):line({1, 2}, {1, -2})`, "y[2] is -2, but a log axis has positive numbers only"},
		{`plot.new({y = {log = true}}):histogram({1})`, "a histogram begins at 0"},
		{`plot.new({y = {log = true}}):cdf({1})`, "a distribution begins at 0"},
		{`plot.new({y = {log = true}}):bar({"a"}, {1})`, "bars begin at 0"},
		{`plot.new({x = {min = 2, max = 1}})`, "x: min is 2 and max 1"},
		{`plot.new({y = {min = 0, log = true}})`, "y: a log axis has positive numbers only"},
		{`plot.new({title = "a\nb"})`, "title: the text holds a line break"},
		{`plot.new({title = "\255"})`, "title: the text is not UTF-8"},
		{`plot.new({title = ("x"):rep(201)})`, "title: the text is longer than 200 characters"},
		{`plot.new({titel = "x"})`, "unknown option 'titel'; did you mean 'title'?"},
		{`plot.new({x = {lable = "x"}})`, "did you mean 'label'?"},
		{`plot.new():lien({1}, {1})`, "plot.Chart has no 'lien'; did you mean 'line'?"},
		{`plot.new():line({1}, {1}, {colour = "red"})`, "unknown option 'colour'"},
		{`plot.new():line({1}, {1}):bar({"a"}, {1})`, "they do not fit in one chart"},
		{`plot.new():bar({"a"}, {1}):bar({"b"}, {1})`, "the bars of a chart share their labels"},
		{`plot.new():line({1}, {1}):save("a.jpg")`, `want a name that ends in .svg, .png or .txt, got "a.jpg"`},
		{`plot.new():line({1}, {1}):png({width = 5000})`, "width"},
		{`local v = {} for i = 1, 100001 do v[i] = i end plot.new():line(v, v)`, "a chart has at most 100000 points, and this one would have 100001"},
		{`local v = {} for i = 1, 100001 do v[i] = i end plot.new():cdf(v)`, "at most 100000 values fit, and these are 100001"},
		{`local v, l = {}, {} for i = 1, 101 do v[i], l[i] = i, "x" end plot.new():bar(l, v)`, "at most 100 bars"},
		{`local p = plot.new() for i = 1, 13 do p:line({1}, {1}) end`, "a chart has at most 12 series"},
	} {
		if _, got := lua(t, "local plot = require 'plot'\n"+c.script); !strings.Contains(got, c.want) {
			t.Errorf("%s\n  said %q, want %q", c.script, got, c.want)
		}
	}
}

// TestSave writes the three kinds of file and compares them with what the methods return.
func TestSave(t *testing.T) {
	out, failure := lua(t, `
local p = require("plot").new({title = "t"}):line({1, 2}, {3, 4})
local function read(name) local f = assert(io.open(name, "rb")) local d = f:read("*a") f:close() return d end
assert(p:save("/out/deep/a.svg")) assert(p:save("b.PNG", {width = 200, height = 100})) assert(p:save("c.txt"))
print(read("/out/deep/a.svg") == p:svg(), read("/b.PNG") == p:png({width = 200, height = 100}), read("c.txt") == p:text() .. "\n")
print(select(3, p:save("lab.lua/x.svg")))
`)
	if failure != "" || !strings.HasPrefix(out, "true\ttrue\ttrue\n") {
		t.Errorf("printed %q, %q", out, failure)
	}
	if code := strings.TrimSpace(strings.TrimPrefix(out, "true\ttrue\ttrue\n")); code == "nil" {
		t.Errorf("saving under a file succeeded")
	}
}

// TestDrawingIsCharged makes sure that drawing for ever ends by the budget.
func TestDrawingIsCharged(t *testing.T) {
	if _, got := lua(t, `local p = require("plot").new():line({1, 2}, {3, 4}) while true do p:png({width = 2000, height = 2000}) end`); !strings.Contains(got, "budget") {
		t.Errorf("the run ended with %q", got)
	}
}

// TestMemoryIsCounted makes sure that charts count as memory of the process.
func TestMemoryIsCounted(t *testing.T) {
	_, got := lua(t, `
local v, all = {}, {}
for i = 1, 50000 do v[i] = i end
while true do all[#all + 1] = require("plot").new():line(v, v) end`)
	if !strings.Contains(got, "memory") {
		t.Errorf("the run ended with %q", got)
	}
}

// TestLargest draws as many points as fit.
func TestLargest(t *testing.T) {
	out, failure := lua(t, `
local v = {} for i = 1, 100000 do v[i] = i % 977 end
local p = require("plot").new():cdf(v):line({1, 2}, {0, 1})
print(#p:text({height = 12}) > 100)`)
	if out != "true\n" {
		t.Errorf("printed %q, %q", out, failure)
	}
}
