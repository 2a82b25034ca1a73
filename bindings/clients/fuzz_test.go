package clients_test

import (
	"testing"

	"github.com/moonwire-lab/moonwire/bindings/socktest"
)

// answerScript makes a request to a server that answers with the content of a file, over a connection that is a table, and
// says what is wrong with the result: it has to be a code and fields with names in lower case, or nil and a message.
const answerScript = `
local http = require "socket.http"
local file = io.open("answer")
local answer, at = file:read("*a"), 1
file:close()
local c = {}
for _, name in ipairs { "settimeout", "connect", "send", "close" } do c[name] = function() return 1 end end
function c:receive(pattern, prefix)
	prefix = prefix or ""
	if type(pattern) == "number" then
		local data = answer:sub(at, at + pattern - 1)
		at = at + #data
		if #data < pattern then return nil, "closed", data end
		return data
	end
	local stop = answer:find("\n", at, true)
	if not stop then
		local data = answer:sub(at)
		at = #answer + 1
		return nil, "closed", prefix .. data
	end
	local line = answer:sub(at, stop - 1):gsub("\r", "")
	at = stop + 1
	return prefix .. line
end
local got = 0
local function sink(chunk)
	got = got + #(chunk or "")
	return 1
end
local ok, code, fields = http.request { url = "http://h/", redirect = false, sink = sink, create = function() return c end }
if not ok then
	assert(type(code) == "string", "no message")
else
	assert(type(code) == "number" and code >= 0 and code <= 999, "code " .. tostring(code))
	for name, value in pairs(fields or {}) do
		assert(name == name:lower() and type(value) == "string", "field " .. name)
	end
end
assert(got <= #answer, "more than the answer")
print "ok"`

// FuzzAnswer reads any bytes as the answer to a request.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{"HTTP/1.1 200 OK\r\nA: b\r\n c\r\nA: d\r\n\r\nbody", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 x\r\n\r\n", "HTTP/1.1 302 x\r\nLocation: /y\r\n\r\n", "old", "HTTP/", "HTTP/1.1 200\nno colon\n\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1e9\r\n\r\nx", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		if got := socktest.Virtual(t, answerScript, modules(), map[string]string{"answer": answer}); got != "ok\n" {
			t.Errorf("%q: %s", answer, got)
		}
	})
}
