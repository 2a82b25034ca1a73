package dns_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/moonwire-lab/moonwire/engine/dns"
)

// TestRemarks: a delegation is none, but what lies below it and servers without an address are.
func TestRemarks(t *testing.T) {
	const zone = `$ORIGIN lab.
@ SOA ns root 1 2 3 4 5
@ NS ns
ns A 10.0.0.1
@ MX 10 alias
alias CNAME ns
good NS ns.good
good NS ns
ns.good A 10.0.0.2
bad NS ns.bad
bad NS nowhere
bad TXT "below"
www.bad CNAME ns
`
	z, err := dns.ParseZone(zone, dns.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"lab. MX alias.lab. is an alias",
		"bad.lab. NS ns.bad.lab. has no glue",
		"bad.lab. NS nowhere.lab. has no address",
		"bad.lab. TXT is hidden: bad.lab. is delegated",
		"www.bad.lab. CNAME is hidden: bad.lab. is delegated",
	}
	if diff := cmp.Diff(want, z.Remarks()); diff != "" {
		t.Error(diff)
	}
}
