package chap_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine"
)

func TestScripts(t *testing.T) {
	for _, c := range []struct{ name, script, want, errs string }{
		{"the lecture's cipher", `
local chap = require "chap"
local server = chap.serve{users = {giovanni = "+1"}, hash = "shift", challenge = function() return "Giovanni" end, port = 0}
local trace = require("trace").start()
print(chap.login("localhost", "giovanni", "+1", {hash = "shift", port = server:port()}))
print(chap.login("localhost", "giovanni", "+2", {hash = "shift", port = server:port()}))
server:close()
print(select(3, chap.login("localhost", "giovanni", "+1", {hash = "shift", port = server:port()})))
for _, e in ipairs(trace:events()) do if e.op == "message" and e.received then print((e.text)) end end`,
			"Ok!\nnil\tchap: the server refuses: wrong name or answer\tdenied\nrefused\n" +
				"challenge 1 47696f76616e6e69 from \"localhost\"\nresponse 1 486c7078626f6f6c from \"giovanni\"\nsuccess 1 \"Ok!\"\n" +
				"challenge 2 47696f76616e6e69 from \"localhost\"\nresponse 2 496d71796370706d from \"giovanni\"\nfailure 2 \"wrong name or answer\"\n", ""},
		{"a challenge that is none", `
local chap = require "chap"
chap.serve{users = {}, challenge = function() return nil end}
print(select(3, chap.login("localhost", "a", "b")))`, "closed\n", ""},
		{"a function that fails", `
local chap = require "chap"
chap.serve{users = {}, challenge = function() error "no idea" end}
print(select(3, chap.login("localhost", "a", "b")))`, "closed\n", "no idea"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			_, err := bindings.Run{World: engine.Options{Seed: 1, Files: bindings.Files(fstest.MapFS{"lab.lua": {Data: []byte(c.script)}})},
				Script: "lab.lua", Limits: bindings.Limits{Fuel: 10_000_000}, Stdout: &out, Stderr: &errs}.Do()
			if err != nil {
				t.Fatal(err)
			}
			if out.String() != c.want || (c.errs == "") != (errs.Len() == 0) || !strings.Contains(errs.String(), c.errs) {
				t.Errorf("got\n%s\n%s\nwant\n%s", out.String(), errs.String(), c.want)
			}
		})
	}
}
