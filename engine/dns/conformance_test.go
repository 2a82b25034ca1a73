package dns_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/enginetest"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// TestConformance asks, updates and copies a zone in one session, under all that a network can do.
func TestConformance(t *testing.T) {
	enginetest.Run(t, enginetest.Protocol{
		Port: 53, Datagrams: true, Stream: true, Patience: 10 * time.Minute,
		Serve: func(st *stack.Stack, _ *engine.Host, address string) (string, func(), error) {
			if strings.HasPrefix(address, ":") {
				address = "0.0.0.0" + address
			}
			a, err := netip.ParseAddrPort(address)
			if err != nil {
				return "", nil, err
			}
			z, err := dns.ParseZone(lab, dns.ParseOptions{})
			if err != nil {
				return "", nil, err
			}
			s := &dns.Server{Stack: st, Addrs: []netip.AddrPort{a}}
			s.AddPrimary(z, dns.Primary{Transfer: dns.Anybody(), Update: dns.Anybody()})
			err = s.Start()
			return s.Addr().String(), s.Close, err
		},
		Talk: session,
		Garbage: [][]byte{
			[]byte("\x00\x00\x28\x00\x00\x01\x00\x00\x00\xff\x00\x00\x03lab\x00\x00\x06\x00\x01"),         // an update that is cut off
			[]byte("\x00\x00\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\xc0\x0c\x00\x01\x00\x01"),            // a name that points at itself
			[]byte("\x00\x1e\x00\x00\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03lab\x00\x00\xfc\x00\x01"), // AXFR in a frame that is not whole
			append([]byte("\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"), make([]byte, 500)...),      // counts that lie
			[]byte("\x00\x00\x20\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03lab\x00\x00\x06\x00\x01"),         // NOTIFY from a stranger
			append([]byte("\xff\xff"), make([]byte, 65535)...),
		},
	})
}

// session is one of a client: a question, an update that leaves the zone as it was, and a transfer.
func session(st *stack.Stack, address string) (string, error) {
	addrs, err := st.LookupHost(strings.Split(address, ":")[0])
	if err != nil {
		return "", err
	}
	port := dns.Port
	fmt.Sscan(address[strings.LastIndex(address, ":")+1:], &port)
	q := &dns.Request{Stack: st, Server: netip.AddrPortFrom(addrs[0], uint16(port))}
	var out strings.Builder
	r, err := q.Do(query("mail.lab.", miekg.TypeA))
	if err != nil {
		return "", err
	}
	fmt.Fprintln(&out, r.Answer, dns.RcodeName(r.Rcode))
	m := new(dns.Message)
	m.SetUpdate("lab.")
	rrs, err := dns.ParseRecords("nobody.lab. A 10.0.0.1\n", dns.ParseOptions{})
	if err != nil {
		return "", err
	}
	m.Remove(rrs)
	if r, err = q.Do(m); err != nil {
		return "", err
	}
	fmt.Fprintln(&out, dns.RcodeName(r.Rcode))
	d, err := q.Transfer("lab", nil)
	if err != nil {
		return "", err
	}
	fmt.Fprintln(&out, len(d.Records), d.SOA.Serial)
	return out.String(), nil
}
