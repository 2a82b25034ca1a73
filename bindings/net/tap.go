package net

import (
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// maxTapped is how many packets may wait for a tap's function; more are lost.
const maxTapped = 1000

// Tap is a function of the lab that sees the packets of a link before it does. It runs in a task of its own: packets wait
// for it in order, without any virtual time going by, so it may also wait itself and delay them.
type Tap struct {
	link    *vnet.Link
	dirs    []vnet.Dir
	fn      *lua.LFunction
	waiting []tapped
	more    sim.Queue
	ended   bool
	seen    uint64
}

type tapped struct {
	dir vnet.Dir
	p   *vnet.Packet
}

func tapClass() bind.Member {
	return bind.Class("Tap", "A function that sees the packets of a link, as Link:tap set it.",
		bind.Method("packets", "How many packets it has seen.", func(t *Tap, _ *bind.Call, _ bind.None) (float64, error) { return float64(t.seen), nil }),
		bind.Method("running", "Whether it still sees packets: it was not stopped, and its function raised no error.", func(t *Tap, _ *bind.Call, _ bind.None) (bool, error) { return !t.ended, nil }),
		bind.MethodProc("stop", "Let packets pass unseen again. Nothing happens if it has ended.", func(t *Tap, _ *bind.Call, _ bind.None) error { t.stop(); return nil }),
	).Text(func(t *Tap) string { return "tap on " + t.link.Name() })
}

type tapArgs struct {
	Fn      *lua.LFunction `doc:"gets each packet as a table. It returns nothing or true: the packet goes on as it was; false: it is dropped; one or more tables: these go on in its place. What such a table leaves out is as in the packet; direction may be the other one"`
	Options struct {
		Direction string `doc:"which packets it sees" enum:"both,a_to_b,b_to_a" default:"both"`
	} `doc:"what to see"`
}

func (l *Link) tap(c *bind.Call, a tapArgs) (*Tap, error) {
	t := &Tap{link: l.Link, fn: a.Fn, dirs: []vnet.Dir{vnet.AB, vnet.BA}}
	if d := a.Options.Direction; d != "both" {
		t.dirs = []vnet.Dir{directionOf(d)}
	}
	for _, d := range t.dirs {
		if l.Tapped(d) {
			c.Raise("%s has a tap %s already; stop that first", l.Name(), directionNames[d])
		}
	}
	for _, d := range t.dirs {
		l.SetTap(d, func(p *vnet.Packet) { t.take(d, p) })
	}
	p := process.Of(c)
	p.Spawn(nil, t.String(), c.Function(t.String(), t.run), nil, nil)
	return t, nil
}

// String names the tap in messages.
func (t *Tap) String() string { return "tap on " + t.link.Name() }

// take puts a packet in the queue.
func (t *Tap) take(d vnet.Dir, p *vnet.Packet) {
	if len(t.waiting) >= maxTapped {
		t.link.Swallow(d, p)
		return
	}
	t.waiting = append(t.waiting, tapped{d, p})
	t.more.Wake()
}

// stop ends the tap. What waits goes on unseen.
func (t *Tap) stop() {
	if t.ended {
		return
	}
	t.ended = true
	for _, d := range t.dirs {
		t.link.SetTap(d, nil)
	}
	for _, w := range t.waiting {
		t.link.Send(w.dir, w.p)
	}
	t.waiting = nil
	t.more.Wake()
}

// run is the tap's task.
func (t *Tap) run(c *bind.Call) bind.Out {
	defer t.stop() // an error of the function must not keep packets for ever
	s := process.Of(c).Sched()
	for !t.ended {
		if len(t.waiting) == 0 {
			s.Wait(sim.Wait{Call: "tap", On: t.link}, time.Time{}, &t.more)
			continue
		}
		w := t.waiting[0]
		t.waiting = t.waiting[1:]
		t.seen++
		t.show(c, w)
	}
	return c.Results(0)
}

// show calls the function with one packet and does what it says. If it raises, the packet goes on as it was.
func (t *Tap) show(c *bind.Call, w tapped) {
	returned := false
	defer func() {
		if !returned {
			t.link.Send(w.dir, w.p)
		}
	}()
	L := c.L
	top := L.GetTop()
	L.Push(t.fn)
	L.Push(packetTable(c, w.dir, w.p))
	L.Call(1, lua.MultRet)
	var out []tapped
	for i := top + 1; i <= L.GetTop(); i++ {
		switch v := L.Get(i).(type) {
		case *lua.LTable:
			out = append(out, readPacket(c, v, w))
		case lua.LBool:
			if v {
				out = append(out, w)
			}
		case *lua.LNilType:
			out = append(out, w)
		default:
			c.Raise("want the function to return a packet's table, true, false or nothing, got %s", c.Describe(v))
		}
	}
	if L.GetTop() == top {
		out = append(out, w)
	}
	L.SetTop(top)
	if len(out) == 0 {
		t.link.Swallow(w.dir, w.p)
	}
	for _, o := range out {
		if err := t.link.Send(o.dir, o.p); err != nil {
			c.Raise("%s", strings.TrimPrefix(err.Error(), "vnet: "))
		}
		returned = true
	}
	returned = true
}
