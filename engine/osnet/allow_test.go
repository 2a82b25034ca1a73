package osnet

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

func TestAllow(t *testing.T) {
	pinned := map[string][]netip.Addr{"example.org": {netip.MustParseAddr("192.0.2.7")}}
	for _, c := range []struct {
		rules string // separated by spaces
		ask   string // connect or bind, tcp or udp, address
		want  bool
	}{
		{"", "connect tcp 127.0.0.1:80", false},
		{"127.0.0.1:80", "connect tcp 127.0.0.1:80", true},
		{"127.0.0.1:80", "connect udp 127.0.0.1:80", true},
		{"127.0.0.1:80", "connect tcp 127.0.0.1:81", false},
		{"127.0.0.1:80", "connect tcp 127.0.0.2:80", false},
		{"127.0.0.1:80", "connect tcp [::1]:80", false},
		{"127.0.0.1:80", "connect tcp [::ffff:127.0.0.1]:80", true},
		{"127.0.0.1:80/udp", "connect tcp 127.0.0.1:80", false},
		{"127.0.0.1:80/udp", "connect udp 127.0.0.1:80", true},
		{"127.0.0.1:80/tcp", "connect udp 127.0.0.1:80", false},
		{"127.0.0.1:8000-8999,25", "connect tcp 127.0.0.1:8999", true},
		{"127.0.0.1:8000-8999,25", "connect tcp 127.0.0.1:25", true},
		{"127.0.0.1:8000-8999,25", "connect tcp 127.0.0.1:9000", false},
		{"10.0.0.0/8:80", "connect tcp 10.255.0.1:80", true},
		{"10.0.0.0/8:80", "connect tcp 11.0.0.1:80", false},
		{"[::1]:*", "connect tcp [::1]:9", true},
		{"[fe80::/10]:*", "connect tcp [fe80::1%lo]:9", true},
		{"[fe80::/10]:*", "connect tcp [fec0::1]:9", false},
		{"*:53/udp", "connect udp 192.0.2.1:53", true},
		{"*:53/udp", "connect udp [2001:db8::1]:53", true},
		{"*:53/udp", "connect tcp 192.0.2.1:53", false},
		{"example.org:25", "connect tcp 192.0.2.7:25", true},
		{"EXAMPLE.org.:25", "connect tcp 192.0.2.7:25", true},
		{"example.org:25", "connect tcp 192.0.2.8:25", false},
		{"example.org:25", "connect tcp 192.0.2.7:80", false},
		{"localhost:25", "connect tcp 127.0.0.1:25", true},
		{"localhost:25", "connect tcp [::1]:25", true},
		{"localhost:25", "connect tcp 192.0.2.7:25", false},
		{"1.1.1.1:1 2.2.2.2:2", "connect tcp 2.2.2.2:2", true},
		{"1.1.1.1:1 2.2.2.2:2", "connect tcp 2.2.2.2:1", false},

		{"0.0.0.0:80", "connect tcp 127.0.0.1:80", false}, // what connecting to 0.0.0.0 means
		{"127.0.0.1:80", "connect tcp 0.0.0.0:80", true},
		{"0.0.0.0:80", "connect tcp 0.0.0.0:80", false},
		{"127.0.0.1:80", "connect tcp [::ffff:0.0.0.0]:80", true},
		{"[::1]:80", "connect tcp [::]:80", true},
		{"[::]:80", "connect tcp [::]:80", false},

		{"127.0.0.1:*", "bind tcp 127.0.0.1:0", true},
		{"127.0.0.1:0", "bind tcp 127.0.0.1:0", true},
		{"127.0.0.1:80", "bind tcp 127.0.0.1:0", false},
		{"127.0.0.1:80", "bind tcp 127.0.0.1:80", true},
		{"127.0.0.1:*", "bind tcp 0.0.0.0:80", false},
		{"*:*", "bind tcp 0.0.0.0:80", true},
		{"*:*/tcp", "bind tcp [::]:0", true},
		{"*:*/tcp", "bind udp [::]:0", false},
		{"*:80", "bind tcp 0.0.0.0:80", false},
		{"*:80", "bind tcp 127.0.0.1:80", true},
		{"0.0.0.0/0:*", "bind tcp 0.0.0.0:80", false},
		{"0.0.0.0:80", "bind tcp 0.0.0.0:80", true},
		{"0.0.0.0:80", "bind tcp 0.0.0.0:81", false},
		{"0.0.0.0:80", "bind tcp [::]:80", false},
		{"[::]:*", "bind udp [::]:0", true},
		{"[::]:*", "bind udp 0.0.0.0:0", false},
	} {
		a, err := ParseAllow(strings.Fields(c.rules)...)
		if err != nil {
			t.Error(err)
			continue
		}
		n := &Network{allow: a, pinned: pinned}
		ask := strings.Fields(c.ask)
		kind := map[string]stack.Kind{"tcp": stack.TCP, "udp": stack.UDP}[ask[1]]
		addr := netip.MustParseAddrPort(ask[2])
		if ask[0] == "bind" {
			err = n.judge("bind", kind, addr, true)
		} else {
			_, err = n.destination("connect", kind, addr)
		}
		if (err == nil) != c.want {
			t.Errorf("rules %q, %s: %v", c.rules, c.ask, err)
		}
		if err != nil {
			checkDenied(t, err, ask, addr, kind)
		}
	}
}

// checkDenied checks that a refusal has its code and that the rule it proposes helps.
func checkDenied(t *testing.T, err error, ask []string, addr netip.AddrPort, kind stack.Kind) {
	var denied *DeniedError
	if !errors.As(err, &denied) || !errors.Is(err, stack.ErrAccess) || !errors.Is(err, os.ErrPermission) || stack.Code(err) != "denied" {
		t.Fatalf("%v: %v is not a refusal", ask, err)
	}
	a, perr := ParseAllow(denied.Rule())
	if perr != nil {
		t.Fatal(perr)
	}
	n := &Network{allow: a}
	if ask[0] == "bind" {
		err = n.judge("bind", kind, addr, true)
	} else {
		_, err = n.destination("connect", kind, addr)
	}
	if err != nil || !strings.Contains(denied.Error(), "to allow it: --allow "+denied.Rule()) {
		t.Errorf("%v: the rule %s that was proposed does not help: %v", ask, denied.Rule(), err)
	}
}

func TestParseAllowErrors(t *testing.T) {
	for _, c := range []struct {
		rule   string
		column int
		reason string
	}{
		{"", 1, "no port"},
		{"host", 5, "no port"},
		{"[::1]", 6, "no port"},
		{":80", 1, "no host"},
		{"host:", 6, "want a port"},
		{"host:http", 6, "want a port"},
		{"host:65536", 6, "want a port"},
		{"host:-1", 6, "want a port"},
		{"host:80,", 9, "want a port"},
		{"host:80,x", 9, "want a port"},
		{"host:90-80", 9, "90 to 65535"},
		{"host:90-", 9, "90 to 65535"},
		{"host:80/icmp", 9, "tcp or udp"},
		{"ho st:80", 3, "host name"},
		{"*.org:80", 1, "host name"},
		{"a..b:80", 1, "host name"},
		{".:80", 1, "not an IP address"},
		{"127.0.0.256:80", 1, "not an IP address"},
		{"10.0.0.0/33:80", 10, "0 to 32"},
		{"10.0.0.0/:80", 10, "0 to 32"},
		{"10.0.0.0/08:80", 10, "0 to 32"},
		{"10.1.0.0/8:80", 1, "write 10.0.0.0/8"},
		{"::1:80", 1, "brackets"},
		{"[::1:80", 5, "missing ]"},
		{"[127.0.0.1]:80", 2, "only an IPv6"},
		{"[::zz]:80", 2, "not an IP address"},
		{"[fe80::1%eth0]:80", 9, "zone"},
		{"[::ffff:0:0/96]:80", 2, "as IPv4"},
		{"[2001:db8::/129]:80", 13, "0 to 128"},
	} {
		_, err := ParseAllow("127.0.0.1:80", c.rule)
		var re *RuleError
		if !errors.As(err, &re) {
			t.Errorf("%q: %v", c.rule, err)
			continue
		}
		if re.Rule != c.rule || re.Column != c.column || !strings.Contains(re.Reason, c.reason) {
			t.Errorf("%q: %v; want column %d, %s", c.rule, err, c.column, c.reason)
		}
	}
}

func FuzzParseAllow(f *testing.F) {
	for _, s := range []string{"127.0.0.1:80", "[::1/128]:*", "*:53/udp", "a.b:1-2,3/tcp", "[", "]:", "[]:1", "/:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ParseAllow(text)
		if err != nil {
			var re *RuleError
			if !errors.As(err, &re) || re.Column < 1 || re.Column > len(text)+1 {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		r := a.rules[0]
		if !r.any && r.name == "" && !r.prefix.IsValid() || len(r.ports) == 0 || !r.tcp && !r.udp {
			t.Errorf("%q: an empty rule", text)
		}
		for _, p := range r.ports {
			if p.first > p.last {
				t.Errorf("%q: ports %v", text, p)
			}
		}
	})
}

func TestPinForgetsTheOldest(t *testing.T) {
	a, err := ParseAllow("example.org:80")
	if err != nil {
		t.Fatal(err)
	}
	n := &Network{allow: a, pinned: map[string][]netip.Addr{}}
	for i := range maxPinned + 1 {
		n.pin("example.org", []netip.Addr{netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})})
	}
	n.pin("other.org", []netip.Addr{netip.AddrFrom4([4]byte{10, 9, 9, 9})})
	if got := n.pinned["example.org"]; len(got) != maxPinned || got[0] != netip.AddrFrom4([4]byte{10, 0, 0, 1}) || n.pinned["other.org"] != nil {
		t.Errorf("%d pinned, first %v; other %v", len(got), got[0], n.pinned["other.org"])
	}
}

func TestPreferIPv4(t *testing.T) {
	var addrs []netip.Addr
	for _, a := range []string{"2001:db8::2", "::ffff:192.0.2.2", "2001:db8::1", "192.0.2.1"} {
		addrs = append(addrs, netip.MustParseAddr(a))
	}
	preferIPv4(addrs)
	if got := fmt.Sprint(addrs); got != "[192.0.2.2 192.0.2.1 2001:db8::2 2001:db8::1]" {
		t.Errorf("order %s", got)
	}
}
