package lua51

import (
	"sync"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/lua51/compile"
)

// Code keeps what was compiled once for other states that load the same source, as when a script runs in one world after another. The
// zero Code is empty and ready; its methods may be called from any goroutine.
type Code struct {
	mu    sync.Mutex
	kept  map[codeKey]kept
	bytes int
}

type codeKey struct{ chunk, source string }

// A kept chunk, and the functions of the state that it was compiled for.
type kept struct {
	proto *lua.FunctionProto
	of    compile.Intrinsics
}

// mostCode is how many bytes of source are kept.
const mostCode = 4 << 20

// Load is the function Load with what is kept. It costs a script the same fuel.
func (k *Code) Load(L *lua.LState, source, chunkname string) (*lua.LFunction, error) {
	m := mustContext(L).machine
	key := codeKey{chunkname, source}
	k.mu.Lock()
	found, ok := k.kept[key]
	k.mu.Unlock()
	if ok && len(source) <= m.options.maxSource() {
		return admit(L, source, rebind(found.proto, found.of, m.intrinsics()))
	}
	fn, err := Load(L, source, chunkname)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.bytes += len(source); k.kept == nil || k.bytes > mostCode {
		k.kept, k.bytes = map[codeKey]kept{}, len(source)
	}
	k.kept[key] = kept{fn.Proto, m.intrinsics()}
	return fn, nil
}

// rebind returns code that calls the functions of another state. What calls none of them is shared: nothing changes code that runs.
func rebind(p *lua.FunctionProto, from, to compile.Intrinsics) *lua.FunctionProto {
	changed := *p
	own := false
	for i, c := range p.Constants {
		fn, ok := c.(*lua.LFunction)
		if !ok {
			continue
		}
		if !own {
			changed.Constants = append([]lua.LValue(nil), p.Constants...)
			own = true
		}
		if fn == from.Concat {
			changed.Constants[i] = to.Concat
		} else {
			changed.Constants[i] = to.Clear
		}
	}
	copied := false
	for i, inner := range p.FunctionPrototypes {
		other := rebind(inner, from, to)
		if other == inner {
			continue
		}
		if !copied {
			changed.FunctionPrototypes = append([]*lua.FunctionProto(nil), p.FunctionPrototypes...)
			copied = true
		}
		changed.FunctionPrototypes[i] = other
	}
	if !own && !copied {
		return p
	}
	return &changed
}
