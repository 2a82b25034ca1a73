package host

import (
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/bindings/task"
	"github.com/moonwire-lab/moonwire/engine"
)

func (h *Host) crash(c *bind.Call, _ bind.None) error {
	if h.V != nil && h.V.Down() {
		c.Raise("%s is down already: it crashed and was not restarted", h.Name)
	}
	return h.Crash()
}

func (h *Host) restart(c *bind.Call, _ bind.None) error {
	if h.V == nil {
		return engine.ErrNoTopology
	}
	if !h.V.Down() {
		c.Raise("%s is running: only a host that crashed can be restarted", h.Name)
	}
	h.V.Restart()
	return nil
}

func (h *Host) isUp(*bind.Call, bind.None) (bool, error) { return h.V == nil || !h.V.Down(), nil }

type onBootArgs struct {
	What lua.LValue   `doc:"path of a script to run as a process, or a function to run as a task on the host" type:"string|function"`
	Args []lua.LValue `doc:"its arguments" rest:"true"`
}

// bootUnits is the fuel that remembering a program for a host's next boot costs.
const bootUnits = 200

// onBoot starts a program now, if the host is up, and after each restart for as long as the calling process lives.
func (h *Host) onBoot(c *bind.Call, a onBootArgs) error {
	if h.V == nil {
		return engine.ErrNoTopology
	}
	p := process.Of(c)
	var start func(L *lua.LState) error
	switch what := a.What.(type) {
	case *lua.LFunction:
		start = func(L *lua.LState) error {
			if limit := p.MayStart(); limit != nil {
				p.Exceed(L, limit)
				return limit
			}
			task.Start(p, p.L, p.On(h.Host), what, a.Args)
			return nil
		}
	case lua.LString:
		args := scriptArgs(c, a.Args)
		start = func(L *lua.LState) error {
			_, err := startProcess(p, L, h.Host, string(what), args)
			return err
		}
	default:
		c.Misuse("what", "want a script's path or a function, got %s", c.Describe(a.What))
	}
	c.Charge(bootUnits)
	if !h.V.Down() {
		if err := start(c.L); err != nil {
			return err
		}
	}
	h.V.OnBoot(func() {
		if p.Ended() {
			return
		}
		if err := start(nil); err != nil && p.Meter.Stopped() == nil {
			fmt.Fprintf(p.Stderr, "%s: at boot: %v\n", h.Name, err)
		}
	})
	return nil
}
