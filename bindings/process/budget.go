package process

import (
	"fmt"
	"io"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/sim"
)

// A population counts the processes of one world: those that run, and those that were ever started.
type population struct{ alive, started int64 }

// enter counts one more process, or returns the limit in its way.
func (n *population) enter(l Limits) error {
	if most := l.Processes; most > 0 && n.alive >= most {
		return exceeded("processes", most, "the world has %d processes already, as many as it may", most)
	}
	if most := l.Starts; most > 0 && n.started >= most {
		return exceeded("starts", most, "the world has started %d processes in all, as many as it may (does each start another?)", most)
	}
	n.alive++
	n.started++
	return nil
}

// Exceed ends the process because of a limit. L, where a task of the process runs, then raises; outside of its tasks L is nil.
func (p *Process) Exceed(L *lua.LState, limit *lua51.LimitError) {
	if L == nil {
		if !p.ended {
			p.Meter.Stop(limit)
			p.fail(p.main, limit)
		}
		return
	}
	p.Meter.Stop(limit)
	lua51.Check(L)
}

// Bound gives the world the limits that are its own.
func Bound(w *engine.World, l Limits) {
	w.FileBytes, w.Full = l.Files, func(h *engine.Host) { full(h, l.Files) }
	if w.Net != nil {
		w.Net.MaxHosts, w.Net.MaxPackets = l.Hosts, l.Packets
	}
}

// full ends the process whose task runs because the files of its host take as much as they may.
func full(h *engine.Host, most int64) {
	if p := running(h.World.Sched); p != nil {
		p.Meter.Stop(exceeded("files", most, "the files written on %s take %s, as much as they may", h.Name, lua51.Bytes(most)))
	}
}

// running returns the process whose Lua code runs, or nil.
func running(s *sim.Scheduler) *Process {
	if t := s.Current(); t != nil {
		if lt, ok := t.Runtime.(*luaTask); ok {
			return lt.p
		}
	}
	return nil
}

// tooManySockets ends the process. If the caller is Lua code it raises when the call is back.
func (p *Process) tooManySockets() {
	most := p.opt.Limits.Sockets
	limit := exceeded("sockets", most, "the script has %d sockets open at a time, as many as it may (are they closed?)", most)
	if running(p.Sched()) == p {
		p.Meter.Stop(limit)
	} else {
		p.Exceed(nil, limit)
	}
}

// MayStart returns the limit that stands against one more task or timer, or nil.
func (p *Process) MayStart() *lua51.LimitError {
	most, n := p.opt.Limits.Tasks, 0
	for _, at := range p.places {
		n += at.Stack.Group().Len() + len(at.timers)
	}
	if most <= 0 || int64(n) < most {
		return nil
	}
	return exceeded("tasks", most, "the script has %d tasks and timers at a time, as many as it may", most)
}

// A tap is a standard stream of the process that counts what goes through it.
type tap struct {
	p *Process
	w io.Writer
}

// Write passes b on as far as the limit allows. What is too much stops the process's meter: the caller's next instruction raises.
func (t *tap) Write(b []byte) (int, error) {
	most := t.p.opt.Limits.Output
	if most > 0 && t.p.written+int64(len(b)) > most {
		n, err := t.w.Write(b[:most-t.p.written])
		t.p.written = most
		if err == nil {
			t.p.Meter.Stop(exceeded("output", most, "the script has written %s, as much as it may", lua51.Bytes(most)))
			err = errTooMuchOutput
		}
		return n, err
	}
	n, err := t.w.Write(b)
	t.p.written += int64(n)
	return n, err
}

var errTooMuchOutput = fmt.Errorf("too much output")

// Held implements lua51.Holder: what the process keeps outside of its Lua state.
func (p *Process) Held(see func(lua.LValue), weigh func(int64)) {
	see(p.loaded)
	for name, source := range p.sources {
		weigh(int64(len(name) + len(source) + 64))
	}
	for _, at := range p.places {
		for timer := range at.timers {
			if h, ok := timer.Event.(lua51.Holder); ok {
				h.Held(see, weigh)
			}
		}
	}
}
