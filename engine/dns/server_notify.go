package dns

import (
	"net/netip"
	"slices"
	"time"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine/sim"
)

// notified answers a NOTIFY (RFC 1996 3.11): if it comes from a primary, or is signed, the secondary looks at once.
func (r *request) notified() *Message {
	if len(r.msg.Question) != 1 || r.msg.Question[0].Qtype != miekg.TypeSOA {
		return r.refuse(miekg.RcodeFormatError)
	}
	v := r.server.byName(r.msg.Question[0].Name)
	switch {
	case v == nil:
		return r.refuse(miekg.RcodeNotAuth)
	case v.secondary == nil || !v.secondary.trusts(r):
		return r.refuse(miekg.RcodeRefused)
	}
	r.server.stats.Notifies++
	v.secondary.Refresh()
	m := r.answerTo()
	m.Authoritative = true
	return m
}

// notify tells the secondaries of a zone of each change, and of the zone itself when it begins (RFC 1996 3.7).
func (s *Server) notify(v *served) {
	for {
		version := v.zone.version
		if v.zone.soa != nil {
			for _, to := range v.primary.Notify {
				s.tellSecondary(v, to)
			}
		}
		for v.zone.version == version {
			s.Stack.Scheduler().Wait(sim.Wait{Call: "dns notify", On: v.zone}, time.Time{}, &v.changed)
		}
		s.Stack.Sleep(0) // several changes of one moment are one message
	}
}

// tellSecondary sends one NOTIFY in a task of its own, until it is answered or given up.
func (s *Server) tellSecondary(v *served, to netip.AddrPort) {
	m := new(Message)
	m.Opcode, m.Authoritative = miekg.OpcodeNotify, true
	m.Question = []Question{{Name: v.zone.name, Qtype: miekg.TypeSOA, Qclass: miekg.ClassINET}}
	m.Answer = []RR{v.zone.soa}
	v.tasks = slices.DeleteFunc(v.tasks, (*sim.Task).Done)
	v.tasks = append(v.tasks, s.Stack.Go("dns notify", func() {
		q := Request{Stack: s.Stack, Server: to, Key: v.primary.NotifyKey, Timeout: 2 * time.Second, Tries: 5}
		q.Do(m) // who does not answer will look by himself
	}))
}

// String names the zone in reports.
func (z *Zone) String() string { return "zone " + z.name }
