package textbook

import (
	"embed"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

//go:embed world.toml
var world string

//go:embed zones
var zones embed.FS

//go:embed all:files
var files embed.FS

// A description is what world.toml says.
type description struct {
	Backbone backbone     `toml:"backbone"`
	Sites    []*siteEntry `toml:"site"`
}

type backbone struct {
	Domain  string       `toml:"domain"`
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
}

// read reads the description and checks what a mistake in it would break.
func read() (*description, error) {
	d := &description{}
	meta, err := toml.Decode(world, d)
	if err != nil {
		return nil, fmt.Errorf("textbook: world.toml: %w", err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("textbook: world.toml: unknown key %s", unknown[0])
	}
	for i, s := range d.Sites {
		s.number = i
		if s.Mbps == 0 {
			s.Mbps = 1000
		}
	}
	return d, nil
}

// fqdn is the name with a dot at its end.
func fqdn(name string) string { return strings.TrimSuffix(name, ".") + "." }

// within reports whether a name is the zone's or below it. Both have no dot at the end, but for the root, which is ".".
func within(name, zone string) bool {
	return zone == "." || name == zone || strings.HasSuffix(name, "."+zone)
}
