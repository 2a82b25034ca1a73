package host

import (
	"net/netip"
	"time"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/resolver"
)

type resolverArgs struct {
	Options struct {
		Servers  []string      `doc:"name servers by the names of hosts of the world, which have to be linked already, or by address; the first three count"`
		Port     int           `doc:"their port" default:"53" min:"1" max:"65535"`
		Search   []string      `doc:"domains to complete short names with" default:"nil"`
		Ndots    int           `doc:"names with so many dots are tried as they are before they are completed" default:"1" min:"0" max:"15"`
		Timeout  time.Duration `doc:"to wait for each server, in whole seconds" default:"5 s" min:"1 s" max:"30 s"`
		Attempts int           `doc:"how often to go through the servers" default:"2" min:"1" max:"5"`
		Rotate   bool          `doc:"begin with another server each time" default:"false"`
		IPv6     bool          `name:"ipv6" doc:"ask for IPv6 addresses too" default:"true"`
		TCP      bool          `name:"tcp" doc:"ask over TCP" default:"false"`
		EDNS     bool          `name:"edns" doc:"say that long answers may come over UDP" default:"false"`
	} `doc:"what /etc/resolv.conf is to say"`
}

// setResolver writes the host's resolv.conf.
func (h *Host) setResolver(c *bind.Call, a resolverArgs) error {
	o := &a.Options
	conf := resolver.Config{Search: o.Search, Ndots: o.Ndots, Timeout: o.Timeout, Attempts: o.Attempts,
		Rotate: o.Rotate, TCP: o.TCP, NoAAAA: !o.IPv6, EDNS: o.EDNS}
	if len(o.Servers) == 0 {
		c.Misuse("servers", "want at least one server, got none")
	}
	for _, name := range o.Servers {
		addr, err := h.serverAddr(name)
		if err != nil {
			return err
		}
		conf.Servers = append(conf.Servers, netip.AddrPortFrom(addr.Unmap(), uint16(o.Port)))
	}
	return h.SetConfig(conf)
}

// serverAddr returns the address of a name server: of a host of the world by its name, whatever the host resolves names by now.
func (h *Host) serverAddr(name string) (netip.Addr, error) {
	if h.V != nil {
		if addrs, err := h.V.LookupNetwork(name); err == nil {
			return addrs[0], nil
		}
	}
	return resolve(h.Host, name)
}
