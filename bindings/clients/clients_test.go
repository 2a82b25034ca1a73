package clients_test

import (
	"testing"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/clients"
	"github.com/moonwire-lab/moonwire/bindings/ltn12"
	"github.com/moonwire-lab/moonwire/bindings/mime"
	"github.com/moonwire-lab/moonwire/bindings/socket"
	"github.com/moonwire-lab/moonwire/bindings/socktest"
	"github.com/moonwire-lab/moonwire/bindings/url"
)

func modules() []*bind.Module {
	return []*bind.Module{socket.Module, ltn12.Module, mime.Module, url.Module, clients.Headers, clients.TP, clients.HTTP, clients.SMTP, clients.FTP}
}

func TestProbes(t *testing.T) {
	socktest.Suite{
		Modules:  modules(),
		Requires: []string{"socket.http", "socket.smtp", "socket.ftp"},
		Harness:  socktest.Read(t, "testdata/harness.lua"),
		AtLeast:  200,
		Differences: map[string]string{
			"answer.folded field cut off":                 "LuaSocket does not look at the error of this receive and raises one about a missing text; here it is returned as any other",
			"fake.a status line that times out with data": "LuaSocket leaves this connection to the garbage collector; here it is closed",
			"tp.whose names":                              "LuaSocket's getsockname gives the peer's name, so that FTP's PORT works only with a server on the same machine",
		},
	}.Run(t)
}
