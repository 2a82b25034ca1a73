package textbook

import (
	"net/netip"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/resolver"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// serveDNS answers for the zones of the host, and resolves for the sites whose local name server it is.
func (s *service) serveDNS(st *stack.Stack) error {
	server := &dns.Server{Stack: st}
	for _, name := range s.internet.zonesOf(s.entry.Name) {
		file := zoneFile(name)
		text, err := afero.ReadFile(s.host.FS, file)
		if err != nil {
			return err
		}
		zone, err := dns.ParseZone(string(text), dns.ParseOptions{Origin: fqdn(name), File: file})
		if err != nil {
			return err
		}
		server.AddZone(zone)
	}
	if clients := s.internet.plan.clients(s.entry.Name); len(clients) > 0 {
		r := &resolver.Recursor{Stack: st, Roots: s.internet.plan.roots(), Zones: server.Lookup, MayAsk: func(a netip.Addr) bool {
			for _, p := range clients {
				if p.Contains(a.Unmap()) {
					return true
				}
			}
			return a.IsLoopback()
		}}
		r.Serve(server)
	}
	if len(s.entry.Nodes) > 0 {
		s.route(st, server)
	}
	return server.Start()
}

// clients returns the networks whose hosts and routers ask a local name server.
func (p *plan) clients(server string) []netip.Prefix {
	var all []netip.Prefix
	if server == p.Backbone.Local {
		all = append(all, p.Backbone.Network)
	}
	for _, site := range p.sites {
		if site.Local == server {
			_, router := p.line(site)
			all = append(all, site.Network, netip.PrefixFrom(router, 32))
		}
	}
	return all
}

// roots returns the servers of the root zone.
func (p *plan) roots() []resolver.Root {
	var all []resolver.Root
	for _, name := range p.innermost(".").Servers {
		all = append(all, resolver.Root{Name: fqdn(name), Addrs: []netip.Addr{p.hosts[name].addr}})
	}
	return all
}
