package textbook

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/dns"
)

// kmPerSecond is how fast light is in glass: two thirds of its speed in the void.
const kmPerSecond = 200_000

// delay returns how long a cable of that length takes.
func delay(km float64) time.Duration { return time.Duration(km / kmPerSecond * float64(time.Second)) }

// nth returns the address with that number in a network.
func nth(network netip.Prefix, n int) netip.Addr {
	a := network.Addr().As4()
	a[2] += byte(n >> 8)
	a[3] += byte(n)
	return netip.AddrFrom4(a)
}

// The router of a site has the last address of its LAN.
const routerNumber = 254

func routerAddr(site *siteEntry) netip.Addr { return nth(site.Network, routerNumber) }

// routerOf returns the name of a site's router.
func routerOf(site *siteEntry) string {
	if strings.Contains(site.Name, ".") {
		return "router." + site.Name
	}
	return site.Name + ".backbone.net"
}

// city returns the name of the backbone's router in a city.
func (d *description) city(name string) string { return name + "." + d.Backbone.Domain }

// mostEnds is how many networks of four addresses there are for cables, and how many for lines.
const mostEnds = 64

// ends returns the addresses at the two ends of a cable (block 0) or a line (block 1): each has a network of four addresses.
func (d *description) ends(block, number int) (a, b netip.Addr) {
	return nth(d.Backbone.Network, block<<8+4*number+1), nth(d.Backbone.Network, block<<8+4*number+2)
}

// cable returns the addresses at the ends of a cable.
func (d *description) cable(number int) (from, to netip.Addr) { return d.ends(0, number) }

// line returns the addresses at the ends of a site's line: the backbone's and the site's.
func (d *description) line(site *siteEntry) (near, far netip.Addr) { return d.ends(1, site.number) }

// cityAddresses returns the addresses of a router of the backbone at its cables.
func (d *description) cityAddresses(city string) []address {
	var all []address
	for i, c := range d.Backbone.Cables {
		from, to := d.cable(i)
		switch city {
		case c.From:
			all = append(all, address{d.city(city), from, len(all) == 0})
		case c.To:
			all = append(all, address{d.city(city), to, len(all) == 0})
		}
	}
	return all
}

// reverse returns the name under in-addr.arpa of an address, without the dot at its end.
func reverse(a netip.Addr) string { return strings.TrimSuffix(dns.ReverseName(a), ".") }

// reverseZone returns the name of the reverse zone of a network of 24 bits.
func reverseZone(p netip.Prefix) string {
	a := p.Addr().As4()
	return fmt.Sprintf("%d.%d.%d.in-addr.arpa", a[2], a[1], a[0])
}
