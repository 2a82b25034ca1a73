package vnet

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

const farAway = 1 << 40

// distances is Floyd and Warshall's algorithm, with hosts that do not forward as nothing but ends.
func distances(n int, edge [][]int, forwards []bool) [][]int {
	d := make([][]int, n)
	for i := range d {
		d[i] = append([]int(nil), edge[i]...)
		d[i][i] = 0
	}
	for k := range n {
		if !forwards[k] {
			continue
		}
		for i := range n {
			for j := range n {
				d[i][j] = min(d[i][j], d[i][k]+d[k][j])
			}
		}
	}
	return d
}

// walk follows next hops from a to dst and returns the sum of the costs, or -1.
func walk(a, b *Host, dst netip.Addr) int {
	sum := 0
	for at := a; at != b; {
		r := at.route(dst)
		if r.err != 0 {
			return -1
		}
		if sum += r.out.link.cost; sum > farAway {
			return -1
		}
		at = r.next.host
	}
	return sum
}

func TestRoutesAreShortest(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 1))
		w := newWorld(t, seed)
		n := 2 + rng.IntN(20)
		var hosts []*Host
		forwards := make([]bool, n)
		edge := make([][]int, n)
		for i := range n {
			forwards[i] = rng.IntN(3) > 0
			hosts = append(hosts, w.host(fmt.Sprintf("h%d", i)))
			hosts[i].SetForwarding(forwards[i])
			edge[i] = make([]int, n)
			for j := range n {
				edge[i][j] = farAway
			}
		}
		for range n + rng.IntN(2*n) {
			i, j, cost := rng.IntN(n), rng.IntN(n), 1+rng.IntN(5)
			if i == j {
				continue
			}
			l := w.link(hosts[i], hosts[j], LinkOptions{Cost: cost})
			if rng.IntN(5) == 0 {
				l.SetUp(false)
				continue
			}
			edge[i][j] = min(edge[i][j], cost)
			edge[j][i] = edge[i][j]
		}
		// One address for each host, outside of the links' subnets: those would go before a shorter way round.
		for k, h := range hosts {
			for i := range h.ifaces {
				ok(t, h.SetAddrs(ethName(i)))
			}
			if len(h.ifaces) > 0 {
				ok(t, h.SetAddrs("eth0", netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(k)}), 32)))
			}
		}
		compare(t, hosts, distances(n, edge, forwards))
	}
}

func compare(t *testing.T, hosts []*Host, d [][]int) {
	t.Helper()
	for i, a := range hosts {
		for j, b := range hosts {
			if len(b.Addrs()) == 0 {
				continue
			}
			want := d[i][j]
			if want >= farAway {
				want = -1
			}
			if got := walk(a, b, addr4(b)); got != want {
				t.Fatalf("%s to %s: got %d, want %d", a, b, got, want)
			}
		}
	}
}

func TestMetric(t *testing.T) {
	w := newWorld(t, 1)
	a, b, r, x := w.host("a"), w.host("b"), w.router("r"), w.router("x")
	slow := LinkOptions{Shape: Shape{Delay: time.Second}}
	w.wire(a, r)
	w.link(r, b, slow)
	w.wire(r, x)
	w.wire(x, b)
	equal(t, "by hops", must(a.NextHop(b.Addrs()[1])), "r")
	ok(t, b.SetAddrs("eth0"))
	ok(t, b.SetAddrs("eth1"))
	ok(t, b.SetAddrs("eth0", netip.MustParsePrefix("203.0.113.5/32")))
	dst := addr4(b)
	next := func() string { return must(r.NextHop(dst)) }
	equal(t, "by hops", next(), "b")
	w.SetMetric(ByDelay)
	equal(t, "by delay", next(), "x")
	w.LinkBetween(x, r).SetUp(false)
	equal(t, "with the short way down", next(), "b")
}

func TestStaticRoutes(t *testing.T) {
	w := newWorld(t, 1)
	a, b, r, x := w.host("a"), w.host("b"), w.router("r"), w.router("x")
	w.wire(a, r)
	w.wire(a, x)
	w.wire(r, b)
	w.wire(x, r)
	dst := addr4(b)
	equal(t, "automatic", must(a.NextHop(dst)), "r")
	viaX := a.ifaces[1].peer.addrs[0].Addr()
	ok(t, a.AddRoute(netip.MustParsePrefix("0.0.0.0/0"), viaX))
	equal(t, "by default route", must(a.NextHop(dst)), "x")
	equal(t, "connected before default", must(a.NextHop(a.ifaces[0].peer.addrs[0].Addr())), "r")
	ok(t, a.AddRoute(netip.PrefixFrom(dst, 32), a.ifaces[0].peer.addrs[0].Addr()))
	equal(t, "longest prefix", must(a.NextHop(dst)), "r")
	a.DeleteRoute(netip.PrefixFrom(dst, 32))
	equal(t, "deleted", must(a.NextHop(dst)), "x")
	if err := a.AddRoute(netip.MustParsePrefix("0.0.0.0/0"), dst); !errors.Is(err, stack.ErrNetUnreachable) {
		t.Errorf("next hop that is no neighbour: %v", err)
	}
	a.DeleteRoute(netip.MustParsePrefix("0.0.0.0/0"))
	a.SetAutoRoute(false)
	_, err := a.NextHop(dst)
	wantErr(t, "no route", err, stack.ErrNetUnreachable)
}

// Two hosts with one address: the nearest gets the packet.
func TestAnycast(t *testing.T) {
	w := newWorld(t, 1)
	a, r, far, near, s := w.host("a"), w.router("r"), w.host("far"), w.host("near"), w.router("s")
	shared := LinkOptions{AddrsB: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}}
	w.wire(a, r)
	w.wire(r, s)
	w.link(s, far, shared)
	w.link(r, near, shared)
	equal(t, "from r", must(r.NextHop(addr4(far))), "near")
	equal(t, "from s", must(s.NextHop(addr4(far))), "far")
	w.LinkBetween(r, near).SetUp(false)
	equal(t, "from r, near cut off", must(r.NextHop(addr4(far))), "s")
}

// grid makes side×side routers with one host at each.
func grid(w *world, side int) (hosts []*Host) {
	routers := make([]*Host, side*side)
	for k := range routers {
		routers[k] = w.router(fmt.Sprintf("r%d", k))
		if k%side > 0 {
			w.wire(routers[k-1], routers[k])
		}
		if k >= side {
			w.wire(routers[k-side], routers[k])
		}
	}
	for k, r := range routers {
		h := w.host(fmt.Sprintf("h%d", k))
		w.wire(h, r)
		hosts = append(hosts, h)
	}
	return hosts
}

// A star of a thousand hosts needs one tree, whose size does not depend on the hosts.
func TestManyHostsShareATree(t *testing.T) {
	w := newWorld(t, 1)
	hub := w.router("hub")
	var hosts []*Host
	for k := range 1000 {
		h := w.host(fmt.Sprintf("h%d", k))
		w.wire(h, hub)
		hosts = append(hosts, h)
	}
	for k, h := range hosts {
		equal(t, "next hop", must(h.NextHop(addr4(hosts[(k+500)%1000]))), "hub")
		equal(t, "next hop of hub", must(hub.NextHop(addr4(h))), h.name)
	}
	equal(t, "entries of the tree", len(hub.tree.hops), 2)
	trees := 0
	for _, h := range w.Hosts() {
		if h.tree != nil {
			trees++
		}
	}
	equal(t, "trees", trees, 1)
}

func BenchmarkRoutes1000Hosts(b *testing.B) {
	for b.Loop() {
		s := sim.New(sim.Options{})
		w := &world{b, s, New(s)}
		hosts := grid(w, 22) // 484 routers, 484 hosts
		for k, h := range hosts {
			must(h.NextHop(addr4(hosts[(k*7+1)%len(hosts)])))
		}
	}
}
