package lua51

import (
	"sync"

	lua "github.com/yuin/gopher-lua"
)

// Code keeps what was compiled once for other states that load the same source, as when a script runs in one world after another. The
// zero Code is empty and ready; its methods may be called from any goroutine.
type Code struct {
	mu    sync.Mutex
	kept  map[codeKey]*lua.FunctionProto
	bytes int
}

type codeKey struct{ chunk, source string }

// mostCode is how many bytes of source are kept. What was compiled takes some ten times as much.
const mostCode = 1 << 20

// Load is the function Load with what is kept: nothing changes code that runs. It costs a script the same fuel.
func (k *Code) Load(L *lua.LState, source, chunkname string) (*lua.LFunction, error) {
	m := mustContext(L).machine
	key := codeKey{chunkname, source}
	k.mu.Lock()
	found, ok := k.kept[key]
	k.mu.Unlock()
	if ok && len(source) <= m.options.maxSource() {
		return admit(L, source, found)
	}
	fn, err := Load(L, source, chunkname)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.bytes += len(source); k.kept == nil || k.bytes > mostCode {
		k.kept, k.bytes = map[codeKey]*lua.FunctionProto{}, len(source)
	}
	k.kept[key] = fn.Proto
	return fn, nil
}
