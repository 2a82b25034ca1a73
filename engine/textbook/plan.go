package textbook

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// A plan is what of the description is to be built.
type plan struct {
	*description
	sites     []*siteEntry        // in the order of the description
	hosts     map[string]*planned // by name
	zones     []*zoneEntry
	byName    map[string]*zoneEntry
	addresses []address
}

// planned is a host that is to be built.
type planned struct {
	*hostEntry
	site *siteEntry
	addr netip.Addr
}

// A PartError says that the textbook internet has no part of that name.
type PartError struct{ Part string }

func (e *PartError) Error() string {
	return fmt.Sprintf("textbook: there is no site, country or host %q in the textbook internet", e.Part)
}

// Code returns "not-found".
func (e *PartError) Code() string { return "not-found" }

// A TakenError says that the world has a host of the textbook internet already.
type TakenError struct{ Name string }

func (e *TakenError) Error() string {
	return fmt.Sprintf("textbook: there is a host or LAN %s in the world already", e.Name)
}

// Code returns "exists".
func (e *TakenError) Code() string { return "exists" }

// A Site is an organisation of the description, or what of one is in one place.
type Site struct {
	Name    string
	About   string   // what it is
	Country string   // "" of the backbone
	Hosts   []string // names
}

// Sites returns all sites of the description. Their names, countries and hosts are the parts that Build takes.
func Sites() ([]Site, error) {
	d, err := read()
	if err != nil {
		return nil, err
	}
	var all []Site
	for _, s := range d.Sites {
		site := Site{Name: s.Name, About: s.About, Country: s.Country}
		for _, h := range s.Hosts {
			site.Hosts = append(site.Hosts, h.Name)
		}
		all = append(all, site)
	}
	return all, nil
}

// A selection collects what is to be built.
type selection struct {
	*description
	entries map[string]*planned // all hosts, by name
	chosen  map[string]bool     // hosts
	sites   map[*siteEntry]bool
	zones   []*zoneEntry // all, with the reverse zones of networks
	todo    []*planned
}

// plan chooses the parts, all of the description without any, and what they need.
func (d *description) plan(parts []string) (*plan, error) {
	s := &selection{description: d, entries: map[string]*planned{}, chosen: map[string]bool{}, sites: map[*siteEntry]bool{}, zones: d.allZones()}
	for _, site := range d.Sites {
		for _, h := range site.Hosts {
			s.entries[h.Name] = &planned{hostEntry: h, site: site, addr: nth(site.Network, h.At)}
		}
	}
	for _, site := range d.Sites {
		if len(parts) == 0 || site.Country == "" {
			s.addSite(site)
		}
	}
	for _, part := range parts {
		if !s.addPart(part) {
			return nil, &PartError{part}
		}
	}
	if err := s.complete(); err != nil {
		return nil, err
	}
	return s.plan(), nil
}

// addPart chooses what a word stands for.
func (s *selection) addPart(part string) bool {
	part = strings.ToLower(strings.TrimSuffix(part, "."))
	found := false
	for _, site := range s.Sites {
		if site.Name == part || site.Country == part && part != "" {
			s.addSite(site)
			found = true
		}
	}
	if h := s.entries[part]; h != nil && !found {
		s.addHost(h)
		found = true
	}
	return found
}

func (s *selection) addSite(site *siteEntry) {
	for _, h := range site.Hosts {
		s.addHost(s.entries[h.Name])
	}
}

func (s *selection) addHost(h *planned) {
	if s.chosen[h.Name] {
		return
	}
	s.chosen[h.Name] = true
	s.todo = append(s.todo, h)
}

// complete adds what the chosen hosts need, and what these need.
func (s *selection) complete() error {
	for len(s.todo) > 0 {
		h := s.todo[0]
		s.todo = s.todo[1:]
		names := []string{h.Name, reverse(h.addr)}
		if !s.sites[h.site] {
			s.sites[h.site] = true
			names = append(names, routerOf(h.site))
			s.addHost(s.entries[h.site.Local])
			for _, need := range h.site.Needs {
				if !s.addPart(need) {
					return &PartError{need}
				}
			}
			for _, other := range h.site.Hosts {
				if len(other.Serves) > 0 {
					s.addHost(s.entries[other.Name])
				}
			}
		}
		for _, z := range s.zones { // those above the names
			if !slices.ContainsFunc(names, func(name string) bool { return within(name, z.Name) }) {
				continue
			}
			for _, server := range z.Servers {
				s.addHost(s.entries[server])
			}
		}
	}
	return nil
}

// plan returns what was chosen, in the order of the description.
func (s *selection) plan() *plan {
	p := &plan{description: s.description, hosts: map[string]*planned{}, byName: map[string]*zoneEntry{}}
	for _, city := range s.Backbone.Routers {
		p.addresses = append(p.addresses, s.cityAddresses(city)...)
	}
	for _, site := range s.Sites {
		if !s.sites[site] {
			continue
		}
		p.sites = append(p.sites, site)
		near, far := s.line(site)
		p.addresses = append(p.addresses,
			address{s.city(site.Router), near, false},
			address{routerOf(site), routerAddr(site), true},
			address{routerOf(site), far, false})
		for _, h := range site.Hosts {
			if s.chosen[h.Name] {
				e := s.entries[h.Name]
				p.hosts[h.Name] = e
				p.addresses = append(p.addresses, address{h.Name, e.addr, true})
			}
		}
	}
	for _, z := range s.zones {
		if !slices.ContainsFunc(z.Servers, func(server string) bool { return !s.chosen[server] }) {
			p.zones, p.byName[z.Name] = append(p.zones, z), z
		}
	}
	return p
}

// allZones returns the zones of the description and, for each network, the reverse zone, which the servers of the site's first zone look
// after, or those of the backbone.
func (d *description) allZones() []*zoneEntry {
	var all []*zoneEntry
	for _, site := range d.Sites {
		all = append(all, site.Zones...)
		servers := []string{site.Local}
		if len(site.Zones) > 0 && site.Zones[0].Name != "." {
			servers = site.Zones[0].Servers
		}
		all = append(all, &zoneEntry{Name: reverseZone(site.Network), Servers: servers})
	}
	return all
}
