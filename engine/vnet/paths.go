package vnet

import (
	"container/heap"
	"net/netip"
)

// cost is the length of a path in the network's metric.
type cost struct{ major, minor int64 }

func (c cost) add(d cost) cost { return cost{c.major + d.major, c.minor + d.minor} }

func (c cost) less(d cost) bool { return c.major < d.major || c.major == d.major && c.minor < d.minor }

// A tree holds the shortest paths from every router to one router, its root. Only routers take part: a network of
// a few routers and very many hosts needs few and small trees.
type tree struct {
	topology uint64
	hops     []treeHop // by the routers' numbers
}

type treeHop struct {
	out, next *iface // nil if there is no path, and at the root
	cost      cost
	known     bool
}

// edge returns the cost of a hop from i to j, which are on the same link or LAN, or false if it is not possible.
func (n *Network) edge(i, j *iface) (cost, bool) {
	if !i.up() || !j.up() {
		return cost{}, false
	}
	hops, delay := int64(i.link.cost), int64(i.tx.shape.Delay)
	if j.peer != i {
		delay += int64(j.rx.shape.Delay)
	}
	if n.metric == ByDelay {
		return cost{delay, hops}, true
	}
	return cost{hops, delay}, true
}

// toHere returns the shortest paths to router h, of now.
func (h *Host) toHere() *tree {
	if h.tree == nil || h.tree.topology != h.net.topology {
		h.tree = h.grow()
	}
	return h.tree
}

// grow is Dijkstra's algorithm from the root against the direction of the packets.
func (h *Host) grow() *tree {
	t := &tree{topology: h.net.topology, hops: make([]treeHop, h.net.routers+1)}
	t.hops[h.routerNum].known = true
	q := reachQueue{{host: h}}
	for len(q) > 0 {
		r := heap.Pop(&q).(reached)
		g := r.host
		if t.hops[g.routerNum].cost != r.cost || g.down && g != h {
			continue
		}
		for _, j := range g.ifaces {
			for _, i := range j.routers() {
				if i.host == g || !i.host.forwarding {
					continue
				}
				step, ok := h.net.edge(i, j)
				if !ok {
					continue
				}
				to := &t.hops[i.host.routerNum]
				if c := r.cost.add(step); !to.known || c.less(to.cost) {
					*to = treeHop{i, j, c, true}
					heap.Push(&q, reached{i.host, c})
				}
			}
		}
	}
	return t
}

// toRouter returns the first hop and the cost of h's shortest path to a router.
func (h *Host) toRouter(root *Host) (best treeHop) {
	t := root.toHere()
	if h.forwarding {
		return t.hops[h.routerNum]
	}
	for _, i := range h.ifaces {
		for _, j := range i.routers() {
			rest := &t.hops[j.host.routerNum]
			if !rest.known || j.host.down && j.host != root {
				continue
			}
			best.better(h.net, i, j, rest.cost)
		}
	}
	return best
}

// better takes the hop from i to j with the rest of the path after it, if that is shorter than what b has.
func (b *treeHop) better(n *Network, i, j *iface, rest cost) {
	if step, ok := n.edge(i, j); ok {
		if c := rest.add(step); !b.known || c.less(b.cost) {
			*b = treeHop{i, j, c, true}
		}
	}
}

// toHost returns the first hop and the cost of h's shortest path to a host that is no router.
func (h *Host) toHost(d *Host) (best treeHop) {
	for _, j := range d.ifaces {
		if i := h.beside(j); i != nil {
			best.better(h.net, i, j, cost{})
		}
		for _, e := range j.routers() {
			if e.host == h || e.host.down {
				continue
			}
			step, ok := h.net.edge(e, j)
			if !ok {
				continue
			}
			first := h.toRouter(e.host)
			if !first.known {
				continue
			}
			if c := first.cost.add(step); !best.known || c.less(best.cost) {
				best = treeHop{first.out, first.next, c, true}
			}
		}
	}
	return best
}

// automatic returns the first hop of the shortest path to the nearest host that has the address dst.
func (h *Host) automatic(dst netip.Addr) (out, next *iface) {
	var best treeHop
	for _, i := range h.net.addrs[dst] {
		var hop treeHop
		if i.host.forwarding {
			hop = h.toRouter(i.host)
		} else {
			hop = h.toHost(i.host)
		}
		if hop.known && hop.out != nil && (!best.known || hop.cost.less(best.cost)) {
			best = hop
		}
	}
	return best.out, best.next
}

// reached is a router and the cost of a path from it.
type reached struct {
	host *Host
	cost cost
}

type reachQueue []reached

func (q reachQueue) Len() int { return len(q) }
func (q reachQueue) Less(i, j int) bool {
	if q[i].cost != q[j].cost {
		return q[i].cost.less(q[j].cost)
	}
	return q[i].host.id < q[j].host.id
}
func (q reachQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *reachQueue) Push(x any)   { *q = append(*q, x.(reached)) }
func (q *reachQueue) Pop() any {
	last := len(*q) - 1
	r := (*q)[last]
	*q = (*q)[:last]
	return r
}
