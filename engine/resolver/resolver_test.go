package resolver_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

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
