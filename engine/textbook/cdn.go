package textbook

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"net"
	"net/netip"
	"path"
	"slices"
	"time"

	miekg "github.com/miekg/dns"
	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine/cdn"
	"github.com/moonwire-lab/moonwire/engine/dash"
	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/http"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/webcache"
)

// nodeCheck is how often the name server of a content distribution network looks after its nodes.
const nodeCheck = 30 * time.Second

// route lets a name server send those who ask for names of its zones that it does not have to the nearest of its nodes, by the length of the
// cables.
func (s *service) route(st *stack.Stack, server *dns.Server) {
	r := &cdn.Router{Zone: s.internet.zonesOf(s.entry.Name)[0], Map: new(cdn.Map),
		Infrastructure: func(name string) bool { return server.Lookup(name, miekg.TypeA).Rcode == miekg.RcodeSuccess }}
	p := s.internet.plan
	for _, name := range s.entry.Nodes {
		node := p.hosts[name]
		r.Nodes = append(r.Nodes, &cdn.Node{Name: name, Addrs: []netip.Addr{node.addr}})
		far := p.distances(node.site.Router)
		for _, site := range p.sites {
			r.Map.Set(site.Network, name, site.Km+far[site.Router]+node.site.Km)
		}
	}
	server.Answer = r.Answer
	for _, n := range r.Nodes {
		st.Go("check of "+n.Name, func() { r.Watch(st, n, cdn.Check{Every: nodeCheck}) })
	}
}

// distances returns the kilometres of cable from a city to the others, by the shortest way.
func (d *description) distances(from string) map[string]float64 {
	far := map[string]float64{}
	for _, city := range d.Backbone.Routers {
		far[city] = math.Inf(1)
	}
	far[from] = 0
	for range d.Backbone.Routers { // no way has more cables
		for _, c := range d.Backbone.Cables {
			far[c.To] = min(far[c.To], far[c.From]+c.Km)
			far[c.From] = min(far[c.From], far[c.To]+c.Km)
		}
	}
	return far
}

// serveReplica gives out what the customers of a content distribution network have.
func (s *service) serveReplica(st *stack.Stack) error {
	r := &cdn.Replica{Cache: &webcache.Cache{Stack: st, Client: &http.Client{Stack: st, Limits: http.Limits{Body: http.NoLimit}}}}
	for _, at := range slices.Sorted(maps.Keys(s.entry.Customers)) {
		c, err := cdn.NewCustomer(at, s.entry.Customers[at])
		if err != nil {
			return err
		}
		r.Customers = append(r.Customers, c)
	}
	server := &http.Server{Handler: r.Answer}
	return s.listen(st, func(st *stack.Stack, l net.Listener) error { return server.Serve(st, l) })
}

// publish makes the films of a web server that are not there yet: 40 seconds each, at three rates. They are a month old, so that caches may keep
// them for a while.
func (s *service) publish() error {
	for _, film := range s.entry.Films {
		folder := path.Join(WebDir, film)
		if _, err := s.host.FS.Stat(path.Join(folder, dash.ManifestName)); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		v := dash.Video{Title: path.Base(film), Duration: 40 * time.Second, Rates: []int{200_000, 500_000, 1_000_000}}
		if err := dash.Publish(s.host.FS, folder, v, nil); err != nil {
			return err
		}
		then := s.host.World.Sched.Now().Add(-30 * 24 * time.Hour)
		err := afero.Walk(s.host.FS, folder, func(name string, _ fs.FileInfo, err error) error {
			return cmp.Or(err, s.host.FS.Chtimes(name, then, then))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// checkNodes reports a node that is no replica, and a customer that cannot be one.
func (d *description) checkNodes(hosts map[string]*hostEntry) error {
	for _, site := range d.Sites {
		for _, h := range site.Hosts {
			for _, n := range h.Nodes {
				if node := hosts[n]; node == nil || !slices.Contains(node.Serves, "replica") {
					return fmt.Errorf("host %s: %s is no replica", h.Name, n)
				}
			}
			for _, at := range slices.Sorted(maps.Keys(h.Customers)) {
				if _, err := cdn.NewCustomer(at, h.Customers[at]); err != nil {
					return fmt.Errorf("host %s: %w", h.Name, err)
				}
			}
		}
	}
	return nil
}
