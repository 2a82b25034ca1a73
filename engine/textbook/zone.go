package textbook

import (
	"fmt"
	"strings"
)

// Figures of all zones: the times of the slides' SOA in seconds, and times to live.
const (
	soaTimes      = "2026010100 28800 7200 604800 86400"
	zoneTTL       = 3600
	delegationTTL = 172800
)

// innermost returns the zone that a name belongs to: the smallest that has it.
func (p *plan) innermost(name string) *zoneEntry {
	for {
		if z := p.byName[name]; z != nil {
			return z
		}
		if name == "." {
			return nil
		}
		name = parent(name)
	}
}

// parent returns the name without its first label. The last one is the root's, ".".
func parent(name string) string {
	if _, rest, ok := strings.Cut(name, "."); ok && rest != "" {
		return rest
	}
	return "."
}

// zoneTexts returns the master files of all zones by name.
func (p *plan) zoneTexts() map[string]string {
	out := map[string]*strings.Builder{}
	for _, z := range p.zones {
		b := &strings.Builder{}
		out[z.Name] = b
		fmt.Fprintf(b, "$ORIGIN %s\n$TTL %d\n", fqdn(z.Name), zoneTTL)
		fmt.Fprintf(b, "@ SOA %s %s %s\n", fqdn(z.Servers[0]), fqdn("root."+strings.TrimPrefix(z.Name, ".")), soaTimes)
		for _, server := range z.Servers {
			fmt.Fprintf(b, "@ NS %s\n", fqdn(server))
		}
		if extra, err := zones.ReadFile("zones/" + z.Name); err == nil {
			b.Write(extra)
		}
	}
	for _, a := range p.addresses {
		if z := p.innermost(a.name); a.main && z != nil {
			fmt.Fprintf(out[z.Name], "%s A %s\n", fqdn(a.name), a.addr)
		}
		if z := p.innermost(reverse(a.addr)); z != nil {
			fmt.Fprintf(out[z.Name], "%s PTR %s\n", fqdn(reverse(a.addr)), fqdn(a.name))
		}
	}
	p.delegate(out)
	texts := map[string]string{}
	for name, b := range out {
		texts[name] = b.String()
	}
	return texts
}

// delegate writes into each zone who is in charge of the zones below it, with the addresses without which nobody would get there.
func (p *plan) delegate(out map[string]*strings.Builder) {
	glue := map[string]bool{}
	// locate writes where the servers of a zone are into a zone that names them, unless that is there already.
	locate := func(in, of *zoneEntry) {
		for _, server := range of.Servers {
			key := in.Name + " " + server
			if glue[key] || !within(server, in.Name) || p.innermost(server) == in {
				continue
			}
			glue[key] = true
			fmt.Fprintf(out[in.Name], "%s %d A %s\n", fqdn(server), delegationTTL, p.hosts[server].addr)
		}
	}
	for _, z := range p.zones {
		locate(z, z)
		if z.Name == "." {
			continue
		}
		above := p.innermost(parent(z.Name))
		for _, server := range z.Servers {
			fmt.Fprintf(out[above.Name], "%s %d NS %s\n", fqdn(z.Name), delegationTTL, fqdn(server))
		}
		locate(above, z)
	}
}
