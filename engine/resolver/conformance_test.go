package resolver_test

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/enginetest"
	"github.com/moonwire-lab/moonwire/engine/resolver"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// TestConformance runs the suite with the resolver routines as the client and a local server that asks another one on its host.
func TestConformance(t *testing.T) {
	q := resolver.NewQuery("gaia.cs.umass.edu.", miekg.TypeA, true)
	good, err := q.Pack()
	if err != nil {
		t.Fatal(err)
	}
	enginetest.Run(t, enginetest.Protocol{
		Serve: serveForwarder, Talk: talk, Datagrams: true, Stream: true, Port: 53,
		Garbage: [][]byte{good[:5], good[:len(good)-3], append([]byte{0, 200}, good...), append(good, good...), []byte(strings.Repeat("\xc0\x0c", 300))},
	})
}

func serveForwarder(st *stack.Stack, _ *engine.Host, address string) (string, func(), error) {
	z, err := dns.ParseZone(zone("umass.edu.", "ns", "ns A 10.0.0.1", "gaia.cs A 128.119.245.12", "www CNAME gaia.cs", `long TXT "`+strings.Repeat("x", 250)+`" "`+strings.Repeat("y", 250)+`"`), dns.ParseOptions{})
	if err != nil {
		return "", nil, err
	}
	above := &dns.Server{Stack: st, Addrs: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:0")}}
	above.AddZone(z)
	if err := above.Start(); err != nil {
		return "", nil, err
	}
	if address[0] == ':' {
		address = "0.0.0.0" + address
	}
	addr, err := netip.ParseAddrPort(address)
	if err != nil {
		return "", nil, err
	}
	s := &dns.Server{Stack: st, Addrs: []netip.AddrPort{addr}}
	r := &resolver.Recursor{Stack: st, Forward: []netip.AddrPort{above.Addr()}}
	r.Serve(s)
	if err := s.Start(); err != nil {
		above.Close()
		return "", nil, err
	}
	return s.Addr().String(), func() { s.Close(); above.Close() }, nil
}

func talk(st *stack.Stack, address string) (string, error) {
	var out strings.Builder
	host, port, _ := strings.Cut(address, ":")
	addrs, err := st.LookupHost(host)
	if err != nil {
		return "", err
	}
	server, err := netip.ParseAddrPort(addrs[0].String() + ":" + port)
	if err != nil {
		return "", err
	}
	stub := &resolver.Stub{Stack: st, Config: resolver.Config{Servers: []netip.AddrPort{server}, Ndots: 1, Timeout: 2 * time.Second, Attempts: 2}}
	found, err := stub.LookupHost("www.umass.edu")
	if err != nil {
		return out.String(), err
	}
	fmt.Fprintln(&out, found)
	_, err = stub.LookupHost("nobody.umass.edu")
	if !errors.Is(err, stack.ErrHostNotFound) {
		return out.String(), fmt.Errorf("nobody: %w", err)
	}
	fmt.Fprintln(&out, err)
	reply, err := stub.Query("long.umass.edu", miekg.TypeTXT)
	if err != nil {
		return out.String(), err
	}
	fmt.Fprintln(&out, reply.TCP, len(reply.Answer))
	return out.String(), nil
}
