package cdn

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/http"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A Node is a place with replica servers.
type Node struct {
	Name  string
	Addrs []netip.Addr
	Down  bool // no client is sent there

	Sent   int // how many questions were answered with it
	Failed int // how many checks in a row it has failed
}

// A Router answers questions for the addresses of names with those of a node. Set the fields before the first question; Nodes and Map may
// change at any time.
type Router struct {
	Zone  string // names in it belong to the network, but for those that the name server's own zone has
	Nodes []*Node
	Map   *Map
	TTL   time.Duration // how long an answer holds, which is how long clients go to a node that has failed; 0 means 20 s

	// Infrastructure, if not nil, says whether the name server's zone answers for a name itself.
	Infrastructure func(name string) bool
}

// Answer is a function for dns.Server: nil leaves the question to the zones.
func (r *Router) Answer(q *dns.Query) *dns.Answer {
	zone := miekg.CanonicalName(r.Zone)
	name := miekg.CanonicalName(q.Name)
	if !miekg.IsSubDomain(zone, name) || q.Type != miekg.TypeA && q.Type != miekg.TypeAAAA || q.Class != miekg.ClassINET || r.Infrastructure != nil && r.Infrastructure(name) {
		return nil
	}
	asker, subnet := q.From.Addr().Unmap(), netip.Prefix{}
	if q.Subnet.IsValid() {
		asker, subnet = q.Subnet.Addr(), q.Subnet
	}
	a := &dns.Answer{Authoritative: true, Subnet: subnet}
	nearest := r.Nearest(asker)
	if nearest == nil {
		a.Rcode = miekg.RcodeServerFailure
		return a
	}
	nearest.Sent++
	ttl := r.TTL
	if ttl <= 0 {
		ttl = 20 * time.Second
	}
	for _, addr := range nearest.Addrs {
		h := miekg.RR_Header{Name: q.Name, Rrtype: q.Type, Class: miekg.ClassINET, Ttl: uint32(ttl / time.Second)}
		switch {
		case q.Type == miekg.TypeA && addr.Is4():
			a.Answer = append(a.Answer, &miekg.A{Hdr: h, A: net.IP(addr.AsSlice())})
		case q.Type == miekg.TypeAAAA && addr.Is6():
			a.Answer = append(a.Answer, &miekg.AAAA{Hdr: h, AAAA: net.IP(addr.AsSlice())})
		}
	}
	return a
}

// Nearest returns the node that works and has the least distance from an address; of those of the same distance the one that was
// answered least often, so that they share the clients, and then the first. A node that the map does not know for the address is
// further than all others. It is nil if no node works.
func (r *Router) Nearest(a netip.Addr) *Node {
	var best *Node
	var least float64
	known := false
	for _, n := range r.Nodes {
		if n.Down {
			continue
		}
		d, ok := 0.0, false
		if r.Map != nil {
			d, ok = r.Map.Distance(a, n.Name)
		}
		nearer := best == nil || ok && !known
		if best != nil && ok == known {
			nearer = cmp.Or(cmp.Compare(d, least), cmp.Compare(n.Sent, best.Sent)) < 0
		}
		if nearer {
			best, least, known = n, d, ok
		}
	}
	return best
}

// Node returns the node of that name, or nil.
func (r *Router) Node(name string) *Node {
	if i := slices.IndexFunc(r.Nodes, func(n *Node) bool { return n.Name == name }); i >= 0 {
		return r.Nodes[i]
	}
	return nil
}

// A Check asks nodes by HTTP whether they work.
type Check struct {
	Every   time.Duration // 0 means 10 s
	Timeout time.Duration // for an answer; 0 means 2 s
	Fails   int           // after how many failures in a row a node is down; 0 means 1
	Port    string        // "" means 80
	Path    string        // "" means "/"
}

// Watch checks a node for ever, in a task of its own, which does not keep the world going: with any answer of HTTP below 500 the node works.
func (r *Router) Watch(st *stack.Stack, n *Node, c Check) {
	if task := st.Scheduler().Current(); task != nil {
		task.Daemon = true
	}
	every, port, path := c.Every, cmp.Or(c.Port, "80"), cmp.Or(c.Path, "/")
	if every <= 0 {
		every = 10 * time.Second
	}
	timeout := c.Timeout
	if timeout <= 0 {
		timeout = 2 * time.Second
	}
	for {
		if len(n.Addrs) > 0 && works(st, "http://"+net.JoinHostPort(n.Addrs[0].String(), port)+"/"+strings.TrimPrefix(path, "/"), timeout) {
			n.Failed, n.Down = 0, false
		} else if n.Failed++; n.Failed >= max(c.Fails, 1) {
			n.Down = true
		}
		st.Sleep(every)
	}
}

func works(st *stack.Stack, url string, timeout time.Duration) bool {
	client := &http.Client{Stack: st, Mode: http.NonPersistent, Timeout: timeout}
	defer client.Close()
	request, err := http.NewRequest("HEAD", url, nil)
	if err != nil {
		return false
	}
	a, err := client.Do(request)
	if err != nil {
		return false
	}
	a.Body.Close()
	return a.StatusCode < 500
}
