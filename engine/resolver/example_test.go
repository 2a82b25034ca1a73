package resolver_test

import (
	"fmt"
	"net/netip"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/resolver"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// A host that asks a local server, which asks a server of the zone lab.
func Example() {
	w, err := engine.New(engine.Options{})
	if err != nil {
		panic(err)
	}
	defer w.Close()
	client, _ := w.AddHost("client")
	server, _ := w.AddHost("server")
	w.Net.Link(client.V, server.V, vnet.LinkOptions{})

	zone, err := dns.ParseZone("$ORIGIN lab.\n@ 60 SOA ns root 1 1h 10m 1d 60\n@ 60 NS ns\nns 60 A 10.0.1.2\nwww 60 A 192.0.2.1\n", dns.ParseOptions{})
	if err != nil {
		panic(err)
	}
	authority := &dns.Server{Stack: server.NewStack("named"), Addrs: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:5353")}}
	authority.AddZone(zone)
	local := &dns.Server{Stack: server.NewStack("resolver")}
	recursor := &resolver.Recursor{Stack: local.Stack, Forward: authority.Addrs}
	recursor.Serve(local)
	for _, s := range []*dns.Server{authority, local} {
		if err := s.Start(); err != nil {
			panic(err)
		}
	}

	config := resolver.ParseConfig("search lab")
	config.Servers = []netip.AddrPort{netip.AddrPortFrom(server.V.Addrs()[0], dns.Port)}
	client.SetConfig(config)
	s := client.NewStack("client")
	w.Sched.Run(s.Go("main", func() { fmt.Println(s.LookupHost("www")) }))
	// Output: [192.0.2.1] <nil>
}
