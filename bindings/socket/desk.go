package socket

import (
	"math"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A desk is what the module keeps for one Lua state.
type desk struct {
	process *process.Process
	sockets map[place]stack.Socket // the open ones by descriptor
	spare   [][]byte               // input buffers that no socket needs now
	scratch []byte                 // what is on its way to or from the network within one call
	fault   *lua.LTable            // the metatable of errors that try raises
	clock   clock
}

// A place is where a descriptor counts: each host numbers its own.
type place struct {
	stack *stack.Stack
	fd    int
}

// deskKey names the desk in the registry, which no script can reach.
const deskKey = "moonwire.socket"

func deskOf(c *bind.Call) *desk {
	registry := c.L.G.Registry
	if ud, ok := registry.RawGetString(deskKey).(*lua.LUserData); ok {
		return ud.Value.(*desk)
	}
	d := &desk{process: process.Of(c), sockets: map[place]stack.Socket{}}
	d.fault = c.L.CreateTable(0, 1)
	d.fault.RawSetString("__metatable", lua.LFalse)
	registry.RawSetString(deskKey, &lua.LUserData{Value: d, Metatable: lua.LNil})
	return d
}

// note records an open socket under its descriptor.
func (d *desk) note(st *stack.Stack, s stack.Socket) { d.sockets[place{st, s.FD()}] = s }

func (d *desk) forget(st *stack.Stack, s stack.Socket) {
	key := place{st, s.FD()}
	if d.sockets[key] == s {
		delete(d.sockets, key)
	}
}

// room returns n bytes of scratch space for the length of one call.
func (d *desk) room(n int) []byte {
	if len(d.scratch) < n {
		d.scratch = make([]byte, n)
	}
	return d.scratch[:n]
}

// take returns an input buffer; give takes it back.
func (d *desk) take() []byte {
	if last := len(d.spare) - 1; last >= 0 {
		b := d.spare[last]
		d.spare = d.spare[:last]
		return b
	}
	return make([]byte, stepSize)
}

func (d *desk) give(b []byte) {
	if len(d.spare) < 16 {
		d.spare = append(d.spare, b)
	}
}

// pollCost is the virtual time that a call takes that looks for something, does not find it and may not wait. Without it
// a script that asks again and again would stop the virtual clock, and so what it asks for would never come.
const pollCost = time.Microsecond

// pause lets the others run, and on the virtual clock a moment pass, in a call that must not wait.
func pause(s *sim.Scheduler) {
	if s.Virtual() {
		s.Sleep(pollCost)
	} else {
		s.Sleep(0)
	}
}

// A clock notices scripts that wait by asking for the time.
type clock struct {
	last  time.Time
	times int
}

// patientReads is how often the time may be read at one instant before reading it takes time.
const patientReads = 100

// read returns the time. A script that reads the virtual clock in a loop until it shows more would loop for ever, so after
// patientReads at one instant each further one takes pollCost.
func (c *clock) read(s *sim.Scheduler) time.Time {
	now := s.Now()
	if !s.Virtual() {
		return now
	}
	if !now.Equal(c.last) {
		c.last, c.times = now, 0
		return now
	}
	if c.times++; c.times > patientReads {
		s.Sleep(pollCost)
		now = s.Now()
	}
	return now
}

func seconds(t time.Time) float64 { return float64(t.UnixNano()) / 1e9 }

// duration converts seconds; what is too long for a Duration, or no number, is the longest.
func duration(s float64) time.Duration {
	if s = s * 1e9; s < math.MaxInt64 {
		return time.Duration(max(s, 0))
	}
	return math.MaxInt64
}
