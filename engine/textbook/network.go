package textbook

import (
	"net/netip"
	"time"

	"github.com/moonwire-lab/moonwire/engine/vnet"
)

const (
	lanMbps  = 100
	lanDelay = 10 * time.Microsecond
	mbps     = 1_000_000
)

// lay adds hosts, routers, LANs and links to the world.
func (n *Internet) lay() error {
	for _, site := range n.plan.sites {
		for _, e := range site.Hosts {
			if n.plan.hosts[e.Name] == nil {
				continue
			}
			h, err := n.world.AddHost(e.Name)
			if err != nil {
				return err
			}
			n.Hosts = append(n.Hosts, h)
		}
	}
	cities := map[string]*vnet.Host{}
	for _, name := range n.plan.Backbone.Routers {
		r, err := n.router(n.plan.city(name), n.plan.Backbone.Local)
		if err != nil {
			return err
		}
		cities[name] = r
	}
	for i, c := range n.plan.Backbone.Cables {
		from, to := n.plan.cable(i)
		if err := n.join(cities[c.From], cities[c.To], from, to, c.Km, n.plan.Backbone.Gbps*1000); err != nil {
			return err
		}
	}
	for _, site := range n.plan.sites {
		if err := n.laySite(site, cities[site.Router]); err != nil {
			return err
		}
	}
	return nil
}

// router adds a router that asks a local name server.
func (n *Internet) router(name, local string) (*vnet.Host, error) {
	r, err := n.world.Net.Router(name)
	if err != nil {
		return nil, err
	}
	return r, n.writeConfig(n.world.Adopt(r), local)
}

// join lays a cable between two routers. The way of packets is the one with the fewest kilometres.
func (n *Internet) join(a, b *vnet.Host, addrA, addrB netip.Addr, km, rate float64) error {
	o := vnet.LinkOptions{Shape: vnet.Shape{Delay: delay(km), Rate: int64(rate * mbps)}, Cost: max(int(km), 1), NoAuto: true,
		AddrsA: []netip.Prefix{netip.PrefixFrom(addrA, 30)}, AddrsB: []netip.Prefix{netip.PrefixFrom(addrB, 30)}}
	_, err := n.world.Net.Link(a, b, o)
	return err
}

// laySite adds the router and the LAN of a site, and joins its hosts to it.
func (n *Internet) laySite(site *siteEntry, city *vnet.Host) error {
	router, err := n.router(routerOf(site), site.Local)
	if err != nil {
		return err
	}
	near, far := n.plan.line(site)
	if err := n.join(city, router, near, far, site.Km, site.Mbps); err != nil {
		return err
	}
	lan, err := n.world.Net.Lan("lan."+site.Name, site.Network)
	if err != nil {
		return err
	}
	if err := n.plug(router, lan, routerAddr(site), vnet.LinkOptions{Shape: vnet.Shape{Delay: lanDelay, Rate: lanMbps * mbps}}); err != nil {
		return err
	}
	for _, e := range site.Hosts {
		p := n.plan.hosts[e.Name]
		if p == nil {
			continue
		}
		if err := n.plug(n.world.Find(e.Name).V, lan, p.addr, e.line()); err != nil {
			return err
		}
	}
	return nil
}

// line returns how a host is joined to its site's LAN.
func (e *hostEntry) line() vnet.LinkOptions {
	up := vnet.Shape{Delay: lanDelay + e.Delay, Rate: lanMbps * mbps}
	down := up
	if e.UpMbps > 0 {
		up.Rate = int64(e.UpMbps * mbps)
	}
	if e.DownMbps > 0 {
		down.Rate = int64(e.DownMbps * mbps)
	}
	return vnet.LinkOptions{AB: &up, BA: &down}
}

// plug joins a host to a LAN.
func (n *Internet) plug(h *vnet.Host, lan *vnet.Lan, a netip.Addr, o vnet.LinkOptions) error {
	subnet, _ := lan.Subnets()
	o.NoAuto, o.AddrsA = true, []netip.Prefix{netip.PrefixFrom(a, subnet.Bits())}
	_, err := n.world.Net.Link(h, lan, o)
	return err
}
