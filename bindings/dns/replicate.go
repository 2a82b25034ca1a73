package dns

import (
	"net/netip"
	"time"

	miekg "github.com/miekg/dns"
	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// primaryOptions say who else has to do with a zone.
type primaryOptions struct {
	Transfer  lua.LValue `doc:"who may have copies: \"any\", an address, a prefix such as \"10.0.0.0/8\", a key, or a list of these; nobody without it" default:"nil" type:"string|dns.Key|table"`
	Update    lua.LValue `doc:"who may change it by dynamic update, likewise" default:"nil" type:"string|dns.Key|table"`
	Notify    []string   `doc:"secondaries to tell of changes: names or addresses" default:"nil"`
	NotifyKey *Key       `doc:"signs what they are told" default:"nil"`
}

// primary reads the options. A change is told to port 53.
func (o *primaryOptions) primary(c *bind.Call) (dns.Primary, error) {
	p := dns.Primary{Transfer: access(c, "transfer", o.Transfer), Update: access(c, "update", o.Update), NotifyKey: o.NotifyKey.unwrap()}
	var err error
	p.Notify, err = addresses(c, o.Notify, dns.Port)
	return p, err
}

// addresses looks hosts up.
func addresses(c *bind.Call, hosts []string, port uint16) ([]netip.AddrPort, error) {
	var out []netip.AddrPort
	for _, h := range hosts {
		a, err := address(process.Of(c).Stack(), h, port)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// Secondary is a copy of a zone that a server keeps.
type Secondary struct {
	*dns.Secondary
	zone *Zone
	at   *stack.Stack
}

func secondaryClass() bind.Member {
	return bind.Class("Secondary", "A copy of a zone, kept as the SOA says: looked after at each refresh, retried, and expired at last.",
		bind.Method("zone", "The copy; it has no records before the first transfer and after it has expired.", func(s *Secondary, _ *bind.Call, _ bind.None) (*Zone, error) { return s.zone, nil }),
		bind.MethodProc("refresh", "Look at the primary now, as a NOTIFY makes it do.", func(s *Secondary, _ *bind.Call, _ bind.None) error { s.Refresh(); return nil }),
		bind.Method("status", "How it stands.", (*Secondary).status).
			Returns("status", "serial, transfers (whole ones), increments (incremental ones), failures (since the last success), error, and checked, next and expires in seconds since the world began"),
	)
}

// SecondaryStatus is what status gives.
type SecondaryStatus struct {
	Serial     uint32   `doc:"of the copy, 0 if it has no data"`
	Transfers  int      `doc:"whole transfers"`
	Increments int      `doc:"incremental ones"`
	Failures   int      `doc:"looks at the primary that failed since the last that did not"`
	Error      *string  `doc:"why the last one failed"`
	Checked    *float64 `doc:"when the primary last answered"`
	Next       *float64 `doc:"when the next look is due"`
	Expires    *float64 `doc:"when the data is given up"`
}

func (s *Secondary) status(*bind.Call, bind.None) (SecondaryStatus, error) {
	st := s.Status()
	out := SecondaryStatus{Serial: s.Zone.Serial(), Transfers: st.Transfers, Increments: st.Increments, Failures: st.Failures}
	if st.LastFailure != nil {
		text := st.LastFailure.Error()
		out.Error = &text
	}
	now, elapsed := s.at.Now(), s.at.Scheduler().Elapsed()
	since := func(t time.Time) *float64 {
		if t.IsZero() {
			return nil
		}
		seconds := (elapsed + t.Sub(now)).Seconds()
		return &seconds
	}
	out.Checked, out.Next, out.Expires = since(st.Checked), since(st.Next), since(st.Expires)
	return out, nil
}

type followOptions struct {
	Primaries []string   `doc:"names or addresses of the servers to copy from, asked in turn"`
	Port      uint16     `doc:"their port" default:"53"`
	Key       *Key       `doc:"signs what is asked; a NOTIFY must be signed with it too" default:"nil"`
	Full      bool       `doc:"ask for whole transfers only" default:"false"`
	Transfer  lua.LValue `doc:"who may have copies from here, as for serve" default:"nil" type:"string|dns.Key|table"`
	Notify    []string   `doc:"whom to tell of changes in turn" default:"nil"`
}

// A secondaryOption is one of serve's secondaries.
type secondaryOption struct {
	Zone string `doc:"the zone's name"`
	followOptions
}

type followArgs struct {
	Origin  string        `doc:"the zone's name"`
	Options followOptions `doc:"where it comes from"`
}

func (s *Server) follow(c *bind.Call, a followArgs) (*Secondary, error) {
	origin, err := dns.Fqdn(a.Origin)
	if err != nil {
		misnamed(c, "origin", a.Origin, err)
	}
	z, err := dns.NewZone(origin)
	if err != nil {
		return nil, err
	}
	sec := &Secondary{Secondary: &dns.Secondary{Zone: z, Key: a.Options.Key.unwrap(), Full: a.Options.Full, Records: maxRecords}, zone: &Zone{z, true}, at: s.Stack}
	if sec.Primaries, err = addresses(c, a.Options.Primaries, a.Options.Port); err != nil {
		return nil, err
	}
	if len(sec.Primaries) == 0 {
		c.Misuse("primaries", "want at least one server, got none")
	}
	sec.Transfer = access(c, "transfer", a.Options.Transfer)
	if sec.Notify, err = addresses(c, a.Options.Notify, dns.Port); err != nil {
		return nil, err
	}
	s.own(sec.zone)
	s.AddSecondary(sec.Secondary)
	return sec, nil
}

// signedOptions say whom to send a signed request to.
type signedOptions struct {
	Server  string        `doc:"name or address of the server"`
	Port    uint16        `doc:"the server's port" default:"53"`
	Key     *Key          `doc:"signs the request; the reply must be signed then too" default:"nil"`
	Timeout time.Duration `doc:"to wait for each message" default:"5 s" min:"1 ms"`
}

func (o *signedOptions) request(c *bind.Call) (*dns.Request, error) {
	st := process.Of(c).Stack()
	server, err := address(st, o.Server, o.Port)
	return &dns.Request{Stack: st, Server: server, Key: o.Key.unwrap(), Timeout: o.Timeout, Records: maxRecords}, err
}

func transferFn() bind.Member {
	return bind.Fn("transfer", "Copy a whole zone from a server (AXFR, RFC 5936).", transfer).
		Returns("zone", "the copy").
		Errors("timeout", "refused", "unreachable", "host-not-found", "protocol", "denied", "closed", "reset", "invalid")
}

type transferArgs struct {
	Origin  string        `doc:"the zone's name"`
	Options signedOptions `doc:"whom to ask"`
}

func transfer(c *bind.Call, a transferArgs) (*Zone, error) {
	q, err := a.Options.request(c)
	if err != nil {
		return nil, err
	}
	z, err := dns.NewZone(a.Origin)
	if err != nil {
		return nil, err
	}
	d, err := q.Transfer(z.Origin(), nil)
	if err != nil {
		return nil, err
	}
	charge(c, len(d.Records))
	if err := z.Replace(d.Records); err != nil {
		return nil, err
	}
	return &Zone{Zone: z}, nil
}

func changesFn() bind.Member {
	return bind.Fn("changes", "Ask a server what has changed in a zone since a serial number (IXFR, RFC 1995).", changes).
		Returns("changes", "serial, the number they lead to; changes, a list of {from, to, removed, added}; whole, whether the server sent all records, in records, in their place").
		Errors("timeout", "refused", "unreachable", "host-not-found", "protocol", "denied", "closed", "reset").
		Example(`local dns = require "dns"
local zone = dns.zone({"@ NS ns", "ns A 10.0.0.1"}, {origin = "lab"})
dns.serve({zones = {zone}, transfer = "any"})
zone:add("www A 10.0.0.2")
zone:remove("www")
for _, c in ipairs(dns.changes("lab", 1, {server = "127.0.0.1"}).changes) do print(c.from, c.to, #c.removed, #c.added) end
--> 1	2	0	1
--> 2	3	1	0
print(dns.transfer("lab", {server = "127.0.0.1"}):serial()) --> 3`)
}

type changesArgs struct {
	Origin  string        `doc:"the zone's name"`
	Serial  uint32        `doc:"the version that is known"`
	Options signedOptions `doc:"whom to ask"`
}

// ChangeTable is one change of a zone.
type ChangeTable struct {
	From    uint32   `doc:"serial number before"`
	To      uint32   `doc:"serial number after"`
	Removed []Record `doc:"records that went"`
	Added   []Record `doc:"records that came"`
}

// ChangesTable is what changes gives.
type ChangesTable struct {
	Serial  uint32        `doc:"serial number of the newest version"`
	Whole   bool          `doc:"whether the server sent all records"`
	Changes []ChangeTable `doc:"in order"`
	Records []Record      `doc:"all of them, if whole"`
}

func changes(c *bind.Call, a changesArgs) (ChangesTable, error) {
	q, err := a.Options.request(c)
	if err != nil {
		return ChangesTable{}, err
	}
	origin, err := dns.Fqdn(a.Origin)
	if err != nil {
		return ChangesTable{}, err
	}
	have := &miekg.SOA{Hdr: miekg.RR_Header{Name: origin, Rrtype: miekg.TypeSOA, Class: miekg.ClassINET}, Ns: ".", Mbox: ".", Serial: a.Serial}
	d, err := q.Transfer(origin, have)
	if err != nil {
		return ChangesTable{}, err
	}
	out := ChangesTable{Serial: d.SOA.Serial, Whole: d.Whole, Records: recordsOf(d.Records), Changes: make([]ChangeTable, len(d.Changes))}
	for i, ch := range d.Changes {
		charge(c, len(ch.Removed)+len(ch.Added))
		out.Changes[i] = ChangeTable{ch.Old.Serial, ch.New.Serial, recordsOf(ch.Removed), recordsOf(ch.Added)}
	}
	return out, nil
}

func notifyFn() bind.Member {
	return bind.Proc("notify", "Tell a secondary that a zone has changed (RFC 1996). Servers do so by themselves.", notify).
		Errors("timeout", "refused", "unreachable", "host-not-found", "denied")
}

type notifyArgs struct {
	Origin  string        `doc:"the zone's name"`
	Options signedOptions `doc:"whom to tell"`
}

func notify(c *bind.Call, a notifyArgs) error {
	q, err := a.Options.request(c)
	if err != nil {
		return err
	}
	origin, err := dns.Fqdn(a.Origin)
	if err != nil {
		return err
	}
	m := new(dns.Message)
	m.Opcode, m.Authoritative = miekg.OpcodeNotify, true
	m.Question = []dns.Question{{Name: origin, Qtype: miekg.TypeSOA, Qclass: miekg.ClassINET}}
	return done(q, m, "notify")
}

// done sends a message and fails if the server refuses.
func done(q *dns.Request, m *dns.Message, op string) error {
	r, err := q.Do(m)
	if err != nil {
		return err
	}
	if r.Rcode != miekg.RcodeSuccess {
		return &dns.Error{Op: op, Name: m.Question[0].Name, Rcode: r.Rcode}
	}
	return nil
}
