package clients

import (
	_ "embed"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/ltn12"
	"github.com/moonwire-lab/moonwire/bindings/socket"
	"github.com/moonwire-lab/moonwire/bindings/url"
)

//go:embed ftp.lua
var ftpScript string

// FTP is module socket.ftp.
var FTP = bind.New("socket.ftp", `Fetch and store files by FTP (RFC 959), with data connections as RFC 2428 has them.

A session f of open has these methods; each raises the answer of a server that refuses, for socket.protect. f:greet() waits for the
greeting. f:login([user [, password]]), f:cwd(folder), f:type("a" or "i") and f:quit() are commands. One of f:epsv() and f:pasv(), which
let the server wait for data connections, or f:port([address, port]) and f:eprt(family [, address, port]), which wait for
them here, comes before f:receive{path= or argument=, sink=, step=, command=} and f:send{path= or argument=, source=, step=, command=}.
f:close() closes the connections.`, func() []bind.Member {
	return []bind.Member{
		bind.PUC(), bind.Uses(socket.Module, ltn12.Module, url.Module, TP), bind.Script(ftpScript),
		bind.Const("TIMEOUT", "How many seconds calls wait. A script may change it, as all of these.", 60),
		bind.Const("USER", "Who logs in unless told otherwise.", "ftp"),
		bind.Const("PASSWORD", "The password unless told otherwise.", "anonymous@anonymous.org"),
		bind.InLua[ftpGetArgs]("get", "Fetch a file.").
			Returns("content string|integer|nil", "the file, or 1 if it went to a sink", "err string|nil", "what the server said, or why it could not be reached").
			Example(`print(require("socket.ftp").get("ftp://127.0.0.1/notes.txt")) --> nil	connection refused`),
		bind.InLua[ftpPutArgs]("put", "Store a file.").
			Returns("sent integer|nil", "how many bytes were sent", "err string|nil", "what the server said, or why it could not be reached"),
		bind.InLua[ftpCommandArgs]("command", "Log in and send commands.").
			Returns("ok integer|nil", "1", "err string|nil", "what the server said, or why it could not be reached"),
		bind.InLua[ftpFormArgs]("genericform", "Make the table that get and put take of a URL. It raises for socket.protect if it is none of FTP.").
			Returns("request table", "the table").
			Example(`local t = require("socket.ftp").genericform("ftp://ana@files.lab/notes/ch2.txt;type=i")
print(t.host, t.user, t.path, t.type) --> files.lab	ana	/notes/ch2.txt	i`),
		bind.InLua[ftpOpenArgs]("open", "Open a session with a server. It raises for socket.protect if it cannot.").
			Returns("session table", "the session"),
	}
})

type ftpGetArgs struct {
	URL lua.LValue `name:"url" doc:"a URL, or a table with url= or host=, and sink=, user=, password=, command=, argument=, path=, type=, step=, port=, create=" type:"string|table"`
}

type ftpPutArgs struct {
	URL     lua.LValue `name:"url" doc:"a URL, or a table with url= or host=, and source=, user=, password=, command=, argument=, path=, type=, step=, port=, create=" type:"string|table"`
	Content lua.LValue `doc:"what to store, with a URL" default:"nil" type:"string"`
}

type ftpCommandArgs struct {
	Request lua.LValue `doc:"url= or host=, and command=, one or a list, argument= and check= for each, user=, password=, port=, create=" type:"table"`
}

type ftpFormArgs struct {
	URL lua.LValue `name:"url" doc:"the URL" type:"string"`
}

type ftpOpenArgs struct {
	Server lua.LValue `doc:"name or address" type:"string"`
	Port   lua.LValue `doc:"its port; 21 if left out" default:"nil" type:"integer|string"`
	Create lua.LValue `doc:"makes the socket; socket.tcp if left out" default:"nil" type:"function"`
}
