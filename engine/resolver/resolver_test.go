package resolver_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/moonwire-lab/moonwire/engine/resolver"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// TestIterative follows the textbook's figure, with one server more on the way.
func TestIterative(t *testing.T) {
	w := textbook(t, 1)
	got := w.messages(func() {
		w.run("cis.poly.edu", func(s *stack.Stack) {
			addrs, err := s.LookupHost("gaia.cs.umass.edu")
			if err != nil || len(addrs) != 1 || addrs[0].String() != "128.119.245.12" {
				t.Errorf("LookupHost = %v, %v", addrs, err)
			}
		})
	})
	want := []string{
		"cis.poly.edu>dns.poly.edu query gaia.cs.umass.edu A",
		"dns.poly.edu>root query gaia.cs.umass.edu A",
		"root>dns.poly.edu referral edu NS a.edu-servers.net",
		"dns.poly.edu>edu query gaia.cs.umass.edu A",
		"edu>dns.poly.edu referral umass.edu NS dns.umass.edu",
		"dns.poly.edu>umass query gaia.cs.umass.edu A",
		"umass>dns.poly.edu referral cs.umass.edu NS dns.cs.umass.edu",
		"dns.poly.edu>cs query gaia.cs.umass.edu A",
		"cs>dns.poly.edu answer gaia.cs.umass.edu A 128.119.245.12",
		"dns.poly.edu>cis.poly.edu answer gaia.cs.umass.edu A 128.119.245.12",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestToolDefaults: without a resolv.conf the commands ask the host itself, as the programs do.
func TestToolDefaults(t *testing.T) {
	w := newWorld(t, 1)
	w.add("client")
	w.run("client", func(s *stack.Stack) {
		tool := resolver.Tool{Stack: s}
		_, _, err := tool.Dig([]string{"www.lab", "+tries=1"})
		want := ";; communications error to 127.0.0.1#53: connection refused\n\n; <<>> DiG 9.18-moonwire <<>> www.lab +tries=1\n;; global options: +cmd\n;; no servers could be reached\n"
		if err == nil || err.Error() != want || stack.Code(err) != "refused" {
			t.Errorf("dig: %v", err)
		}
		if _, err := tool.NSLookup([]string{"www.lab"}); stack.Code(err) != "refused" {
			t.Errorf("nslookup: %v", err)
		}
		if _, err := tool.Host([]string{"www.lab"}); stack.Code(err) != "refused" {
			t.Errorf("host: %v", err)
		}
		stub := resolver.Stub{Stack: s, Config: resolver.Config{Rotate: true, Attempts: 1}}
		if _, err := stub.LookupHost("www.lab"); stack.Code(err) != "host-not-found" {
			t.Errorf("LookupHost: %v", err)
		}
	})
}
