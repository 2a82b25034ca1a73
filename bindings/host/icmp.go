package host

import (
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// errNoICMP is returned on networks where a process cannot send ICMP messages.
var errNoICMP = &codedError{"unsupported", "the machine's network gives no ICMP sockets to processes; use a virtual network"}

type pingArgs struct {
	Target  string `doc:"a host's name or address"`
	Options struct {
		Count    int           `doc:"how many requests" default:"1" min:"1" max:"100000"`
		Interval time.Duration `doc:"from one request to the next" default:"1 s"`
		Size     int           `doc:"bytes of payload" default:"56" min:"0" max:"65507"`
		HopLimit int           `doc:"how many routers the request may pass (TTL)" default:"64" min:"1" max:"255"`
		Timeout  time.Duration `doc:"how long to wait for each reply" default:"5 s"`
	} `doc:"how to ask"`
}

type pingReply struct {
	Seq      int
	From     string
	Kind     string
	RTT      time.Duration
	HopLimit int
}

type pingReport struct {
	Target         string
	Address        string
	Sent, Received int
	Loss           float64
	Min, Avg, Max  lua.LValue
	Replies        []pingReply
}

// ping sends requests one interval apart. The report is given as long as one reply came, or nothing but silence; an ICMP error or a
// failure to send that left no reply is the error.
func ping(h *engine.Host, c *bind.Call, a pingArgs) (*pingReport, error) {
	if h.V == nil {
		return nil, errNoICMP
	}
	dst, err := resolve(h, a.Target)
	if err != nil {
		return nil, err
	}
	o := vnet.PingOptions{HopLimit: a.Options.HopLimit, Size: a.Options.Size, Timeout: a.Options.Timeout}
	if o.Size == 0 {
		o.Size = -1
	}
	s := process.Of(c).Sched()
	r := &pingReport{Target: a.Target, Address: dst.String(), Min: lua.LNil, Avg: lua.LNil, Max: lua.LNil, Replies: []pingReply{}}
	var times []time.Duration
	var last error
	for r.Sent < a.Options.Count {
		began := s.Elapsed()
		reply, err := h.V.Ping(dst, o)
		r.Sent++
		if reply.Kind != vnet.NoReply {
			r.Replies = append(r.Replies, pingReply{r.Sent, reply.From.String(), reply.Kind.String(), reply.RTT, reply.HopLimit})
		}
		if err == nil {
			times = append(times, reply.RTT)
		} else {
			last = err
		}
		if r.Sent < a.Options.Count {
			s.Sleep(began + a.Options.Interval - s.Elapsed())
		}
	}
	r.sum(times)
	if r.Received == 0 && last != nil {
		return nil, fmt.Errorf("%w", last)
	}
	return r, nil
}

// sum fills in the statistics.
func (r *pingReport) sum(times []time.Duration) {
	r.Received = len(times)
	r.Loss = float64(r.Sent-r.Received) / float64(r.Sent)
	if len(times) == 0 {
		return
	}
	low, high, total := times[0], times[0], time.Duration(0)
	for _, t := range times {
		low, high, total = min(low, t), max(high, t), total+t
	}
	r.Min, r.Max = lua.LNumber(low.Seconds()), lua.LNumber(high.Seconds())
	r.Avg = lua.LNumber((total / time.Duration(len(times))).Seconds())
}

type tracerouteArgs struct {
	Target  string `doc:"a host's name or address"`
	MaxHops int    `doc:"where to give up" default:"30" min:"1" max:"255"`
}

type hop struct {
	Hop     int
	Address lua.LValue
	Name    lua.LValue
	RTT     lua.LValue
	Kind    string
}

func traceroute(h *engine.Host, _ *bind.Call, a tracerouteArgs) ([]hop, error) {
	if h.V == nil {
		return nil, errNoICMP
	}
	dst, err := resolve(h, a.Target)
	if err != nil {
		return nil, err
	}
	hops, err := h.V.Traceroute(dst, a.MaxHops)
	if err != nil {
		return nil, err
	}
	all := []hop{}
	for _, o := range hops {
		line := hop{Hop: o.HopLimit, Address: lua.LNil, Name: lua.LNil, RTT: lua.LNil, Kind: o.Kind.String()}
		if o.Addr.IsValid() {
			line.Address = lua.LString(o.Addr.String())
		}
		if len(o.Names) > 0 {
			line.Name = lua.LString(o.Names[0])
		}
		if len(o.RTTs) > 0 {
			line.RTT = lua.LNumber(o.RTTs[0].Seconds())
		}
		all = append(all, line)
	}
	return all, nil
}
