package cdn_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine"
)

// TestMisuse says what cannot be, and lets no map grow without a bound.
func TestMisuse(t *testing.T) {
	const script = `
local cdn, http = require "cdn", require "http"
local r = assert(cdn.router{zone = "kingcdn.com", nodes = {{name = "milan", addresses = {"10.0.0.1"}}}, check = {every = 0}})
print(pcall(r.set_distance, r, "10.0.0.0/99", "milan", 1))
print(pcall(r.set_distance, r, "10.0.0.0/8", "rome", 1))
print(pcall(cdn.router, {zone = "x..y", nodes = {}}))
print(cdn.replica{customers = {["/a/b"] = "http://x"}})
assert(cdn.replica{customers = {["/foo"] = "http://localhost:81/folder"}})
print(http.get("http://localhost/foo/%2e%2e/secret").status, http.get("http://localhost/bar").status)
for a = 0, 99 do for b = 0, 255 do r:set_distance(("10.%d.%d.0/24"):format(a, b), "milan", 1) end end
print("a map of 25,600 rows in 4 MiB")`
	const want = `false	cdn.Router:set_distance: argument 1 (network): want a network such as "10.1.0.0/16", got "10.0.0.0/99"
false	cdn.Router:set_distance: argument 2 (node): want one of the nodes milan, got "rome"
false	cdn.router: option 'zone': want a domain name, got "x..y": : zone: dns: bad initial origin name: ""
nil	cdn: customer "/a/b": want a host name, or a name behind a slash	invalid
400	403
`
	var out, errs bytes.Buffer
	_, err := bindings.Run{World: engine.Options{Seed: 1, Files: bindings.Files(fstest.MapFS{"lab.lua": {Data: []byte(strings.TrimSpace(script))}})},
		Script: "lab.lua", Limits: bindings.Limits{Fuel: 100_000_000, Memory: 4 << 20}, Stdout: &out, Stderr: &errs}.Do()
	if err != nil || out.String() != want || !strings.Contains(errs.String(), "memory") {
		t.Errorf("%v\n%s\n%s\nwant\n%s", err, out.String(), errs.String(), want)
	}
}
