// Package textbook is the Lua module textbook: the internet of the lectures, or parts of it, for labs. Only the lab's own process has it.
package textbook

import (
	"errors"
	"fmt"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/host"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine/textbook"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// Module is the declaration of textbook.
var Module = bind.New("textbook", "The internet of the lectures: root servers and top-level domains, the universities, companies and people that the slides name, "+
	"with name servers, mail servers and the distances between continents. A server starts when the first packet comes for it.", func() []bind.Member {
	return []bind.Member{
		bind.Uses(host.Module),
		bind.Fn("build", "Add the textbook internet to the world, or parts of it with what they need to be found by name.", build).
			Returns("hosts", "the hosts by name, without routers").Errors("not-found", "exists").
			Example(`local textbook, dns = require "textbook", require "dns"
local hosts = textbook.build{"cis.poly.edu", "umass.edu"}
hosts["cis.poly.edu"]:spawn(function()
  print(dns.query("gaia.cs.umass.edu").answer[1].data) --> 10.1.2.70
end)`).
			Example(`local textbook = require "textbook"
print(textbook.build{"atlantis"}) --> nil	textbook: there is no site, country or host "atlantis" in the textbook internet	not-found`),
		bind.Fn("sites", "The sites of the textbook internet. Each is a part for build, as are their countries and each host.", sites).
			Returns("sites", "one table each, in the order of the description").
			Example(`for _, site in ipairs(require("textbook").sites()) do
  if site.country == "es" then print(site.name) end
end --> nic.es
--> escuela.edu`),
		bind.Const("HOME", "The host that the shell sits at first.", textbook.Home),
	}
})

// Fuel that building takes: the reading of the description, each host and router, each part that is named.
const (
	readFuel = 200_000
	nodeFuel = 2_000
	partFuel = 200
)

type buildArgs struct {
	Parts []string `doc:"sites such as \"umass.edu\", countries such as \"fr\", hosts such as \"cis.poly.edu\"; everything without it" default:"nil"`
}

func build(c *bind.Call, a buildArgs) (map[string]*host.Host, error) {
	p := process.Of(c)
	c.Charge(readFuel + partFuel*len(a.Parts))
	before := nodes(p)
	n, err := textbook.Build(p.World(), a.Parts...)
	c.Charge(nodeFuel * (nodes(p) - before))
	var many *vnet.HostsError
	if errors.As(err, &many) {
		p.Exceed(c.L, &lua51.LimitError{Limit: "hosts", Max: many.Max, Text: fmt.Sprintf("the textbook internet needs more hosts than the %d that the world may have", many.Max)})
	}
	if err != nil {
		return nil, err
	}
	hosts := map[string]*host.Host{}
	for _, h := range n.Hosts {
		hosts[h.Name] = host.Object(p, h)
	}
	return hosts, nil
}

func nodes(p *process.Process) int {
	if n := p.World().Net; n != nil {
		return len(n.Hosts())
	}
	return 0
}

// Site is a site as sites gives it.
type Site struct {
	Name    string   `doc:"its name, for build"`
	About   string   `doc:"what it is"`
	Country string   `doc:"its country, for build; empty for the backbone"`
	Hosts   []string `doc:"the names of its hosts"`
}

func sites(c *bind.Call, _ bind.None) ([]Site, error) {
	c.Charge(readFuel)
	all, err := textbook.Sites()
	if err != nil {
		return nil, err
	}
	list := []Site{}
	for _, s := range all {
		list = append(list, Site(s))
	}
	return list, nil
}
