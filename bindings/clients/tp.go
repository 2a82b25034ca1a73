package clients

import (
	_ "embed"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/ltn12"
	"github.com/moonwire-lab/moonwire/bindings/socket"
)

//go:embed tp.lua
var tpScript string

// TP is module socket.tp.
var TP = bind.New("socket.tp", `Connections of protocols that send commands and answer with three digits and a text, as SMTP and FTP do.

A connection c has these methods. c:command(name [, argument]) sends a command in capitals. c:check(wanted) receives an answer, of
one line or several, and gives its code and text if the code matches wanted (a pattern such as "2..", a list of these, or a
function of code and text whose results it gives), else nil and the text or an error. c:send(data), c:receive([pattern]), c:getfd(),
c:dirty(), c:getpeername() and c:getsockname() are those of its socket, which c:getcontrol() gives. c:source(source [, step]) sends all of
an LTN12 source, c:sink(sink, pattern) hands what it receives to a sink. c:close() closes it.`, func() []bind.Member {
	return []bind.Member{
		bind.PUC(), bind.Uses(socket.Module, ltn12.Module), bind.Script(tpScript),
		bind.Const("TIMEOUT", "How many seconds calls wait unless told otherwise. A script may change it.", 60),
		bind.InLua[tpConnectArgs]("connect", "Connect to a server.").
			Returns("connection table|nil", "the connection", "err string|nil", "why not").
			Example(`local socket, task = require "socket", require "task"
local server = socket.bind("*", 2525)
task.spawn(function()
  local c = server:accept()
  c:send("220-mail.lab\r\n220 ready\r\n")
  c:receive()
  c:send("250 mail.lab\r\n")
end)
local c = assert(require("socket.tp").connect("localhost", 2525))
print(c:check("2..")) --> 220	220-mail.lab
--> 220 ready
c:command("helo", "me.lab")
print(c:check{"2..", "3.."}) --> 250	250 mail.lab`),
	}
})

type tpConnectArgs struct {
	Host    lua.LValue `doc:"name or address of the server" type:"string"`
	Port    lua.LValue `doc:"its port" type:"integer|string"`
	Timeout lua.LValue `doc:"seconds that calls wait; TIMEOUT if left out" default:"nil" type:"number"`
	Create  lua.LValue `doc:"makes the socket; socket.tcp if left out" default:"nil" type:"function"`
}
