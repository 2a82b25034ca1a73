package dns

import (
	"net/netip"
	"slices"
	"time"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine/sim"
)

// Bounds of the timers of an SOA, so that a careless one neither floods its primary nor sleeps for ever.
const (
	minTimer = time.Second
	maxTimer = 28 * 24 * time.Hour
)

// A Secondary keeps a copy of a zone: it looks at the primary's serial number whenever the SOA's refresh time has passed or a NOTIFY comes, fetches what
// has changed, tries again after the retry time if the primary does not answer, and gives the data up when the expire time has passed without an
// answer (RFC 1034 4.3.5, RFC 1996).
type Secondary struct {
	Zone      *Zone            // filled by the transfers; empty, or what was kept from before
	Primaries []netip.AddrPort // are asked in turn
	Key       *Key             // signs what is asked
	Primary                    // who may have copies from here, and who is told of changes
	Full      bool             // ask for whole transfers only
	Records   int              // how many records the zone may have; MaxRecords if 0

	status  SecondaryStatus
	notify  bool
	changed sim.Queue
}

// SecondaryStatus is how a secondary stands.
type SecondaryStatus struct {
	Checked     time.Time // when a primary last answered; zero if none ever has
	Next        time.Time // when the next look is due
	Expires     time.Time // when the data is given up
	Transfers   int       // whole ones
	Increments  int       // incremental ones
	Failures    int       // looks without success since the last one with it
	LastFailure error     // of those
}

// Status returns how the secondary stands.
func (c *Secondary) Status() SecondaryStatus { return c.status }

// AddSecondary makes the server keep a copy of a zone and answer from it.
func (s *Server) AddSecondary(c *Secondary) {
	c.Primary.Update = Access{}
	s.add(&served{zone: c.Zone, primary: c.Primary, secondary: c})
}

// trusts reports whether a NOTIFY may come from where it does.
func (c *Secondary) trusts(r *request) bool {
	if c.Key != nil {
		return r.key != nil && r.key.Name == c.Key.Name
	}
	from := r.from.Addr().Unmap().WithZone("")
	return slices.ContainsFunc(c.Primaries, func(p netip.AddrPort) bool { return p.Addr().Unmap() == from })
}

// Refresh makes the secondary look at its primary now, as a NOTIFY does.
func (c *Secondary) Refresh() {
	c.notify = true
	c.changed.Wake()
}

// follow is the task of a secondary.
func (s *Server) follow(v *served) {
	c := v.secondary
	if c.Zone.soa != nil {
		c.status.Expires = s.Stack.Now().Add(timer(c.Zone.soa.Expire))
	}
	for {
		c.notify = false
		err := s.look(c)
		now := s.Stack.Now()
		soa := c.Zone.soa
		if err == nil {
			c.status = SecondaryStatus{Checked: now, Next: now.Add(timer(soa.Refresh)), Expires: now.Add(timer(soa.Expire)),
				Transfers: c.status.Transfers, Increments: c.status.Increments}
		} else {
			c.status.Failures++
			c.status.LastFailure = err
			c.status.Next = now.Add(c.again())
		}
		s.rest(c)
	}
}

// again is after what time a failed look is repeated. Without data the SOA's retry time is not known: one second, then twice as long each
// time, up to a minute.
func (c *Secondary) again() time.Duration {
	if c.Zone.soa != nil {
		return timer(c.Zone.soa.Retry)
	}
	return min(minTimer<<min(c.status.Failures-1, 6), time.Minute)
}

// rest waits until the next look is due. Data that expires meanwhile is dropped. A secondary that rests keeps no run going.
func (s *Server) rest(c *Secondary) {
	task := s.Stack.Scheduler().Current()
	task.Daemon = true
	defer func() { task.Daemon = false }()
	for {
		now := s.Stack.Now()
		if c.Zone.soa != nil && !now.Before(c.status.Expires) {
			c.Zone.Clear()
			return // and look at once: there is nothing to lose
		}
		if c.notify || !now.Before(c.status.Next) {
			return
		}
		until := c.status.Next
		if c.Zone.soa != nil && c.status.Expires.Before(until) {
			until = c.status.Expires
		}
		s.Stack.Scheduler().Wait(sim.Wait{Call: "dns secondary", On: c.Zone}, until, &c.changed)
	}
}

func timer(seconds uint32) time.Duration {
	return min(max(time.Duration(seconds)*time.Second, minTimer), maxTimer)
}

// look asks the primaries for their serial number, and for the zone if it is newer. It returns the last primary's error.
func (s *Server) look(c *Secondary) error {
	var err error = &Error{Op: "transfer", Name: c.Zone.name, Text: "no primary is given"}
	for _, p := range c.Primaries {
		if err = s.lookAt(c, p); err == nil {
			return nil
		}
	}
	return err
}

func (s *Server) lookAt(c *Secondary, primary netip.AddrPort) error {
	q := &Request{Stack: s.Stack, Server: primary, Key: c.Key, Records: c.Records}
	m := new(Message)
	m.Question = []Question{{Name: c.Zone.name, Qtype: miekg.TypeSOA, Qclass: miekg.ClassINET}}
	reply, err := q.Do(m)
	if err != nil {
		return err
	}
	soa := soaOf(reply, c.Zone)
	switch {
	case reply.Rcode != miekg.RcodeSuccess:
		return &Error{Op: "transfer", Name: c.Zone.name, Rcode: reply.Rcode}
	case soa == nil || !reply.Authoritative:
		return &Error{Op: "transfer", Name: c.Zone.name, Text: "the primary has no authority for the zone"}
	case c.Zone.soa != nil && !SerialLess(c.Zone.soa.Serial, soa.Serial):
		return nil
	}
	return c.fetch(q)
}

// soaOf returns the zone's SOA from a reply, or nil.
func soaOf(m *Message, z *Zone) *miekg.SOA {
	for _, rr := range m.Answer {
		if soa, ok := rr.(*miekg.SOA); ok {
			if k, err := keyOf(soa.Hdr.Name); err == nil && k == z.origin {
				return soa
			}
		}
	}
	return nil
}

// fetch transfers the zone: what has changed if possible, all of it otherwise.
func (c *Secondary) fetch(q *Request) error {
	if c.Zone.soa != nil && !c.Full {
		if d, err := q.Transfer(c.Zone.name, c.Zone.soa); err == nil {
			if err := c.take(d); err == nil {
				return nil
			}
		}
	}
	d, err := q.Transfer(c.Zone.name, nil)
	if err != nil {
		return err
	}
	return c.take(d)
}

// take puts what a transfer brought into the zone.
func (c *Secondary) take(d *Delta) error {
	if !d.Whole {
		err := c.Zone.Apply(d.Changes)
		if err == nil && len(d.Changes) > 0 {
			c.status.Increments++
		}
		return err
	}
	err := c.Zone.Replace(d.Records)
	if err == nil {
		c.status.Transfers++
	}
	return err
}
