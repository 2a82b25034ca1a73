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
		AtLeast:  100,
	}.Run(t)
}
