package textbook

import (
	"embed"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

//go:embed world.toml
var world string

//go:embed zones
var zones embed.FS

//go:embed letters
var letters embed.FS

//go:embed all:files
var files embed.FS

// A description is what world.toml says.
type description struct {
	Backbone backbone     `toml:"backbone"`
	Sites    []*siteEntry `toml:"site"`
}

type backbone struct {
	Domain  string       `toml:"domain"`
	Local   string       `toml:"local"` // the name server that the routers ask
	Network netip.Prefix `toml:"network"`
	Gbps    float64      `toml:"gbps"`
	Routers []string     `toml:"routers"` // names of cities
	Cables  []cable      `toml:"cables"`
}

type cable struct {
	From string  `toml:"from"`
	To   string  `toml:"to"`
	Km   float64 `toml:"km"`
}

// A siteEntry is an organisation, or the part of one in one place: a LAN with a router at the end of a line to the backbone.
type siteEntry struct {
	Name    string       `toml:"name"`
	About   string       `toml:"about"`
	Country string       `toml:"country"`
	Router  string       `toml:"router"`  // of the backbone
	Km      float64      `toml:"km"`      // to it
	Mbps    float64      `toml:"mbps"`    // of the line to it; 1000 if left out
	Network netip.Prefix `toml:"network"` // of the LAN
	Local   string       `toml:"local"`   // the name server that its hosts ask
	Needs   []string     `toml:"needs"`   // sites without which it is not complete
	Zones   []*zoneEntry `toml:"zones"`
	Hosts   []*hostEntry `toml:"hosts"`

	number int // its place in the description
}

type zoneEntry struct {
	Name    string   `toml:"name"`
	Servers []string `toml:"servers"`
}

// A hostEntry is a host of a site.
type hostEntry struct {
	Name     string        `toml:"name"`
	At       int           `toml:"at"`     // its number in the network of the site
	Serves   []string      `toml:"serves"` // names of kinds
	DownMbps float64       `toml:"down_mbps"`
	UpMbps   float64       `toml:"up_mbps"` // of its own line; without these the LAN's 100 Mbps
	Delay    time.Duration `toml:"delay"`   // of its own line

	Users    map[string]string `toml:"users"`     // of mail: passwords by name
	Domains  []string          `toml:"domains"`   // of mail: the domains of these users; the host's name if left out
	RelayFor []string          `toml:"relay_for"` // of mail: domains whose mail is kept for others

	Films     []string          `toml:"films"`     // of http: folders of the web server in which videos are
	Nodes     []string          `toml:"nodes"`     // of dns: the replicas among which its zone chooses
	Customers map[string]string `toml:"customers"` // of replica: origins by what clients ask for
}

// read reads the description.
func read() (*description, error) {
	d, err := parse(world)
	if err != nil {
		return nil, fmt.Errorf("textbook: world.toml: %w", err)
	}
	return d, nil
}

// parse reads a description and checks what its parts say of each other.
func parse(text string) (*description, error) {
	d := &description{}
	meta, err := toml.Decode(text, d)
	if err != nil {
		return nil, err
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("unknown key %s", unknown[0])
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	return d, nil
}

// check fills in what was left out, and reports what does not fit.
func (d *description) check() error {
	if len(d.Backbone.Cables) > mostEnds || len(d.Sites) > mostEnds {
		return fmt.Errorf("more than %d cables or sites", mostEnds)
	}
	for _, c := range d.Backbone.Cables {
		if !slices.Contains(d.Backbone.Routers, c.From) || !slices.Contains(d.Backbone.Routers, c.To) || c.Km <= 0 {
			return fmt.Errorf("cable from %s to %s: want two routers, and kilometres", c.From, c.To)
		}
	}
	hosts := map[string]*hostEntry{}
	for i, s := range d.Sites {
		s.number = i
		if s.Mbps == 0 {
			s.Mbps = 1000
		}
		if !slices.Contains(d.Backbone.Routers, s.Router) || !s.Network.Addr().Is4() || s.Network.Bits() != 24 || s.Network != s.Network.Masked() {
			return fmt.Errorf("site %s: want a router of the backbone, and a network of 24 bits", s.Name)
		}
		numbers := map[int]bool{routerNumber: true}
		for _, h := range s.Hosts {
			if hosts[h.Name] != nil || numbers[h.At] || h.At < 1 || h.At > 254 {
				return fmt.Errorf("host %s: want a name and a number from 1 to 253 of its own", h.Name)
			}
			hosts[h.Name], numbers[h.At] = h, true
			for _, word := range h.Serves {
				if _, ok := kindOf(word); !ok {
					return fmt.Errorf("host %s: there is no service %q", h.Name, word)
				}
			}
		}
	}
	if err := d.checkNodes(hosts); err != nil {
		return err
	}
	return d.checkServers(hosts)
}

// checkServers reports a name server that is none, and a zone that nobody or two have.
func (d *description) checkServers(hosts map[string]*hostEntry) error {
	zones := map[string]bool{}
	for _, z := range d.allZones() {
		if zones[z.Name] || len(z.Servers) == 0 {
			return fmt.Errorf("zone %s: want it once, with servers", z.Name)
		}
		zones[z.Name] = true
		for _, server := range z.Servers {
			if h := hosts[server]; h == nil || !slices.Contains(h.Serves, "dns") {
				return fmt.Errorf("zone %s: %s is no name server", z.Name, server)
			}
		}
	}
	for _, s := range append([]*siteEntry{{Name: "backbone", Local: d.Backbone.Local}}, d.Sites...) {
		if h := hosts[s.Local]; h == nil || !slices.Contains(h.Serves, "dns") {
			return fmt.Errorf("site %s: %s is no name server", s.Name, s.Local)
		}
	}
	if !zones["."] {
		return errors.New("there is no root zone")
	}
	return nil
}

// fqdn is the name with a dot at its end.
func fqdn(name string) string { return strings.TrimSuffix(name, ".") + "." }

// within reports whether a name is the zone's or below it. Both have no dot at the end, but for the root, which is ".".
func within(name, zone string) bool {
	rest, ok := strings.CutSuffix(name, zone)
	return zone == "." || ok && (rest == "" || strings.HasSuffix(rest, "."))
}
