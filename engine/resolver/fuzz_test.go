package resolver_test

import (
	"encoding/binary"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/resolver"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

func FuzzParseConfig(f *testing.F) {
	for _, s := range []string{"", "nameserver 10.0.0.1\nsearch a.b c.\noptions ndots:3 rotate timeout:99 attempts:0 no-aaaa\n", "nameserver fe80::1%eth0\nnameserver [::1]:5353\n# x\ndomain lab ; y",
		"options ndots:-1 ndots:99999999999999999999 use-vc edns0 single-request", "nameserver\nnameserver x\nnameserver [\nsearch . ..\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := resolver.ParseConfig(text)
		if len(c.Servers) == 0 || len(c.Servers) > 3 || c.Ndots < 0 || c.Ndots > 15 || c.Attempts < 1 || c.Attempts > 5 || c.Timeout < time.Second || c.Timeout > 30*time.Second || len(c.Search) > 32 {
			t.Errorf("%+v is out of bounds", c)
		}
		if again := resolver.ParseConfig(c.String()); !reflect.DeepEqual(again, c) {
			t.Errorf("%+v is written as\n%s\nand read as %+v", c, c.String(), again)
		}
	})
}

func FuzzParseHosts(f *testing.F) {
	for _, s := range []string{"", "127.0.0.1 localhost\n::1 localhost ip6 # x\n10.0.0.1\tA.lab a\n", "10.0.0.1 a\n10.0.0.1 a\n10.0.0.2 A.\n", "x y\n1.2.3.4\n", "::ffff:10.0.0.1 m"} {
		f.Add(s, "a")
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		h := resolver.ParseHosts(text)
		addrs, err := h.LookupHost(name)
		if (err == nil) != (len(addrs) > 0) {
			t.Errorf("LookupHost = %v, %v", addrs, err)
		}
		for _, a := range addrs {
			names, err := h.LookupAddr(a)
			if err != nil || !slices.ContainsFunc(names, func(n string) bool {
				return strings.EqualFold(n, strings.TrimSuffix(name, "."))
			}) {
				t.Errorf("%v is %q's address, but its names are %v, %v", a, name, names, err)
			}
		}
	})
}

// raw answers every datagram and every message over TCP at port 53 of a host with what reply makes of it.
func (w *world) raw(name string, reply func(q []byte) []byte) {
	s := w.host[name].NewStack("raw")
	s.Go("udp", func() {
		c, err := s.ListenPacket("udp", ":53")
		if err != nil {
			w.t.Error(err)
			return
		}
		buffer := make([]byte, 65535)
		for {
			n, from, err := c.ReadFromAddrPort(buffer)
			if err != nil {
				return
			}
			if b := reply(buffer[:n]); b != nil {
				c.WriteToAddrPort(b, from)
			}
		}
	})
}

// forge makes a reply to q of the fuzzer's bytes: flags and counts, then the records. Id and question are right, unless the first byte says otherwise.
func forge(q, data []byte) []byte {
	if len(data) < 12 {
		return data
	}
	if data[0] == 1 {
		return data
	}
	m := new(dns.Message)
	if m.Unpack(q) != nil || len(m.Question) != 1 {
		return data
	}
	end := 12 + len(m.Question[0].Name) + 1 + 4
	if end > len(q) {
		return data
	}
	out := slices.Clone(q[:end])
	copy(out[2:12], data[2:12])
	out[2] = out[2]&^0x78 | 0x80 // a reply of opcode QUERY
	binary.BigEndian.PutUint16(out[4:], 1)
	return append(out, data[12:]...)
}

// FuzzLyingServer lets a resolver ask a server of com. that says whatever the fuzzer wants. It must end, and whatever it then believes is about com.
func FuzzLyingServer(f *testing.F) {
	for _, m := range []string{"a.com. A 10.0.0.1", "a.com. CNAME www.example.org.\nwww.example.org. A 10.0.0.66", "com. NS ns.com.\nns.com. A 10.0.0.66", "example.com. NS ns.example.org.", "edu. NS ns.edu.",
		"com. SOA a. b. 1 2 3 4 5", ". NS x.com.", "a.com. DNAME b.com.", "a.com. CNAME a.com."} {
		for _, section := range []int{0, 1, 2} {
			for _, aa := range []bool{false, true} {
				msg := &dns.Message{Question: []dns.Question{{Name: "a.com.", Qtype: miekg.TypeA, Qclass: 1}}}
				msg.Response, msg.Authoritative = true, aa
				*[]*[]dns.RR{&msg.Answer, &msg.Ns, &msg.Extra}[section] = records(m)
				b, err := msg.Pack()
				if err != nil {
					f.Fatal(err)
				}
				f.Add(append(b[:12:12], b[12+7+4:]...))
			}
		}
	}
	f.Add([]byte{1, 2, 3})
	f.Add([]byte(strings.Repeat("\xc0\x0c", 100)))
	f.Fuzz(func(t *testing.T, data []byte) {
		w := newWorld(t, 1)
		defer w.Close()
		for _, n := range []string{"root", "com", "local"} {
			w.add(n)
		}
		w.serve("root", zone(".", "a.root-servers.net.", "a.root-servers.net. A @root@", "com. NS ns.com.", "ns.com. A @com@"))
		w.raw("com", func(q []byte) []byte { return forge(q, data) })
		r := w.recursor("local", resolver.Recursor{})
		root := addr(w.host["root"])
		w.run("local", func(s *stack.Stack) {
			began := s.Now()
			r.Resolve("a.com.", miekg.TypeA)
			if took := s.Now().Sub(began); took > 11*time.Second {
				t.Errorf("it took %v", took)
			}
			if st := r.Stats(); st.Sent > 70 {
				t.Errorf("%+v", st)
			}
			for _, e := range r.Cache() {
				if e.Name == "com." || strings.HasSuffix(e.Name, ".com.") || e.Negative() && e.Rcode == miekg.RcodeServerFailure {
					continue
				}
				fromRoot := e.Rank == resolver.Authentic || e.Rank == resolver.Authority || e.Name == "." || strings.HasSuffix(e.Name, "root-servers.net.")
				for _, rr := range e.Records {
					if a, ok := rr.(*miekg.A); ok && !a.A.Equal(root.AsSlice()) {
						fromRoot = false
					}
				}
				if !fromRoot {
					t.Errorf("it believes %s %s %v", e.Name, dns.TypeName(e.Type), e.Records)
				}
			}
		})
	})
}

// FuzzClient lets a client read whatever comes.
func FuzzClient(f *testing.F) {
	f.Add([]byte("\x00\x00\x84\x00\x00\x01\x00\x01\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		w := newWorld(t, 1)
		defer w.Close()
		for _, n := range []string{"client", "server"} {
			w.add(n)
		}
		w.raw("server", func(q []byte) []byte { return forge(q, data) })
		server := netip.AddrPortFrom(addr(w.host["server"]), 53)
		w.run("client", func(s *stack.Stack) {
			c := dns.Client{Stack: s, Timeout: time.Second}
			r, err := c.Exchange(resolver.NewQuery("a.com.", miekg.TypeA, true), server)
			if (r == nil) == (err == nil) {
				t.Errorf("%v, %v", r, err)
			}
			if err != nil && stack.Code(err) == "failed" {
				t.Errorf("%v has no code", err)
			}
			stub := resolver.Stub{Stack: s, Config: resolver.ParseConfig("options timeout:1 attempts:1")}
			stub.Config.Servers = []netip.AddrPort{server}
			if addrs, err := stub.LookupHost("a.com"); (err == nil) != (len(addrs) > 0) {
				t.Errorf("%v, %v", addrs, err)
			}
			if names, err := stub.LookupAddr(netip.MustParseAddr("10.0.0.1")); (err == nil) != (len(names) > 0) {
				t.Errorf("%v, %v", names, err)
			}
		})
	})
}
