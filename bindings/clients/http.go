package clients

import (
	_ "embed"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/ltn12"
	"github.com/moonwire-lab/moonwire/bindings/mime"
	"github.com/moonwire-lab/moonwire/bindings/socket"
	"github.com/moonwire-lab/moonwire/bindings/url"
)

//go:embed http.lua
var httpScript string

// HTTP is module socket.http.
var HTTP = bind.New("socket.http", `Fetch from web servers by HTTP/1.1.

A script may set PROXY, the URL of a proxy for all requests.

A connection h of open has these methods; each raises for socket.protect when it fails. h:sendrequestline(method, uri), h:sendheaders(fields)
and h:sendbody(fields [, source [, step]]) send a request. h:receivestatusline() gives code and status line, h:receiveheaders() the fields by
name in lower case, h:receivebody(fields [, sink [, step]]) hands the body to a sink; h:receive09body(status, sink [, step]) does so
when the server began with no status line but status. h:close() closes the connection.`, func() []bind.Member {
	return []bind.Member{
		bind.PUC(), bind.Uses(socket.Module, ltn12.Module, mime.Module, Headers, url.Module), bind.Script(httpScript),
		bind.Const("TIMEOUT", "How many seconds calls wait. A script may change it.", 60),
		bind.Const("USERAGENT", "What a request says of who makes it. A script may change it.", "LuaSocket 3.0.0"),
		bind.Value("schemes", "table", "By the scheme of a URL: the port of its servers, and a function that gives the function that makes a socket.",
			func(L *lua.LState) lua.LValue { return L.NewTable() }),
		bind.InLua[requestArgs]("request", "Make a request: GET, or POST if there is a body; or what a table says. It follows redirects of GET and HEAD.").
			Returns("body string|integer|nil", "the body of the answer, or 1 if it went to a sink", "code integer|string", "of the status, or why there is no answer",
				"headers table|nil", "the fields of the answer by name in lower case", "status string|nil", "the status line").
			Example(`local socket, task = require "socket", require "task"
local server = socket.bind("*", 80)
task.spawn(function()
  local c = server:accept()
  repeat local line = c:receive() until line == ""
  c:send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello")
end)
local body, code, headers, status = require("socket.http").request("http://localhost/")
print(body, code, headers["content-type"], status) --> hello	200	text/plain	HTTP/1.1 200 OK`),
		bind.InLua[httpFormArgs]("genericform", "Make the table that request takes of a URL and a body. Its field target gets the chunks of the answer.").
			Returns("request table", "the table"),
		bind.InLua[httpOpenArgs]("open", "Connect to a server. It raises for socket.protect if it cannot.").
			Returns("connection table", "the connection"),
	}
})

type requestArgs struct {
	URL  lua.LValue `name:"url" doc:"a URL, or a table with url=, method=, headers=, source=, sink=, step=, proxy=, redirect=false, maxredirects=, create=" type:"string|table"`
	Body lua.LValue `doc:"the body of a POST of a form, with a URL" default:"nil" type:"string"`
}

type httpFormArgs struct {
	URL  lua.LValue `name:"url" doc:"the URL" type:"string"`
	Body lua.LValue `doc:"the body of a POST of a form" default:"nil" type:"string"`
}

type httpOpenArgs struct {
	Host   lua.LValue `doc:"name or address of the server" type:"string"`
	Port   lua.LValue `doc:"its port" type:"integer|string"`
	Create lua.LValue `doc:"makes the socket, such as socket.tcp" type:"function"`
}
