// Package lua51 is Lua 5.1 as its manual describes it, on the gopher-lua VM: a compiler of its own in
// place of gopher-lua's, a fuel meter, and the base, string, table, math and coroutine libraries. It opens
// nothing that reaches the machine.
package lua51

import (
	"io"
	"sync"

	lua "github.com/yuin/gopher-lua"
)

// Options say what a new state may use. The zero value prints nowhere and has no fuel limit.
type Options struct {
	Stdout    io.Writer // where print writes; nil discards. When it stops the meter, print raises
	Seed      uint64    // of math.random; the same seed gives the same numbers
	Meter     *Meter    // nil: a meter without a limit
	MaxSource int       // bytes of one chunk of source; 0 means 128 KiB
	MaxDepth  int       // calls nested in one another; 0, and more than 20,000, means 20,000
}

// defaultMaxSource bounds the time and memory that compiling a chunk takes.
const defaultMaxSource = 128 << 10

func (o Options) maxSource() int {
	if o.MaxSource > 0 {
		return o.MaxSource
	}
	return defaultMaxSource
}

func (o Options) maxDepth() int {
	if o.MaxDepth > 0 {
		return min(o.MaxDepth, mainFrames)
	}
	return mainFrames
}

// internalChunk names the chunk of Lua functions that pass for functions written in C.
const internalChunk = "[G]"

// maxArrayIndex bounds what a single assignment such as t[4000000] = 1 can allocate: 64 MB.
const maxArrayIndex = 4 << 20

var prepare = sync.OnceFunc(func() {
	lua.MaxArrayIndex = maxArrayIndex
	layoutChecked()
})

// NewState returns a Lua state with the libraries open. Close it with its own Close method.
func NewState(options Options) *lua.LState {
	prepare()
	L := lua.NewState(lua.Options{
		CallStackSize: 8, RegistrySize: 128, RegistryMaxSize: maxRegistrySlots, RegistryGrowStep: registryGrowth,
		SkipOpenLibs: true, MinimizeStackMemory: true,
	})
	m := &machine{
		natives: nativesOf(), main: L, options: options, meter: options.Meter,
		addresses: map[any]uint64{}, sweepAt: 1024, holders: map[Holder]bool{}, tasks: map[*task]bool{}, sources: map[string]string{}, proxies: map[*lua.LTable]bool{},
	}
	if m.meter == nil {
		m.meter = NewMeter(0)
	}
	L.G.MainThread, L.G.CurrentThread = L, L
	L.Panic = throw
	m.strings = m.open(L)
	m.random.seed(options.Seed)
	m.template = newStack(L, 1, 0)
	owner := &task{thread: L}
	(&threadContext{meter: m.meter, task: owner, machine: m, thread: L, role: roleAnchor}).enter(L)
	return L
}
