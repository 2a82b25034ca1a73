package socket_test

import (
	"errors"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine"
)

// TestReceiveIsLimited lets a peer send without end to a process that wants all of it.
func TestReceiveIsLimited(t *testing.T) {
	for pattern, text := range map[string]string{`"*a"`: "x", `"*l"`: "x", "2^40": "x", `"*l", "prefix"`: "x\\r"} {
		for name, limits := range map[string]process.Limits{"memory": {Memory: 4 << 20}, "fuel": {Fuel: 300_000}} {
			t.Run(pattern+" "+name, func(t *testing.T) {
				w, h := local(t, engine.Options{TimeLimit: time.Hour})
				defer w.Close()
				run := func(source string, limits process.Limits) *process.Process {
					if err := afero.WriteFile(h.FS, "/main.lua", []byte(source), 0o644); err != nil {
						t.Fatal(err)
					}
					o := processOptions()
					o.Limits = limits
					p, err := process.Start(h, "main.lua", "", nil, o)
					if err != nil {
						t.Fatal(err)
					}
					return p
				}
				run(`local c = require "socket".bind("*", 80):accept()
for _ = 1, 2000 do c:send(("`+text+`"):rep(16384)) end`, process.Limits{})
				p := run(`print(#require "socket".connect("localhost", 80):receive(`+pattern+`))`, limits)
				if err := w.Sched.Run(p.Main()); err != nil {
					t.Fatal(err)
				}
				var limit *lua51.LimitError
				if err := p.Err(); !errors.As(err, &limit) || limit.Limit != name {
					t.Errorf("the receiver ended with %v, want the limit on %s", err, name)
				}
			})
		}
	}
}
