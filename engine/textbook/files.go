package textbook

import (
	"io/fs"
	"net/netip"
	"path"
	"strings"
	"time"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/resolver"
)

// ZoneDir is the folder of a name server in which its zones are, each in a master file of its name, that of the root in "root".
const ZoneDir = "/etc/zones"

// zoneFile returns where a zone is kept.
func zoneFile(name string) string {
	if name == "." {
		name = "root"
	}
	return path.Join(ZoneDir, name)
}

// writeConfig writes the resolv.conf of a host or router that asks a local name server.
func (n *Internet) writeConfig(h *engine.Host, local string) error {
	_, domain, _ := strings.Cut(h.Name, ".")
	if z := n.plan.innermost(h.Name); z != nil {
		domain = z.Name
	}
	server := netip.AddrPortFrom(n.plan.hosts[local].addr, dns.Port)
	return h.SetConfig(resolver.Config{Servers: []netip.AddrPort{server}, Search: []string{domain}, Ndots: 1,
		Timeout: 5 * time.Second, Attempts: 2, NoAAAA: true})
}

// writeFiles writes the files that a host has: resolv.conf, zones, and what is below files/HOST.
func (n *Internet) writeFiles(h *engine.Host, e *planned) error {
	if err := n.writeConfig(h, e.site.Local); err != nil {
		return err
	}
	for _, z := range n.zonesOf(e.Name) {
		if err := afero.WriteFile(h.Written, zoneFile(z), []byte(n.texts[z]), 0o644); err != nil {
			return err
		}
	}
	root := path.Join("files", e.Name)
	if _, err := fs.Stat(files, root); err != nil {
		return nil
	}
	return fs.WalkDir(files, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		return afero.WriteFile(h.Written, strings.TrimPrefix(name, root), b, 0o644)
	})
}

// zonesOf returns the zones that a host is a server of.
func (n *Internet) zonesOf(host string) []string { return n.served[host] }
