package lua51

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"
)

func Load(L *lua.LState, source, chunkname string) (*lua.LFunction, error) {
	if strings.HasPrefix(source, "#") {
		source = "--" + source
	}
	name := strings.TrimLeft(chunkname, "@=")
	chunk, err := parse.Parse(strings.NewReader(source), name)
	if err != nil {
		return nil, err
	}
	proto, err := lua.Compile(chunk, name)
	if err != nil {
		return nil, err
	}
	return L.NewFunctionFromProto(proto), nil
}
