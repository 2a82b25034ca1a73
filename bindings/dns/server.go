package dns

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	miekg "github.com/miekg/dns"
	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine/dns"
)

// Server is a server of Lua.
type Server struct {
	*dns.Server
	zones   []*Zone // in the order of adding
	fn      *lua.LFunction
	release func()
}

func serverClass() bind.Member {
	return bind.Class("Server", "A running server.",
		bind.MethodProc("close", "Stop the server and give its ports back.", (*Server).close),
		bind.Method("port", "The port that it listens on.", func(s *Server, _ *bind.Call, _ bind.None) (uint16, error) { return s.Addr().Port(), nil }),
		bind.MethodProc("add", "Answer for one more zone. It takes the place of one with the same origin.", (*Server).add),
		bind.Method("follow", "Keep a copy of a zone from another server, and answer from it.", (*Server).follow).
			Returns("secondary", "the copy, which is fetched as soon as the caller waits").Errors("host-not-found").
			Example(`local dns, net, task = require "dns", require "net", require "task"
local a, b = net.host("a"), net.host("b")
net.link(a, b, {delay = "10 ms"})
local zone = dns.zone({"@ NS a", "@ NS b"}, {origin = "lab"})
a:spawn(function() dns.serve({zones = {zone}, transfer = "any", notify = {"b"}}) end)
local copy
b:spawn(function() copy = dns.serve({}):follow("lab", {primaries = {"a"}}) end)
task.sleep(1)
zone:add("www A 10.0.0.2")
task.sleep(1)
print(copy:status().serial, copy:status().transfers, copy:status().increments) --> 2	1	1`),
		bind.Method("remove", "Answer no more for a zone.", (*Server).remove).Returns("removed", "whether it did"),
		bind.Method("zone", "The zone with an origin.", (*Server).zone).Returns("zone", "nil if the server has none"),
		bind.Method("stats", "Counters since the start.", (*Server).stats).
			Returns("stats", "udp, tcp, replies, truncated, dropped, cached, conns, evicted, transfers, increments, notifies, updates, and rcodes by name"),
	)
}

// Held implements lua51.Holder.
func (s *Server) Held(see func(lua.LValue), weigh func(int64)) {
	if s.fn != nil {
		see(s.fn)
	}
	weigh(1 << 16)
	for _, z := range s.zones {
		z.Held(see, weigh)
	}
}

type serveArgs struct {
	Options struct {
		Zones []*Zone `doc:"what to answer for" default:"nil"`
		primaryOptions
		Secondaries []secondaryOption `doc:"zones to copy from other servers, as follow does" default:"nil"`
		Keys        []*Key            `doc:"of those who sign" default:"nil"`
		Port        uint16            `doc:"UDP and TCP port; 0 draws one" default:"53"`
		Addresses   []netip.Addr      `doc:"where to listen; all addresses without it" default:"nil"`
		Answer      *lua.LFunction    `doc:"is called first, with each question: name, type, class, from, port, tcp, subnet. It returns nothing: the zones answer; records: they are the answer; or a table with rcode, authoritative, answer, authority, additional" default:"nil"`
		Minimal     bool              `doc:"leave name servers and additional records out of positive answers" default:"false"`
		UDPSize     int               `name:"udp_size" doc:"bytes of the largest UDP answer to who says that he takes so much" default:"1232" min:"512" max:"65535"`
		Conns       int               `doc:"TCP connections at a time" default:"100" min:"1" max:"10000"`
		Idle        time.Duration     `doc:"after which silence a TCP connection is closed" default:"10 s" min:"1 ms"`
	} `doc:"what to answer, and where"`
}

func serve(c *bind.Call, a serveArgs) (*Server, error) {
	o := &a.Options
	p := process.Of(c)
	s := &Server{Server: &dns.Server{Stack: p.Stack(), Minimal: o.Minimal, UDPSize: o.UDPSize, Conns: o.Conns, Idle: o.Idle}, fn: o.Answer}
	for _, addr := range o.Addresses {
		s.Addrs = append(s.Addrs, netip.AddrPortFrom(addr, o.Port))
	}
	if len(o.Addresses) == 0 {
		s.Addrs = dns.AllAddrs(o.Port)
	}
	if o.Answer != nil {
		at := p.Here()
		handler := c.Function("dns answer", s.handle)
		s.Answer = func(q *dns.Query) *dns.Answer {
			asked := &pending{query: q, answer: &dns.Answer{Rcode: miekg.RcodeServerFailure}}
			p.Spawn(at, "dns answer", handler, []lua.LValue{&lua.LUserData{Value: asked}}, nil).Join()
			return asked.answer
		}
	}
	for _, k := range o.Keys {
		s.Keys = append(s.Keys, k.Key)
	}
	for _, z := range o.Zones {
		if err := s.add(c, addZoneArgs{z, o.primaryOptions}); err != nil {
			return nil, err
		}
	}
	for _, f := range o.Secondaries {
		if _, err := s.follow(c, followArgs{f.Zone, f.followOptions}); err != nil {
			return nil, err
		}
	}
	if err := s.Start(); err != nil {
		return nil, err
	}
	s.release = lua51.Hold(c.L, s)
	return s, nil
}

func (s *Server) close(*bind.Call, bind.None) error {
	s.Server.Close()
	if s.release != nil {
		s.release()
	}
	return nil
}

type addZoneArgs struct {
	Zone    *Zone          `doc:"the zone"`
	Options primaryOptions `doc:"who else has to do with it"`
}

func (s *Server) add(c *bind.Call, a addZoneArgs) error {
	p, err := a.Options.primary(c)
	if err != nil {
		return err
	}
	s.own(a.Zone)
	s.AddPrimary(a.Zone.Zone, p)
	return nil
}

// own notes a zone that is served.
func (s *Server) own(z *Zone) {
	s.zones = append(slices.DeleteFunc(s.zones, func(x *Zone) bool { return strings.EqualFold(x.Origin(), z.Origin()) }), z)
}

type originArgs struct {
	Origin string `doc:"the zone's name"`
}

func (s *Server) remove(_ *bind.Call, a originArgs) (bool, error) {
	ok := s.RemoveZone(a.Origin)
	s.zones = slices.DeleteFunc(s.zones, func(z *Zone) bool { return s.Server.Zone(z.Origin()) != z.Zone })
	return ok, nil
}

func (s *Server) zone(_ *bind.Call, a originArgs) (*Zone, error) {
	z := s.Server.Zone(a.Origin)
	for _, mine := range s.zones {
		if mine.Zone == z {
			return mine, nil
		}
	}
	return nil, nil
}

// StatsTable is what stats gives.
type StatsTable struct {
	UDP        uint64            `name:"udp" doc:"datagrams received"`
	TCP        uint64            `name:"tcp" doc:"messages received over TCP"`
	Replies    uint64            `doc:"replies sent"`
	Truncated  uint64            `doc:"replies that did not fit a datagram"`
	Dropped    uint64            `doc:"messages without a reply"`
	Cached     uint64            `doc:"replies that had been packed before"`
	Conns      uint64            `doc:"TCP connections accepted"`
	Evicted    uint64            `doc:"TCP connections closed to make room"`
	Transfers  uint64            `doc:"transfers sent"`
	Increments uint64            `doc:"those of them that brought changes only"`
	Notifies   uint64            `doc:"NOTIFY received"`
	Updates    uint64            `doc:"updates that changed a zone"`
	Rcodes     map[string]uint64 `doc:"replies by response code"`
}

func (s *Server) stats(*bind.Call, bind.None) (StatsTable, error) {
	st := s.Server.Stats()
	t := StatsTable{st.UDP, st.TCP, st.Replies, st.Truncated, st.Dropped, st.Cached, st.Conns, st.Evicted, st.Transfers, st.Increments, st.Notifies, st.Updates, map[string]uint64{}}
	for code, n := range st.Rcodes {
		if n > 0 {
			t.Rcodes[dns.RcodeName(code)] = n
		}
	}
	return t, nil
}

// A pending question is with the script's function.
type pending struct {
	query  *dns.Query
	answer *dns.Answer
}

// handle is the task of one question. If the script's function raises, the answer stays SERVFAIL and the error is told as that of any task.
func (s *Server) handle(c *bind.Call) bind.Out {
	asked := c.Arg(1).(*lua.LUserData).Value.(*pending)
	asked.answer = s.call(c, asked.query)
	return c.Results(0)
}

// call calls the function and reads what it returns.
func (s *Server) call(c *bind.Call, q *dns.Query) *dns.Answer {
	L := c.L
	t := L.CreateTable(0, 8)
	t.RawSetString("name", lua.LString(q.Name))
	t.RawSetString("type", lua.LString(dns.TypeName(q.Type)))
	t.RawSetString("class", lua.LString(miekg.Class(q.Class).String()))
	t.RawSetString("from", lua.LString(q.From.Addr().Unmap().String()))
	t.RawSetString("port", lua.LNumber(q.From.Port()))
	t.RawSetString("tcp", lua.LBool(q.TCP))
	if q.Subnet.IsValid() {
		t.RawSetString("subnet", lua.LString(q.Subnet.String()))
	}
	if q.Key != "" {
		t.RawSetString("key", lua.LString(q.Key))
	}
	L.Push(s.fn)
	L.Push(t)
	L.Call(1, 1)
	v := L.Get(-1)
	L.Pop(1)
	if !lua.LVAsBool(v) {
		return nil
	}
	a := &dns.Answer{Authoritative: true, Subnet: q.Subnet}
	table, ok := v.(*lua.LTable)
	if !ok || table.RawGetString("type") != lua.LNil || table.Len() > 0 {
		a.Answer = s.section(c, v, q)
		return a
	}
	if rcode, ok := table.RawGetString("rcode").(lua.LString); ok {
		if a.Rcode, ok = miekg.StringToRcode[string(rcode)]; !ok {
			c.Raise("want the answer's rcode to be a name such as \"NXDOMAIN\", got %q", string(rcode))
		}
	}
	if aa, ok := table.RawGetString("authoritative").(lua.LBool); ok {
		a.Authoritative = bool(aa)
	}
	for _, section := range []struct {
		name string
		rrs  *[]dns.RR
	}{{"answer", &a.Answer}, {"authority", &a.Ns}, {"additional", &a.Extra}} {
		if v := table.RawGetString(section.name); v != lua.LNil {
			*section.rrs = s.section(c, v, q)
		}
	}
	return a
}

// section reads the records that the function gave. Relative names are below the name that was asked for, "@" is that itself.
func (s *Server) section(c *bind.Call, v lua.LValue, q *dns.Query) []dns.RR {
	rrs, err := readRecords(c, "answer", v, dns.ParseOptions{Origin: q.Name, TTL: 60, Records: 1000})
	if err != nil {
		c.Raise("%s", strings.TrimPrefix(fmt.Sprint(err), "dns: "))
	}
	return rrs
}
