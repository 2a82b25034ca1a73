package mime_test

import (
	"testing"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/ltn12"
	"github.com/moonwire-lab/moonwire/bindings/mime"
	"github.com/moonwire-lab/moonwire/bindings/socket"
	"github.com/moonwire-lab/moonwire/bindings/socktest"
)

func TestProbes(t *testing.T) {
	socktest.Suite{
		Modules:  []*bind.Module{socket.Module, ltn12.Module, mime.Module},
		Requires: []string{"mime"},
		AtLeast:  100,
		Differences: map[string]string{
			"first byte is zero": "LuaSocket's unqp takes a result that begins with a zero byte for an empty one and gives nil",
		},
	}.Run(t)
}
