// Package textbook builds the internet of the lectures: thirteen root servers, top-level domains, the name servers, mail servers, sites and
// computers that the slides name, and the cables between the continents they are on.
//
// The world is data. The file world.toml lists the backbone's routers with the lengths of the cables between them, and the sites, which are the
// organisations: each with its network, its line to the backbone, its hosts, its zones and which host is its local name server. Files in zones
// are parts of master files (RFC 1035 section 5) with what does not follow from that list, such as MX records; everything else of a zone follows
// from it: SOA and NS, the addresses of hosts, delegations with their glue, reverse zones. What is below files/HOST is on that host's file system, and what is in
// letters/HOST/USER in that mailbox.
//
// All of it is there from the start, but nothing runs. A server starts with the first packet for its port (vnet.Host.StartOnDemand), so that
// what nobody speaks to costs nothing but its place in the network; after a crash of its host it starts again at once if it had been spoken to.
//
// Names are resolved from the root on, by packets, through the local name server that the host's /etc/resolv.conf names. It resolves for
// its own sites only. Zones are read from the folder ZoneDir of their servers: a lab may change one there before its server has started, or crash
// and restart the server's host.
//
// # Parts
//
// Build takes parts: sites, countries, and single hosts. With a site come its hosts; with a host come the servers of its site; with both come
// what is needed to resolve their names: the root, the servers of the zones above them, their local name server. The backbone is always whole, so
// that distances and addresses are the same in every part.
//
// # More services
//
// A kind of service is a value of type kind, listed in kinds: a name, the ports, and a function that starts it on a host. A host has it by its
// name in the line "serves" of world.toml. A protocol that comes to the world, such as HTTP, adds its kind there, that word to the
// hosts that have it, and what it serves to files/HOST. A setting of one host is a field of hostEntry.
package textbook

import (
	"fmt"
	"net/netip"

	"github.com/moonwire-lab/moonwire/engine"
)

// Home is the host that a newcomer sits at: Alice's computer.
const Home = "alice.crepes.fr"

// An Internet is what Build has added to a world.
type Internet struct {
	Hosts []*engine.Host // those of sites, without routers, in the order of the description

	world  *engine.World
	plan   *plan
	texts  map[string]string   // of zones, by name
	served map[string][]string // the zones of each server
}

// Build adds the textbook internet to a world, or the parts of it that are named: sites such as "umass.edu", countries such as "fr", hosts such
// as "gaia.cs.umass.edu", with what they need. It fails if there is no such part, if a host of that name is there already, if the world may not
// have so many hosts, or on the machine's network.
func Build(w *engine.World, parts ...string) (*Internet, error) {
	if w.Net == nil {
		return nil, engine.ErrNoTopology
	}
	d, err := read()
	if err != nil {
		return nil, err
	}
	p, err := d.plan(parts)
	if err != nil {
		return nil, err
	}
	for _, a := range p.addresses {
		if w.Net.Lookup(a.name) != nil {
			return nil, &TakenError{a.name}
		}
	}
	n := &Internet{world: w, plan: p, texts: p.zoneTexts(), served: map[string][]string{}}
	for _, z := range p.zones {
		for _, server := range z.Servers {
			n.served[server] = append(n.served[server], z.Name)
		}
	}
	if err := n.lay(); err != nil {
		return nil, fmt.Errorf("textbook: %w", err)
	}
	for _, h := range n.Hosts {
		if err := n.furnish(h, p.hosts[h.Name]); err != nil {
			return nil, fmt.Errorf("textbook: %s: %w", h.Name, err)
		}
	}
	return n, nil
}

// Host returns a host of the internet, or nil.
func (n *Internet) Host(name string) *engine.Host {
	for _, h := range n.Hosts {
		if h.Name == name {
			return h
		}
	}
	return nil
}

// An address is one that a name of the internet has, of a host or a router.
type address struct {
	name string
	addr netip.Addr
	main bool // what the name stands for; the other addresses have only the way back
}

// furnish gives a host its files and its services.
func (n *Internet) furnish(h *engine.Host, e *planned) error {
	if err := n.writeFiles(h, e); err != nil {
		return err
	}
	for _, word := range e.Serves {
		k, _ := kindOf(word) // parse has looked
		(&service{kind: k, host: h, entry: e, internet: n}).wait()
	}
	return nil
}
