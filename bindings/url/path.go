package url

import (
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
)

type pathArgs struct {
	Path lua.LValue `doc:"the path" default:"nil" type:"string"`
}

func parsePath(c *bind.Call, a pathArgs) bind.Out {
	out := c.L.NewTable()
	if !lua.LVAsBool(a.Path) {
		return c.Return(out)
	}
	whole := text(c, a.Path)
	for segment := range strings.SplitSeq(whole, "/") {
		if segment != "" {
			out.Append(lua.LString(unescape(segment)))
		}
	}
	if strings.HasPrefix(whole, "/") {
		out.RawSetString("is_absolute", lua.LNumber(1))
	}
	if strings.HasSuffix(whole, "/") {
		out.RawSetString("is_directory", lua.LNumber(1))
	}
	return c.Return(out)
}

type buildPathArgs struct {
	Segments lua.LValue `doc:"a list of segments, with is_absolute and is_directory" default:"nil" type:"table"`
	Unsafe   lua.LValue `doc:"whether to leave the segments as they are instead of escaping them" default:"nil" type:"boolean"`
}

// segmentUnits is the fuel that a segment of a path costs beside its bytes.
const segmentUnits = 8

func buildPath(c *bind.Call, a buildPathArgs) bind.Out {
	table := tableOf(c, a.Segments, "attempt to get length of local 'parsed' (a %s value)")
	if table == nil {
		c.L.RaiseError("attempt to get length of local 'parsed' (a %s value)", c.Describe(a.Segments))
	}
	segments, size := make([]string, table.Len()), 0
	for i := range segments {
		c.Charge(segmentUnits)
		segment := table.RawGetInt(i + 1)
		if lua.LVAsBool(a.Unsafe) {
			segments[i] = partText(c, "?", segment)
		} else {
			segments[i] = escapeSegment(text(c, segment))
		}
		if size += len(segments[i]) + 1; size > lua51.MaxString {
			c.L.RaiseError("resulting string too large")
		}
	}
	whole := strings.Join(segments, "/")
	if len(segments) > 0 && lua.LVAsBool(table.RawGetString("is_directory")) {
		whole += "/"
	}
	if lua.LVAsBool(table.RawGetString("is_absolute")) {
		whole = "/" + whole
	}
	return c.Return(whole)
}
