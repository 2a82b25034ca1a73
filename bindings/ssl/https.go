package ssl

import (
	_ "embed"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/clients"
	"github.com/moonwire-lab/moonwire/bindings/ltn12"
	"github.com/moonwire-lab/moonwire/bindings/socket"
	"github.com/moonwire-lab/moonwire/bindings/url"
)

//go:embed https.lua
var httpsScript string

// HTTPS is module ssl.https.
var HTTPS = bind.New("ssl.https", "Fetch from web servers by HTTPS.", func() []bind.Member {
	return []bind.Member{
		bind.PUC(), bind.Uses(socket.Module, ltn12.Module, url.Module, clients.HTTP, Module), bind.Script(httpsScript),
		bind.Const("_VERSION", "The version of LuaSec whose behaviour this is.", "1.2.0"),
		bind.Const("PORT", "The port of HTTPS. A script may change it.", 443),
		bind.Const("TIMEOUT", "How many seconds calls wait. A script may change it.", 60),
		bind.InLua[httpsArgs]("request", "Make a request as socket.http.request does. A table may have the fields of ssl.newcontext, and no proxy, redirect or create.").
			Returns("body string|integer|nil", "the body of the answer, or 1 if it went to a sink", "code integer|string", "of the status, or why there is no answer",
				"headers table|nil", "the fields of the answer by name in lower case", "status string|nil", "the status line").
			Example(`local socket, ssl, task = require "socket", require "ssl", require "task"
local server = socket.bind("*", 443)
task.spawn(function()
  local c = assert(ssl.wrap(server:accept(), {mode = "server", protocol = "any"}))
  c:dohandshake()
  repeat local line = c:receive() until line == ""
  c:send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")
  c:close()
end)
print((require("ssl.https").request("https://localhost/"))) --> secret`),
		bind.InLua[tcpArgs]("tcp", "Give a function that makes connections under TLS for socket.http.").
			Returns("create function", "the function"),
	}
})

type httpsArgs struct {
	URL  lua.LValue `name:"url" doc:"a URL, or a table as for socket.http.request" type:"string|table"`
	Body lua.LValue `doc:"the body of a POST of a form, with a URL" default:"nil" type:"string"`
}

type tcpArgs struct {
	Params lua.LValue `doc:"fields for ssl.newcontext" default:"nil" type:"table"`
}
