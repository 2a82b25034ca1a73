package lua51

import (
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/lua51/compile"
	"github.com/moonwire-lab/moonwire/bindings/lua51/syntax"
)

// A SyntaxError is why Load refused a chunk.
type SyntaxError = syntax.Error

// Load compiles a chunk of source. The chunk's name is what messages show, after a leading "@" or "=" as
// Lua uses them for files and other names. The error is a *SyntaxError, or why the process must end.
func Load(L *lua.LState, source, chunkname string) (*lua.LFunction, error) {
	m := mustContext(L).machine
	name := chunkname
	if strings.HasPrefix(name, "@") || strings.HasPrefix(name, "=") {
		name = name[1:]
	}
	if limit := m.options.maxSource(); len(source) > limit {
		return nil, &SyntaxError{Chunk: name, Line: 1, Msg: fmt.Sprintf("chunk is longer than %d bytes", limit)}
	}
	if strings.HasPrefix(source, lua51Signature) {
		return nil, &SyntaxError{Chunk: name, Line: 1, Msg: "precompiled chunks are not accepted"}
	}
	if strings.HasPrefix(source, "\xff\xfe") || strings.HasPrefix(source, "\xfe\xff") {
		return nil, &SyntaxError{Chunk: name, Line: 1, Msg: "this is text in UTF-16, which Lua does not read: save it as UTF-8"}
	}
	proto, err := compile.Compile(source, compile.Options{Chunk: name, Number: numeral, Intrinsics: m.intrinsics()})
	if err != nil {
		t := mustContext(L)
		t.meter.take(t, refusedUnits*int64(len(source)+32))
		return nil, err
	}
	return admit(L, source, proto)
}

// admit takes the fuel for what was compiled and makes it a function.
func admit(L *lua.LState, source string, proto *lua.FunctionProto) (*lua.LFunction, error) {
	t := mustContext(L)
	t.meter.take(t, int64(len(source))+compileUnits(proto))
	if err := t.Err(); err != nil {
		return nil, err
	}
	return L.NewFunctionFromProto(proto), nil
}

// refusedUnits is the fuel that a byte of a chunk costs that does not compile, 0.2 µs, and a chunk as much as 32 bytes.
const refusedUnits = 8

// compileUnits is the fuel that compiling a function took: about 1 µs for an instruction and 20 for the
// rest, and what comparing each name with each other takes.
func compileUnits(proto *lua.FunctionProto) int64 {
	names := min(len(proto.Constants), 512)
	units := int64(1000 + 20*len(proto.Code) + names*names/8)
	for _, inner := range proto.FunctionPrototypes {
		units += compileUnits(inner)
	}
	return units
}

// lua51Signature begins what string.dump of lua5.1 returns.
const lua51Signature = "\x1bLua"

func numeral(text string) (float64, bool) {
	n, ok := ParseNumber(text)
	return float64(n), ok
}
