package ltn12_test

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
		Requires: []string{"ltn12"},
		AtLeast:  70,
	}.Run(t)
}
