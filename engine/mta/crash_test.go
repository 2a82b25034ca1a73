package mta_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/enginetest/faultfs"
	"github.com/moonwire-lab/moonwire/engine/mta"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// A delivery is Alice's message to Bob, and to Eve, whom Bob's server does not know, over two servers, with a fault.
type delivery struct {
	*world
	crepes, hamburger *site
	acknowledged      int // how often the client heard that the message was accepted
	packets           int // of the link between client and servers and of that between the servers
	heard             int // how often the first server heard that of the second
	forgets           int // how often it may lose what it heard: power fails before its first file operation
	at                func(packet int)
}

func newDelivery(t testing.TB, seed uint64) *delivery {
	w := newWorld(t, seed)
	d := &delivery{world: w}
	d.crepes = w.site("crepes.fr", []string{"alice"}, everybody)
	d.hamburger = w.site("hamburger.edu", []string{"bob"}, nil)
	w.Watch.Observe(func(e stack.Event) {
		if e.Op == stack.OpReceive && e.Process.HostName() == "crepes.fr" && strings.Contains(string(e.Data), "Message accepted for delivery") {
			d.heard++
		}
	})
	w.Net.Observe(func(e vnet.Event) {
		if e.Kind == vnet.Sent && e.Node != "hub" {
			d.packets++
			if d.at != nil {
				d.at(d.packets)
			}
		}
	})
	return d
}

// run sends the message, again and again until it is accepted, as a client does, and waits until nothing is left to be done.
func (d *delivery) run() {
	d.t.Helper()
	d.world.run(func(st *stack.Stack) {
		for d.acknowledged == 0 && d.Sched.Elapsed() < 48*time.Hour {
			if err := send(st, "crepes.fr", "alice@crepes.fr", "bob@hamburger.edu", "eve@hamburger.edu"); err == nil {
				d.acknowledged++
				break
			}
			st.Sleep(5 * time.Minute)
		}
		if !d.settled(96 * time.Hour) {
			d.t.Error("something is left in a queue")
		}
	})
}

// happened counts events about a recipient.
func (s *site) happened(kind mta.Kind, to string) int {
	n := 0
	for _, e := range s.events {
		if e.Kind == kind && strings.Contains(e.To, to) {
			n++
		}
	}
	return n
}

// judge checks that what was acknowledged came or was reported, and that nothing came twice but for lost answers, of which there are at most so many.
func (d *delivery) judge(what string, lost int) {
	d.t.Helper()
	bob, alice := d.hamburger.inbox("bob"), d.crepes.inbox("alice")
	accepted, taken := d.crepes.happened(mta.Queued, "bob@"), d.hamburger.happened(mta.Queued, "bob@")
	sent, delivered := d.crepes.happened(mta.Sent, "bob@"), copies(bob, "ketchup")
	reported := reports(alice, "eve@hamburger.edu")
	switch {
	case d.acknowledged != 1:
		d.t.Errorf("%s: the client heard %d acknowledgements", what, d.acknowledged)
	case delivered < 1 || reported < 1:
		d.t.Errorf("%s: an acknowledged message was lost: %d copies for Bob, %d reports on Eve", what, delivered, reported)
	case delivered != taken || sent != accepted || reported != accepted || len(bob) != delivered || len(alice) != reported:
		d.t.Errorf("%s: accepted %d, sent %d, taken %d, delivered %d, reported %d; Bob has %d messages and Alice %d", what, accepted, sent, taken, delivered, reported, len(bob), len(alice))
	case d.heard-sent > d.forgets || d.heard < sent:
		d.t.Errorf("%s: the server heard %d times that the message was taken, and noted it %d times", what, d.heard, sent)
	case accepted-d.acknowledged+taken-sent > lost:
		d.t.Errorf("%s: %d copies and %d reports for one acknowledgement, more than %d lost answers explain", what, delivered, reported, lost)
	}
	if d.t.Failed() {
		d.t.Fatalf("%s\ncrepes.fr:\n%shamburger.edu:\n%s", what, d.crepes.story(), d.hamburger.story())
	}
}

// Power fails at any operation of a server's file system; what was not synced is lost.
func TestCrashAtEveryOperation(t *testing.T) {
	for _, which := range []string{"crepes.fr", "hamburger.edu"} {
		operations := 0
		for n := 0; n == 0 || n <= operations; n++ {
			d := newDelivery(t, 1)
			d.forgets = 1
			victim := d.sites[which]
			victim.Close()
			fs := faultfs.New()
			d.world.run(func(st *stack.Stack) { // from an empty disk
				st.Sleep(time.Second)
				victim.fs = fs
				victim.boot()
			})
			begin := fs.Count
			if n > 0 {
				fs.Die = begin + n
			}
			fs.Crash = func() {
				d.Sched.After(10*time.Minute, func() {
					victim.host.V.Restart()
					victim.fs = fs.Restart()
					victim.boot()
				})
				check(t, victim.host.Crash())
			}
			d.run()
			if n == 0 {
				if operations = fs.Count - begin; operations < 15 {
					t.Fatal("operations", operations)
				}
			}
			d.judge(fmt.Sprintf("%s crashes at operation %d of %d", which, n, operations), 1)
		}
	}
}

// Either server crashes at any packet of the delivery and comes back ten minutes later.
func TestCrashAtEveryPacket(t *testing.T) {
	clean := newDelivery(t, 1)
	clean.run()
	clean.judge("without a fault", 0)
	if clean.packets < 30 {
		t.Fatal("packets", clean.packets)
	}
	twice := 0
	for n := 1; n <= clean.packets; n++ {
		for _, which := range []string{"crepes.fr", "hamburger.edu"} {
			for _, exact := range []bool{true, false} {
				d := newDelivery(t, 1)
				victim := d.sites[which]
				crash := func() {
					d.Sched.After(10*time.Minute, func() {
						victim.host.V.Restart()
						victim.boot()
					})
					check(t, victim.host.Crash())
				}
				d.at = func(packet int) {
					switch {
					case packet != n:
					case exact: // in the middle of what the server does
						crash()
					default: // when it waits
						d.Sched.After(0, crash)
					}
				}
				d.run()
				d.judge(fmt.Sprintf("%s crashes at packet %d (exactly: %v)", which, n, exact), 1)
				twice += copies(d.hamburger.inbox("bob"), "ketchup") - 1
			}
		}
	}
	t.Logf("%d packets; %d second copies, all after a lost answer", clean.packets, twice)
}

// The servers, or the client and its server, are parted at any packet for an hour.
func TestPartitionAtEveryPacket(t *testing.T) {
	clean := newDelivery(t, 1)
	clean.run()
	for n := 1; n <= clean.packets; n += 2 {
		for _, pair := range [][2]string{{"pc", "crepes.fr"}, {"crepes.fr", "hamburger.edu"}} {
			d := newDelivery(t, 1)
			a, b := d.Find(pair[0]).V, d.Find(pair[1]).V
			d.at = func(packet int) {
				if packet == n {
					check(t, d.Net.Partition(a, b))
					check(t, d.Net.Partition(b, a))
					d.Sched.After(time.Hour, d.Net.HealAll)
				}
			}
			d.run()
			d.judge(fmt.Sprintf("%v parted at packet %d", pair, n), 1)
		}
	}
}

// Every third packet is lost, or all come late and out of order.
func TestBadLinks(t *testing.T) {
	for _, shape := range []vnet.Shape{
		{Delay: 5 * time.Millisecond, Rate: 10_000_000, Loss: 0.3},
		{Delay: 2 * time.Second, Rate: 9_600, Jitter: 3 * time.Second},
		{Delay: 50 * time.Millisecond, Rate: 10_000_000, Loss: 0.05, Reorder: 0.2, Duplicate: 0.2, Corrupt: 0.05},
	} {
		for seed := uint64(1); seed <= 10; seed++ {
			d := newDelivery(t, seed)
			for _, name := range []string{"pc", "crepes.fr", "hamburger.edu"} {
				check(t, d.links[name].SetShape(0, shape))
				check(t, d.links[name].SetShape(1, shape))
			}
			d.run()
			d.judge(fmt.Sprintf("%+v, seed %d", shape, seed), 3)
		}
	}
}
