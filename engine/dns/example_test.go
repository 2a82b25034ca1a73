package dns_test

import (
	"fmt"
	"net/netip"
	"time"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// A primary and a secondary, one link apart, in virtual time.
func Example() {
	world, _ := engine.New(engine.Options{Seed: 1})
	defer world.Close()
	a, _ := world.AddHost("a")
	b, _ := world.AddHost("b")
	world.Net.Link(a.V, b.V, vnet.LinkOptions{Shape: vnet.Shape{Delay: 10 * time.Millisecond}})
	at := func(h *engine.Host) netip.AddrPort { return netip.AddrPortFrom(h.V.Addrs()[0], dns.Port) }

	zone, err := dns.ParseZone(`
@ SOA a hostmaster 1 1h 10m 1d 60
@ NS  a
@ NS  b
www A 192.0.2.1
`, dns.ParseOptions{Origin: "lab."})
	if err != nil {
		fmt.Println(err)
		return
	}
	primary := &dns.Server{Stack: a.NewStack("primary")}
	primary.AddPrimary(zone, dns.Primary{Transfer: dns.Anybody(), Notify: []netip.AddrPort{at(b)}})

	copied, _ := dns.NewZone("lab.")
	follower := &dns.Secondary{Zone: copied, Primaries: []netip.AddrPort{at(a)}}
	secondary := &dns.Server{Stack: b.NewStack("secondary")}
	secondary.AddSecondary(follower)

	st := b.NewStack("main")
	world.Sched.Run(st.Go("main", func() {
		primary.Start()
		secondary.Start()
		st.Sleep(time.Second)
		e := zone.Edit()
		e.RemoveSet("www.lab.", miekg.TypeA)
		e.Commit()
		st.Sleep(time.Second)
		status := follower.Status()
		fmt.Println("serial", copied.Serial(), "after", status.Transfers, "whole and", status.Increments, "incremental transfer")
		fmt.Println(dns.RcodeName(copied.Lookup("www.lab.", miekg.TypeA).Rcode))
	}))
	// Output:
	// serial 2 after 1 whole and 1 incremental transfer
	// NXDOMAIN
}
