package dns_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/wire"
)

// TestReadTransfer gives the reader what honest and lying primaries send to who has nothing, and to who has serial 1.
func TestReadTransfer(t *testing.T) {
	soa := func(serial int) string { return fmt.Sprintf("@ SOA ns h %d 2 3 4 5\n", serial) }
	have := records(t, soa(1))[0].(*miekg.SOA)
	for _, c := range []struct {
		name, text   string
		whole, delta string // what becomes of it for both
	}{
		{"whole", soa(3) + "a A 10.0.0.1\n" + soa(3), "whole of 2 to 3", "whole of 2 to 3"},
		{"SOA alone", soa(1), "goes on", "0 changes to 1"},
		{"newer SOA alone", soa(3), "goes on", "goes on"},
		{"empty zone", soa(3) + soa(3), "whole of 1 to 3", "whole of 1 to 3"},
		{"one change", soa(2) + soa(1) + "a A 10.0.0.1\n" + soa(2) + "b A 10.0.0.1\nc A 10.0.0.1\n" + soa(2), "it ends with another SOA than it began with", "1 changes to 2"},
		{"two changes", soa(3) + soa(1) + soa(2) + soa(2) + soa(3) + "b A 10.0.0.1\n" + soa(3), "it ends with another SOA than it began with", "2 changes to 3"},
		{"a gap", soa(4) + soa(1) + soa(2) + soa(3) + soa(4) + soa(4), "it ends with another SOA than it began with", "changes that do not follow each other"},
		{"beyond the end", soa(2) + soa(1) + soa(2) + soa(5), "it ends with another SOA than it began with", "a change after the last one"},
		{"no SOA", "a A 10.0.0.1\n", "it does not begin with an SOA", "it does not begin with an SOA"},
		{"SOA of another zone", "other. SOA ns h 1 2 3 4 5\n", "the SOA of another zone", "the SOA of another zone"},
		{"after the end", soa(3) + soa(3) + "a A 10.0.0.1\n", "records after the end", "records after the end"},
		{"without end", soa(3) + strings.Repeat("a A 10.0.0.1\n", 2100), "more records than a zone may have", "more records than a zone may have"},
	} {
		for _, x := range []struct {
			have *miekg.SOA
			want string
		}{{nil, c.whole}, {have, c.delta}} {
			d, err := dns.ReadTransfer("lab.", x.have, records(t, c.text))
			got := "goes on"
			switch {
			case err != nil:
				got = err.Error()
			case d != nil && d.Whole:
				got = fmt.Sprintf("whole of %d to %d", len(d.Records), d.SOA.Serial)
			case d != nil:
				got = fmt.Sprintf("%d changes to %d", len(d.Changes), d.SOA.Serial)
			}
			if !strings.HasSuffix(got, x.want) {
				t.Errorf("%s, have %v: %s, want %s", c.name, x.have != nil, got, x.want)
			}
		}
	}
}

// TestTricklingPrimary lets a primary send one record every four seconds, for ever.
func TestTricklingPrimary(t *testing.T) {
	w := newWorld(t)
	l, err := w.server.Listen("tcp", ":53")
	if err != nil {
		t.Fatal(err)
	}
	w.server.Go("primary", func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		raw, _ := wire.Width16.ReadFrame(c, 0)
		q := new(dns.Message)
		q.Unpack(raw)
		m := &dns.Message{Question: q.Question}
		m.Id, m.Response = q.Id, true
		m.Answer = records(t, "@ SOA ns h 1 2 3 4 5\n")
		for {
			b, _ := m.Pack()
			if wire.Width16.WriteFrame(c, b) != nil {
				return
			}
			m.Answer = records(t, "a A 10.0.0.1\n")
			w.server.Sleep(4 * time.Second)
		}
	})
	w.run(t, func() {
		began := w.client.Now()
		q := &dns.Request{Stack: w.client, Server: w.addr}
		_, err := q.Transfer("lab.", nil)
		if took := w.client.Now().Sub(began); stack.Code(err) != "timeout" || took < 59*time.Minute || took > 61*time.Minute {
			t.Errorf("%v after %v", err, took)
		}
	})
}
