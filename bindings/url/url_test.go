package url_test

import (
	"testing"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/socket"
	"github.com/moonwire-lab/moonwire/bindings/socktest"
	"github.com/moonwire-lab/moonwire/bindings/url"
)

func TestProbes(t *testing.T) {
	socktest.Suite{
		Modules:  []*bind.Module{socket.Module, url.Module},
		Requires: []string{"socket.url"},
		AtLeast:  100,
		Differences: map[string]string{
			"build.a path that is a number": "LuaSocket gives back the number itself; here a URL is always a text",
			"wrong types":                   "wrong types raise the words that name the field that has them; LuaSocket names its own variables, and takes a text for an empty table",
		},
	}.Run(t)
}
