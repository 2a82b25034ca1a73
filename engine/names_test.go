package engine_test

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/resolver"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// TestNames follows a host from the network's own names to its files and back, by every way in which a file can change.
func TestNames(t *testing.T) {
	w, err := engine.New(engine.Options{Files: fstest.MapFS{"etc/hosts": {Data: []byte("192.0.2.99 server\n")}, "etc/resolv.conf": {Data: []byte("nameserver 192.0.2.99\n")}}})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	add := func(name string) *engine.Host {
		h, err := w.AddHost(name)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	client, server := add("client"), add("server")
	if _, err := w.Net.Link(client.V, server.V, vnet.LinkOptions{}); err != nil {
		t.Fatal(err)
	}
	s := &dns.Server{Stack: server.NewStack("named")}
	for _, text := range []string{"$ORIGIN lab.\n@ 60 SOA ns root 1 2 3 4 5\n@ 60 NS ns\nns 60 A 10.0.0.1\nwww 60 A 192.0.2.1\nwww 60 AAAA 2001:db8::1\nalias 60 CNAME www\n",
		"$ORIGIN 2.0.192.in-addr.arpa.\n@ 60 SOA ns.lab. root.lab. 1 2 3 4 5\n@ 60 NS ns.lab.\n1 60 PTR www.lab.\n"} {
		z, err := dns.ParseZone(text, dns.ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		s.AddZone(z)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) func() error {
		return func() error { return afero.WriteFile(client.FS, name, []byte(text), 0o644) }
	}
	conf := "nameserver " + server.V.Addrs()[0].String() + "\nsearch lab\n"
	for _, c := range []struct {
		what string
		do   func() error
		want string // server, www, alias.lab, nobody, and the name of 192.0.2.1
	}{
		{"no file of the host's own", nil, "server=[10.0.1.2 2001:db8:0:1::2] www=host-not-found alias.lab=host-not-found nobody=host-not-found 192.0.2.1=host-not-found"},
		{"hosts", write("/etc/hosts", "192.0.2.7 www www.lab # x\n192.0.2.1 other\n"), "server=[10.0.1.2 2001:db8:0:1::2] www=[192.0.2.7] alias.lab=host-not-found nobody=host-not-found 192.0.2.1=other"},
		{"resolv.conf as well", write("/etc/resolv.conf", conf), "server=host-not-found www=[192.0.2.7] alias.lab=[192.0.2.1 2001:db8::1] nobody=host-not-found 192.0.2.1=other"},
		{"hosts removed", func() error { return client.FS.Remove("/etc/hosts") }, "server=host-not-found www=[192.0.2.1 2001:db8::1] alias.lab=[192.0.2.1 2001:db8::1] nobody=host-not-found 192.0.2.1=www.lab"},
		{"a line more", func() error {
			f, err := client.FS.OpenFile("/etc/resolv.conf", os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			defer f.Close()
			_, err = f.WriteString("options no-aaaa\n")
			return err
		}, "server=host-not-found www=[192.0.2.1] alias.lab=[192.0.2.1] nobody=host-not-found 192.0.2.1=www.lab"},
		{"renamed", func() error { return client.FS.Rename("/etc/resolv.conf", "/etc/resolv.old") }, "server=[10.0.1.2 2001:db8:0:1::2] www=host-not-found alias.lab=host-not-found nobody=host-not-found 192.0.2.1=host-not-found"},
		{"renamed back", func() error { return client.FS.Rename("/etc/resolv.old", "/etc/resolv.conf") }, "server=host-not-found www=[192.0.2.1] alias.lab=[192.0.2.1] nobody=host-not-found 192.0.2.1=www.lab"},
		{"written by Go", func() error {
			c := resolver.ParseConfig("search lab\noptions timeout:1 attempts:1")
			c.Servers = []netip.AddrPort{netip.MustParseAddrPort("10.0.1.2:54")}
			return client.SetConfig(c)
		}, "server=host-not-found www=host-not-found alias.lab=host-not-found nobody=host-not-found 192.0.2.1=host-not-found"},
		{"the folder removed", func() error { return client.FS.RemoveAll("/etc") }, "server=[10.0.1.2 2001:db8:0:1::2] www=host-not-found alias.lab=host-not-found nobody=host-not-found 192.0.2.1=host-not-found"},
	} {
		if c.do != nil {
			if err := c.do(); err != nil {
				t.Fatalf("%s: %v", c.what, err)
			}
		}
		st := client.NewStack("test")
		var got []string
		main := st.Go("main", func() {
			for _, name := range []string{"server", "www", "alias.lab", "nobody"} {
				addrs, err := st.LookupHost(name)
				if err != nil {
					got = append(got, name+"="+stack.Code(err))
					continue
				}
				got = append(got, fmt.Sprint(name, "=", addrs))
			}
			names, err := st.LookupAddr(netip.MustParseAddr("192.0.2.1"))
			if err != nil {
				names = []string{stack.Code(err)}
			}
			got = append(got, "192.0.2.1="+names[0])
		})
		if err := w.Sched.Run(main); err != nil {
			t.Fatal(err)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.what, strings.Join(got, " "), c.want)
		}
	}
}

// TestNamesOfTheMachine: on the machine's network files change nothing.
func TestNamesOfTheMachine(t *testing.T) {
	w, err := engine.New(engine.Options{Real: true})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	h, err := w.Local()
	if err != nil {
		t.Fatal(err)
	}
	if err := afero.WriteFile(h.FS, engine.ConfigFile, []byte("nameserver 192.0.2.1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := h.SetConfig(resolver.Config{}); !errors.Is(err, engine.ErrNoTopology) {
		t.Error(err)
	}
	st := h.NewStack("test")
	main := st.Go("main", func() {
		if addrs, err := st.LookupHost("127.0.0.1"); err != nil || len(addrs) != 1 {
			t.Error(addrs, err)
		}
	})
	if err := w.Sched.Run(main); err != nil {
		t.Fatal(err)
	}
}
