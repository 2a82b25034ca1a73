// Package cdn is the Lua module cdn: replica servers and the name server that sends clients to a near one.
package cdn

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/serve"
	"github.com/moonwire-lab/moonwire/engine/cdn"
	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/http"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/webcache"
)

// Module is the declaration of cdn.
var Module = bind.New("cdn", "Content distribution networks: replica servers that keep copies of their customers' content, and a name server that sends each client to a near one.", func() []bind.Member {
	return []bind.Member{
		bind.Fn("router", "Start the network's name server in this process. It answers for every name of a zone with the address of the node that works and is nearest to who asks; it looks after the nodes by HTTP.", startRouter).
			Returns("router", "the running name server").Errors("in-use", "denied", "address", "limit", "invalid").
			Example(routerExample),
		bind.Fn("replica", "Start a replica server in this process: a web server that fetches from its customers what it does not have, and keeps it as they allow.", startReplica).
			Returns("replica", "the running server").Errors("in-use", "denied", "address", "limit", "invalid").
			Example(replicaExample),
		bind.Var("rewrite", "Change the URLs of what a page shows (images, scripts, style sheets, sound, video; not its links) so that clients fetch it from the network.", rewrite).
			Returns("page", "the new page").Returns("changed integer", "how many URLs were changed").
			Example(rewriteExample),
		routerClass(), replicaClass(),
	}
})

// Router is a name server of Lua.
type Router struct {
	router  *cdn.Router
	server  *dns.Server
	release func()
}

func routerClass() bind.Member {
	return bind.Class("Router", "The name server of a network.",
		bind.Method("nodes", "The nodes, in the order in which they were given.", (*Router).nodes).
			Returns("nodes cdn.node_info[]", "one table each: name, addresses, down, sent (how many questions were answered with it)"),
		bind.MethodProc("set_distance", "Say how far a network is from a node.", (*Router).setDistance),
		bind.Method("nearest", "The name of the node to which a client would be sent now.", (*Router).nearest).Returns("name string?", "nil if no node works"),
		bind.MethodProc("set_down", "Send nobody to a node, or again. Without checks it stays so.", (*Router).setDown).Errors("not-found"),
		bind.MethodProc("close", "Stop the server.", func(r *Router, _ *bind.Call, _ bind.None) error { r.server.Close(); r.release(); return nil }),
	)
}

type nodeOption struct {
	Name      string       `doc:"what the map calls it"`
	Addresses []netip.Addr `doc:"of its replica server"`
}

type routerArgs struct {
	Options struct {
		Zone  string                        `doc:"whose names are the network's, such as \"kingcdn.com\". The zone itself has a name server, ns1, which is this host"`
		Nodes []nodeOption                  `doc:"where there are replica servers"`
		Map   map[string]map[string]float64 `doc:"distances by network, such as \"10.1.0.0/16\", and by name of the node, in any unit" default:"nil"`
		TTL   time.Duration                 `name:"ttl" doc:"how long an answer holds; so long clients go to a node that has failed" default:"20 s" min:"0 s"`
		Check struct {
			Every   time.Duration `doc:"how often nodes are asked; 0 never" default:"10 s" min:"0 s"`
			Timeout time.Duration `doc:"how long an answer may take" default:"2 s" min:"1 ms"`
			Fails   int           `doc:"after how many failures in a row a node is down" default:"1" min:"1"`
			Port    int           `doc:"TCP port" default:"80" min:"1" max:"65535"`
			Path    string        `doc:"what is asked for" default:"/"`
		} `doc:"how nodes are looked after" default:"nil"`
		Port uint16 `doc:"UDP and TCP port" default:"53"`
	} `doc:"what to route"`
}

func startRouter(c *bind.Call, a routerArgs) (*Router, error) {
	o := &a.Options
	tasks := serve.New(c)
	st := tasks.Stack()
	zone, err := infrastructure(o.Zone, tasks)
	if err != nil {
		c.Misuse("zone", "want a domain name, got %q: %s", o.Zone, err.Error())
	}
	r := &Router{router: &cdn.Router{Zone: zone.Origin(), Map: new(cdn.Map), TTL: o.TTL, Infrastructure: func(name string) bool { return strings.HasPrefix(name, "ns1.") }}}
	for _, n := range o.Nodes {
		r.router.Nodes = append(r.router.Nodes, &cdn.Node{Name: n.Name, Addrs: n.Addresses})
	}
	for _, network := range slices.Sorted(maps.Keys(o.Map)) {
		prefix, err := parseNetwork(network)
		if err != nil {
			c.Misuse("map", "want networks such as \"10.1.0.0/16\", got %q", network)
		}
		for name, distance := range o.Map[network] { // into another map: the order does not matter
			r.check(c, "map", name)
			r.router.Map.Set(prefix, name, distance)
		}
	}
	r.server = &dns.Server{Stack: st, Answer: r.router.Answer, Addrs: dns.AllAddrs(o.Port)}
	r.server.AddZone(zone)
	if err := r.server.Start(); err != nil {
		return nil, err
	}
	r.release = lua51.Hold(c.L, r)
	if o.Check.Every > 0 {
		check := cdn.Check{Every: o.Check.Every, Timeout: o.Check.Timeout, Fails: o.Check.Fails, Port: fmt.Sprint(o.Check.Port), Path: o.Check.Path}
		for _, n := range r.router.Nodes {
			if !tasks.Go("cdn check of "+n.Name, func() { r.router.Watch(st, n, check) }) {
				r.server.Close()
				return nil, stack.ErrNoBuffers
			}
		}
	}
	return r, nil
}

// infrastructure makes the zone of a name server on this host.
func infrastructure(origin string, tasks *serve.Tasks) (*dns.Zone, error) {
	text := "@ 3600 SOA ns1 hostmaster 1 3600 600 86400 60\n@ 3600 NS ns1\n"
	for _, i := range tasks.Process().Host().Network.Interfaces() {
		for _, p := range i.Prefixes {
			switch a := p.Addr(); {
			case a.IsLoopback() || a.IsLinkLocalUnicast():
			case a.Is4():
				text += fmt.Sprintf("ns1 3600 A %s\n", a)
			default:
				text += fmt.Sprintf("ns1 3600 AAAA %s\n", a)
			}
		}
	}
	return dns.ParseZone(text, dns.ParseOptions{Origin: strings.TrimSuffix(origin, ".") + "."})
}

func parseNetwork(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil {
		return a.Prefix(a.BitLen())
	}
	return netip.ParsePrefix(text)
}

// check wants a name to be that of a node.
func (r *Router) check(c *bind.Call, argument, name string) {
	if r.router.Node(name) == nil {
		var names []string
		for _, n := range r.router.Nodes {
			names = append(names, n.Name)
		}
		c.Misuse(argument, "want one of the nodes %s, got %q", strings.Join(names, ", "), name)
	}
}

// Held implements lua51.Holder.
func (r *Router) Held(_ func(lua.LValue), weigh func(int64)) {
	weigh(1<<16 + int64(r.router.Map.Len())*(200+50*int64(len(r.router.Nodes))))
}

type nodeInfo struct {
	Name      string
	Addresses []netip.Addr
	Down      bool
	Sent      int
}

func (r *Router) nodes(*bind.Call, bind.None) ([]nodeInfo, error) {
	var all []nodeInfo
	for _, n := range r.router.Nodes {
		all = append(all, nodeInfo{n.Name, n.Addrs, n.Down, n.Sent})
	}
	return all, nil
}

type distanceArgs struct {
	Network  string  `doc:"such as \"10.1.0.0/16\", or an address"`
	Node     string  `doc:"its name"`
	Distance float64 `doc:"in any unit"`
}

func (r *Router) setDistance(c *bind.Call, a distanceArgs) error {
	prefix, err := parseNetwork(a.Network)
	if err != nil {
		c.Misuse("network", "want a network such as \"10.1.0.0/16\", got %q", a.Network)
	}
	r.check(c, "node", a.Node)
	c.Charge(50 + r.router.Map.Len()/8) // rows are moved for a new one
	r.router.Map.Set(prefix, a.Node, a.Distance)
	return nil
}

type nearestArgs struct {
	Address netip.Addr `doc:"the client's"`
}

func (r *Router) nearest(_ *bind.Call, a nearestArgs) (*string, error) {
	if n := r.router.Nearest(a.Address); n != nil {
		return &n.Name, nil
	}
	return nil, nil
}

type downArgs struct {
	Node string `doc:"its name"`
	Down bool   `doc:"false: it works again" default:"true"`
}

func (r *Router) setDown(c *bind.Call, a downArgs) error {
	r.check(c, "node", a.Node)
	r.router.Node(a.Node).Down = a.Down
	return nil
}

// Replica is a replica server of Lua.
type Replica struct {
	replica *cdn.Replica
	server  *http.Server
	port    int
}

func replicaClass() bind.Member {
	return bind.Class("Replica", "A replica server.",
		bind.Method("stats", "Its counters.", (*Replica).stats).
			Returns("stats cdn.replica_stats", "requests, hits (answered without asking the origin), validations (the origin said that nothing has changed), misses, objects and bytes (kept now), from_store and from_origin (bytes), hit_rate (hits and validations of all requests)"),
		bind.Method("purge", "Forget what is kept of a URL of a customer's origin: the next client gets it anew.", func(r *Replica, _ *bind.Call, a purgeArgs) (bool, error) { return r.replica.Purge(a.URL), nil }).
			Returns("purged", "whether there was anything"),
		bind.MethodProc("clear", "Forget everything that is kept.", func(r *Replica, _ *bind.Call, _ bind.None) error { r.replica.Cache.Clear(); return nil }),
		bind.Method("port", "The port that it listens on.", func(r *Replica, _ *bind.Call, _ bind.None) (int, error) { return r.port, nil }),
		bind.MethodProc("close", "Stop the server.", func(r *Replica, _ *bind.Call, _ bind.None) error { r.server.Close(); return nil }),
	)
}

type purgeArgs struct {
	URL string `name:"url" doc:"at the origin, such as \"http://www.foo.com/sports/ruth.gif\""`
}

type replicaArgs struct {
	Options struct {
		Customers map[string]string `doc:"where to fetch what clients ask for: origins such as \"http://www.foo.com\", by host name, or by \"/name\", the first part of the path"`
		Address   string            `doc:"local address to listen on; each of IPv4 if empty, and with :: each of IPv6 too" default:""`
		Port      int               `doc:"TCP port; 0 draws one" default:"80" min:"0" max:"65535"`
		MaxBytes  bind.Size         `doc:"how much is kept" default:"64 MiB" min:"1" max:"256 MiB"`
		MaxObject bind.Size         `doc:"the longest body that is kept" default:"16 MiB" min:"1" max:"64 MiB"`
		Timeout   time.Duration     `doc:"how long to wait for an origin" default:"60 s" min:"1 ms"`
		Sessions  int               `doc:"how many connections of clients there may be at a time" default:"1000" min:"1"`
	} `doc:"what to serve"`
}

func startReplica(c *bind.Call, a replicaArgs) (*Replica, error) {
	o := &a.Options
	tasks := serve.New(c)
	st := tasks.Stack()
	r := &Replica{replica: &cdn.Replica{Cache: &webcache.Cache{Stack: st, Client: &http.Client{Stack: st, Timeout: o.Timeout, Limits: http.Limits{Body: http.NoLimit}}, MaxBytes: int64(o.MaxBytes), MaxObject: int64(o.MaxObject)}}}
	for _, at := range slices.Sorted(maps.Keys(o.Customers)) {
		customer, err := cdn.NewCustomer(at, o.Customers[at])
		if err != nil {
			return nil, err
		}
		r.replica.Customers = append(r.replica.Customers, customer)
	}
	r.server = &http.Server{Handler: r.replica.Answer, Sessions: o.Sessions, Go: tasks.Go, Charge: tasks.Charge}
	release := lua51.Hold(c.L, r)
	l, err := tasks.Listen("cdn replica", o.Address, o.Port, func(l net.Listener) {
		defer release()
		r.server.Serve(st, l)
	})
	if err != nil {
		release()
		return nil, err
	}
	r.port = l.Addr().(*net.TCPAddr).Port
	return r, nil
}

// Held implements lua51.Holder.
func (r *Replica) Held(_ func(lua.LValue), weigh func(int64)) {
	s := r.replica.Cache.Stats()
	weigh(1<<12 + s.Bytes + s.Pending)
}

type replicaStats struct {
	Requests, Hits, Validations, Misses, Objects int
	Bytes, FromStore, FromOrigin                 int64
	HitRate                                      float64
}

func (r *Replica) stats(*bind.Call, bind.None) (replicaStats, error) {
	s := r.replica.Cache.Stats()
	out := replicaStats{s.Requests, s.Hits, s.Validations, s.Misses, s.Objects, s.Bytes, s.FromStore, s.FromOrigin, 0}
	if s.Requests > 0 {
		out.HitRate = float64(s.Hits+s.Validations) / float64(s.Requests)
	}
	return out, nil
}

type rewriteArgs struct {
	Page    string `doc:"in HTML"`
	Options struct {
		From    string   `doc:"how URLs begin that are changed, such as \"http://www.foo.com/\""`
		To      string   `doc:"what they begin with afterwards, such as \"http://www.cdn.com/www.foo.com/\""`
		Page    *string  `doc:"the page's own URL, to which its URLs are relative; from, if left out"`
		Endings []string `doc:"only files with these, such as \".gif\"; all if left out" default:"nil"`
	} `doc:"what to change"`
}

func rewrite(c *bind.Call, a rewriteArgs) bind.Out {
	o := &a.Options
	c.Charge(len(a.Page) / 4)
	where := o.From
	if o.Page != nil {
		where = *o.Page
	}
	page, changed, err := cdn.Rewrite([]byte(a.Page), where, o.From, o.To, o.Endings)
	if err != nil {
		c.Misuse("page", "want a URL, got %q", where)
	}
	return c.Return(string(page), changed)
}
