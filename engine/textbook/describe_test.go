package textbook_test

import (
	"strings"
	"testing"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine/textbook"
)

type mx = miekg.MX

// TestMistakes changes the description in one place, and wants the mistake to be told.
func TestMistakes(t *testing.T) {
	if err := textbook.Parse(textbook.World()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, want string }{
		{`router = "boston"`, `ruoter = "boston"`, "unknown key site.ruoter"},
		{`router = "boston"`, `router = "atlantis"`, "want a router of the backbone"},
		{`{from = "newyork", to = "boston", km = 350}`, `{from = "newyork", to = "boton", km = 350}`, "want two routers"},
		{`{from = "newyork", to = "boston", km = 350}`, `{from = "newyork", to = "boston"}`, "and kilometres"},
		{`network = "10.1.1.0/24"`, `network = "10.1.1.0/16"`, "a network of 24 bits"},
		{`network = "10.1.1.0/24"`, `network = "10.1.1.7/24"`, "a network of 24 bits"},
		{`network = "10.1.1.0/24"`, `network = "10.1.2.0/24"`, "zone 2.1.10.in-addr.arpa: want it once"},
		{`{name = "cis.poly.edu", at = 10}`, `{name = "cis.poly.edu", at = 1}`, "a number from 1 to 253 of its own"},
		{`{name = "cis.poly.edu", at = 10}`, `{name = "cis.poly.edu", at = 254}`, "a number from 1 to 253 of its own"},
		{`{name = "cis.poly.edu", at = 10}`, `{name = "dns.poly.edu", at = 10}`, "host dns.poly.edu"},
		{`{name = "cis.poly.edu", at = 10}`, `{name = "cis.poly.edu", at = 10, serves = ["gopher"]}`, `no service "gopher"`},
		{`local = "dns.poly.edu"`, `local = "cis.poly.edu"`, "cis.poly.edu is no name server"},
		{`{name = "umass.edu", servers = ["dns.umass.edu"]}`, `{name = "umass.edu", servers = ["ns.umass.edu"]}`, "ns.umass.edu is no name server"},
		{`{name = "umass.edu", servers = ["dns.umass.edu"]}`, `{name = "umass.edu", servers = []}`, "zone umass.edu: want it once, with servers"},
		{`{name = ".", servers`, `{name = "dot", servers`, "no root zone"},
		{"gbps = 10\nlocal = \"dns.backbone.net\"", "gbps = 10", "site backbone"},
		{`[backbone]`, `[backbone`, "toml"},
	} {
		text := strings.Replace(textbook.World(), c.old, c.new, 1)
		if text == textbook.World() {
			t.Errorf("%s is not in the description", c.old)
		}
		if err := textbook.Parse(text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", c.new, err, c.want)
		}
	}
}
