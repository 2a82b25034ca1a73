package clients_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
)

// goHandler shows what the server of Go's library understood of a request.
func goHandler(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/moved":
		http.Redirect(w, r, "/seen?by=redirect", http.StatusFound)
		return
	case "/gone":
		http.Error(w, "not here", http.StatusGone)
		return
	case "/long":
		for i := range 50 { // flushed, so it comes in chunks
			fmt.Fprintf(w, "line %d %s\n", i, strings.Repeat("x", i*20))
			w.(http.Flusher).Flush()
		}
		return
	}
	body, err := io.ReadAll(r.Body)
	user, password, _ := r.BasicAuth()
	w.Header().Add("X-Twice", "one")
	w.Header().Add("X-Twice", "two")
	fmt.Fprintf(w, "%s %s %s %q %q %v %d %q %q %q %v", r.Method, r.URL, r.Proto, body, r.Form, r.TransferEncoding, r.ContentLength, user, password, r.UserAgent(), err)
}

const goScript = `
local http, ltn12 = require "socket.http", require "ltn12"
local base = "http://127.0.0.1:" .. arg[1]
local function show(name, body, code, headers, status)
	print(name, body, code, headers and headers["x-twice"], headers and headers["content-length"], status)
end
show("get", http.request(base .. "/seen?q=1;2"))
show("moved", http.request(base .. "/moved"))
show("gone", http.request(base .. "/gone"))
show("post", http.request(base .. "/seen", "a=1&b=2"))
show("head", http.request{url = base .. "/seen", method = "HEAD"})
show("user", http.request("http://ann:p%20w@127.0.0.1:" .. arg[1] .. "/seen"))
for _, chunks in ipairs{{}, {"one"}, {"one", "two", ("x"):rep(5000)}} do
	local sink, t = ltn12.sink.table()
	show("put", http.request{url = base .. "/seen", method = "PUT", source = ltn12.source.table(chunks), sink = sink})
	print(table.concat(t))
end
local body, code, headers = http.request(base .. "/long")
print(#body, body:sub(-20), code, headers["transfer-encoding"])
`

// TestAgainstGo makes requests to the server of Go's library, under lua5.1 and here.
func TestAgainstGo(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(goHandler))
	defer server.Close()
	out := sameTranscript(t, goScript, server.URL[strings.LastIndexByte(server.URL, ':')+1:])
	for _, part := range []string{"one, two", "/seen?by=redirect", "410", `"ann" "p w"`, `"a=1&b=2"`, "[chunked] -1", `PUT /seen HTTP/1.1 "onetwoxxx`, "chunked"} {
		if !strings.Contains(out, part) {
			t.Errorf("%q is missing in\n%s", part, out)
		}
	}
}

// TestAgainstPython fetches a file from python3 -m http.server.
func TestAgainstPython(t *testing.T) {
	python := interop.Python(t, "python3")
	l, socket, port := listener(t)
	serve(t, exec.Command(python, "-c", `
import http.server, socket, socketserver
class Server(socketserver.TCPServer):
    def __init__(self):
        socketserver.BaseServer.__init__(self, ("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
        self.socket = socket.socket(fileno=3)
http.server.SimpleHTTPRequestHandler.log_message = lambda *a: None
import os
os.chdir("testdata/expected")
Server().serve_forever()`), l, socket)
	out := sameTranscript(t, `
local http = require "socket.http"
local base = "http://127.0.0.1:" .. arg[1]
local body, code, headers, status = http.request(base .. "/headers.txt")
print(code, status, headers["content-type"], #body == tonumber(headers["content-length"]), body:sub(1, 16))
print((select(2, http.request(base .. "/missing"))))
print(http.request{url = base .. "/headers.txt", method = "HEAD"} == 1, (select(2, http.request(base .. "/", "form"))))
`, port)
	for _, part := range []string{"200\tHTTP/1.0 200 OK\ttext/plain\ttrue\tmodule: ", "404", "501"} {
		if !strings.Contains(out, part) {
			t.Errorf("%q is missing in\n%s", part, out)
		}
	}
}
