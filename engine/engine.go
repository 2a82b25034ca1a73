// Package engine builds a world, a scheduler with a network on it, and runs it. It knows no Lua and no terminal.
//
// A world has either a virtual internet, to which hosts are added by name, or the machine's own network as its
// only host. On each host run processes: groups of tasks with sockets of their own.
package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine/osnet"
	"github.com/moonwire-lab/moonwire/engine/pki"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// Options describe a world. The zero value is a virtual internet in virtual time with seed 0.
type Options struct {
	Seed      uint64
	Real      bool          // use the machine's network instead of a virtual internet
	Allow     *osnet.Allow  // what the machine's network may be used for; nil denies everything
	Realtime  bool          // run a virtual internet on the wall clock
	TimeLimit time.Duration // on the world's clock; 0 means none
	Hash      bool          // hash every packet of a virtual internet, see World.Hash
	Files     fs.FS         // what every host finds at / of its file system, read-only, as any fs.FS has it; nil for nothing
}

// A World is a scheduler, a network and its hosts.
type World struct {
	Sched *sim.Scheduler
	Net   *vnet.Network // nil on the machine's network
	Watch stack.Watch   // of what all processes do with their sockets

	// FileBytes bounds what the files that processes write take on each host, in bytes; 0 means no bound. A write beyond it
	// fails with stack.ErrNoSpace, after Full, if set, has been called.
	FileBytes int64
	Full      func(*Host)

	authority *pki.Authority // or nil before it was asked for
	trace     *vnet.Trace
	files     fs.FS
	hosts     []*Host
	byVNet    map[*vnet.Host]*Host
	machine   *Host
}

// A Host is a place for processes: a host of the virtual internet or the machine.
type Host struct {
	Name    string
	Network stack.Network
	V       *vnet.Host // nil for the machine
	FS      afero.Fs   // its file system, in memory over the world's files
	Written afero.Fs   // the part of it that is in memory: what was written in this run
	Group   *sim.Group // of all its tasks
	World   *World
	Disk    int64 // bounds what the files in Written take, in bytes, beside World.FileBytes; 0 means no bound

	processes int
	onCrash   []*func()
	fileBytes int64
	shared    map[string]any // see Shared
	names     *names         // nil as long as the host has the network's own names
}

// LocalName is the name of the host that a script run alone sits on.
const LocalName = "localhost"

// New returns a world without hosts, or, on the machine's network, with the machine alone.
func New(o Options) (*World, error) {
	w := &World{
		Sched:  sim.New(sim.Options{Seed: o.Seed, Wall: o.Real || o.Realtime, TimeLimit: o.TimeLimit}),
		files:  Rooted(o.Files),
		byVNet: map[*vnet.Host]*Host{},
	}
	if !o.Real {
		w.Net = vnet.New(w.Sched)
		if o.Hash {
			w.trace = w.Net.Hash()
		}
		return w, nil
	}
	machine, err := osnet.New(w.Sched, o.Allow)
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	w.machine = &Host{Name: machine.HostName(), Network: machine, Group: w.Sched.Root().NewGroup(machine.HostName()), World: w}
	w.machine.giveFS()
	w.hosts = append(w.hosts, w.machine)
	return w, nil
}

// ErrNoTopology is returned where a world on the machine's network is asked for virtual hosts.
var ErrNoTopology = errors.New("engine: the machine's network has no hosts to add; run with --net virtual")

// Local returns the host a script run alone sits on: the machine, or the virtual host LocalName, added when first asked for.
func (w *World) Local() (*Host, error) {
	if w.machine != nil {
		return w.machine, nil
	}
	if h := w.Find(LocalName); h != nil {
		return h, nil
	}
	return w.AddHost(LocalName)
}

// AddHost adds a host to the virtual internet. Names are as vnet.Network.Host takes them.
func (w *World) AddHost(name string) (*Host, error) {
	if w.Net == nil {
		return nil, ErrNoTopology
	}
	v, err := w.Net.Host(name)
	if err != nil {
		return nil, err
	}
	return w.Adopt(v), nil
}

// Adopt makes a host or router that exists in w.Net a place for processes.
func (w *World) Adopt(v *vnet.Host) *Host {
	if h := w.byVNet[v]; h != nil {
		return h
	}
	h := &Host{Name: v.HostName(), Network: v, V: v, Group: v.Group(), World: w}
	h.giveFS()
	w.hosts = append(w.hosts, h)
	w.byVNet[v] = h
	return h
}

// Find returns the host of that name, or nil. Case does not matter.
func (w *World) Find(name string) *Host {
	if w.Net == nil {
		return nil
	}
	if v, ok := w.Net.Lookup(name).(*vnet.Host); ok {
		return w.Adopt(v)
	}
	return nil
}

// Hosts returns the hosts in the order in which they were added.
func (w *World) Hosts() []*Host { return w.hosts }

// Hash returns a hash of every packet so far, with its place and virtual time, if Options.Hash asked for one; else "". Two runs with
// the same hash were the same.
func (w *World) Hash() string {
	if w.trace == nil {
		return ""
	}
	return w.trace.Sum()
}

// Authority returns the certificate authority of the world. In a virtual one its keys follow from the seed; on the machine's network, where
// others may know the seed, they are of this run only.
func (w *World) Authority() (*pki.Authority, error) {
	if w.authority == nil {
		seed := w.Sched.Seed()
		if w.Net == nil {
			seed = osnet.Entropy()
		}
		a, err := pki.New(seed)
		if err != nil {
			return nil, err
		}
		w.authority = a
	}
	return w.authority, nil
}

// NewStack returns the stack of a new process on the host, in a group of its own.
func (h *Host) NewStack(process string) *stack.Stack {
	h.processes++
	g := h.Group.NewGroup(fmt.Sprintf("%s[%d]", process, h.processes))
	s := stack.New(h.World.Sched, g, h.Network, g.Name())
	s.WatchedBy(&h.World.Watch)
	return s
}

// Close ends every task of the world.
func (w *World) Close() { w.Sched.Close() }
