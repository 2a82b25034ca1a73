package json

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	lua "github.com/yuin/gopher-lua"
)

type encodeArgs struct {
	Value   lua.LValue `doc:"what to write"`
	Options struct {
		Indent int  `doc:"spaces for each level; 0 writes one line" default:"0" min:"0" max:"8"`
		Sorted bool `doc:"sort object keys; false keeps the order of pairs" default:"true"`
	} `doc:"how to write it"`
}

func encode(c *bind.Call, a encodeArgs) (string, error) {
	e := &encoder{call: c, indent: a.Options.Indent, sorted: a.Options.Sorted}
	if err := e.value(a.Value, 0); err != nil {
		err.Where = e.where()
		return "", err
	}
	return string(e.out), nil
}

// An encoder writes one value.
type encoder struct {
	call   *bind.Call
	out    []byte
	indent int
	sorted bool
	path   []step        // to the value being written, for messages
	inside []*lua.LTable // the tables being written, to find a cycle
}

// A step goes from a table to one of its values.
type step struct {
	index int // in an array
	key   string
}

func (e *encoder) where() string {
	var path string
	for _, s := range e.path {
		if s.index > 0 {
			path += "[" + strconv.Itoa(s.index) + "]"
		} else {
			path += "." + s.key
		}
	}
	if len(path) > 80 {
		path = path[:80] + "…"
	}
	return path
}

func refuse(format string, args ...any) *Error {
	return &Error{Kind: "value", Text: fmt.Sprintf(format, args...)}
}

func (e *encoder) value(lv lua.LValue, depth int) *Error {
	if len(e.out) > maxOutput {
		return &Error{Kind: "size", Text: fmt.Sprintf("the text is longer than %d bytes", maxOutput)}
	}
	switch v := lv.(type) {
	case *lua.LNilType:
		e.out = append(e.out, "null"...)
	case lua.LBool:
		e.out = strconv.AppendBool(e.out, bool(v))
	case lua.LNumber:
		return e.number(float64(v))
	case lua.LString:
		return e.text(string(v))
	case *lua.LTable:
		return e.table(v, depth)
	case *lua.LUserData:
		if _, ok := v.Value.(*null); !ok {
			return refuse("a userdata has no counterpart in JSON")
		}
		e.out = append(e.out, "null"...)
	default:
		return refuse("a %s has no counterpart in JSON", lv.Type())
	}
	return nil
}

func (e *encoder) number(n float64) *Error {
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return refuse("JSON has no number for nan and infinity")
	}
	if n == math.Trunc(n) && math.Abs(n) < 1<<53 {
		e.out = strconv.AppendFloat(e.out, n, 'f', 0, 64)
	} else {
		e.out = strconv.AppendFloat(e.out, n, 'g', -1, 64)
	}
	return nil
}

func (e *encoder) text(s string) *Error {
	if !utf8.ValidString(s) {
		return refuse("text is not UTF-8; encode bytes first, for example with mime.b64")
	}
	e.call.Charge(len(s) / 4)
	e.out = append(e.out, '"')
	for i := range len(s) {
		switch b := s[i]; {
		case b == '"' || b == '\\':
			e.out = append(e.out, '\\', b)
		case b == '\n':
			e.out = append(e.out, `\n`...)
		case b == '\r':
			e.out = append(e.out, `\r`...)
		case b == '\t':
			e.out = append(e.out, `\t`...)
		case b < 0x20 || b == 0x7f:
			e.out = fmt.Appendf(e.out, `\u%04x`, b)
		default:
			e.out = append(e.out, b)
		}
	}
	e.out = append(e.out, '"')
	return nil
}

func (e *encoder) table(t *lua.LTable, depth int) *Error {
	if slices.Contains(e.inside, t) {
		return refuse("the table contains itself")
	}
	if depth >= maxDepth {
		return tooDeep("")
	}
	e.inside = append(e.inside, t)
	pairs, isArray, err := e.members(t)
	switch {
	case err != nil:
	case isArray:
		err = e.list(t, len(pairs), depth)
	default:
		err = e.object(pairs, depth)
	}
	e.inside = e.inside[:len(e.inside)-1]
	return err
}

// A member is one key of a table with its value. text is the key as JSON has it.
type member struct {
	text  string
	value lua.LValue
}

// members reads t and decides what it is.
func (e *encoder) members(t *lua.LTable) (list []member, isArray bool, err *Error) {
	kind, numbers := markOf(t), 0
	for key, value := range bind.Pairs(t) {
		e.call.Charge(8)
		switch k := key.(type) {
		case lua.LString:
			list = append(list, member{string(k), value})
		case lua.LNumber:
			numbers++
			list = append(list, member{k.String(), value})
		default:
			return nil, false, refuse("a key is a %s, not text", key.Type())
		}
	}
	switch {
	case kind == "object" || numbers == 0 && kind != "array":
		if e.sorted {
			slices.SortFunc(list, func(a, b member) int { return cmp.Compare(a.text, b.text) })
		}
		return list, false, nil
	case numbers < len(list) && kind == "array":
		return nil, false, refuse("a table marked as an array has a text key")
	case numbers < len(list):
		return nil, false, refuse("a table has both text and number keys")
	}
	for i := 1; i <= numbers; i++ {
		if t.RawGetInt(i) == lua.LNil {
			return nil, false, refuse("an array of %d has no element %d; fill holes with json.null, or mark the table with json.object",
				numbers, i)
		}
	}
	return list, true, nil
}

func (e *encoder) list(t *lua.LTable, n, depth int) *Error {
	e.out = append(e.out, '[')
	for i := 1; i <= n; i++ {
		if i > 1 {
			e.out = append(e.out, ',')
		}
		e.newline(depth + 1)
		e.path = append(e.path, step{index: i})
		if err := e.value(t.RawGetInt(i), depth+1); err != nil {
			return err
		}
		e.path = e.path[:len(e.path)-1]
	}
	if n > 0 {
		e.newline(depth)
	}
	e.out = append(e.out, ']')
	return nil
}

func (e *encoder) object(members []member, depth int) *Error {
	e.out = append(e.out, '{')
	for i, m := range members {
		if i > 0 {
			e.out = append(e.out, ',')
		}
		e.newline(depth + 1)
		e.path = append(e.path, step{key: m.text})
		if err := e.text(m.text); err != nil {
			e.path = e.path[:len(e.path)-1]
			return refuse("a key is not UTF-8")
		}
		e.out = append(e.out, ':')
		if e.indent > 0 {
			e.out = append(e.out, ' ')
		}
		if err := e.value(m.value, depth+1); err != nil {
			return err
		}
		e.path = e.path[:len(e.path)-1]
	}
	if len(members) > 0 {
		e.newline(depth)
	}
	e.out = append(e.out, '}')
	return nil
}

func (e *encoder) newline(depth int) {
	if e.indent == 0 {
		return
	}
	e.out = append(e.out, '\n')
	for range depth * e.indent {
		e.out = append(e.out, ' ')
	}
}
