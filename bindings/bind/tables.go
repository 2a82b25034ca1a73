package bind

import (
	"fmt"
	"iter"
	"reflect"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// sliceKind reads a Lua array. The tag's min and max bound the elements.
func (b *builder) sliceKind(t reflect.Type, tag reflect.StructTag, where string) *kind {
	elem := b.kind(t.Elem(), tag, where)
	k := &kind{lua: annotate(elem.lua) + "[]", expected: "table"}
	k.want = "an array, each element " + elem.want
	k.decode = func(c *Call, v reflect.Value, lv lua.LValue) *fault {
		tb, ok := lv.(*lua.LTable)
		if !ok {
			return k.refuse(c, lv)
		}
		n := tb.Len()
		c.Charge(2 * n)
		if flt := onlyArray(tb, n, k.want); flt != nil {
			return flt
		}
		out := reflect.MakeSlice(v.Type(), n, n)
		for i := 1; i <= n; i++ {
			if flt := elem.decode(c, out.Index(i-1), tb.RawGetInt(i)); flt != nil {
				return flt.under(fmt.Sprintf("[%d]", i))
			}
		}
		v.Set(out)
		return nil
	}
	return k
}

// onlyArray refuses a table with keys beside 1 … n.
func onlyArray(tb *lua.LTable, n int, want string) *fault {
	for key := range Pairs(tb) {
		if i, ok := key.(lua.LNumber); ok && i >= 1 && int(i) <= n && float64(i) == float64(int(i)) {
			continue
		}
		text := key.String()
		if s, ok := key.(lua.LString); ok {
			text = quote(string(s))
		}
		return &fault{want: want, got: "a table with the key " + text}
	}
	return nil
}

// mapKind reads a Lua table with text keys.
func (b *builder) mapKind(t reflect.Type, tag reflect.StructTag, where string) *kind {
	elem := b.kind(t.Elem(), tag, where)
	k := &kind{lua: "table<string, " + elem.lua + ">", expected: "table"}
	k.want = "a table with text keys, each value " + elem.want
	k.decode = func(c *Call, v reflect.Value, lv lua.LValue) *fault {
		tb, ok := lv.(*lua.LTable)
		if !ok {
			return k.refuse(c, lv)
		}
		out := reflect.MakeMap(v.Type())
		for key, value := range Pairs(tb) {
			c.Charge(2)
			name, ok := key.(lua.LString)
			if !ok {
				return &fault{want: k.want, got: "a table with the key " + key.String()}
			}
			slot := reflect.New(v.Type().Elem()).Elem()
			if flt := elem.decode(c, slot, value); flt != nil {
				return flt.under("." + shorten(string(name)))
			}
			out.SetMapIndex(reflect.ValueOf(string(name)).Convert(v.Type().Key()), slot)
		}
		v.Set(out)
		return nil
	}
	return k
}

// An optionTable is an options struct ready to be read from a Lua table.
type optionTable struct {
	fields []param
	byName map[string]int
	names  []string
}

// structKind reads an options table. where ends in the name of the parameter that holds it.
func (b *builder) structKind(t reflect.Type, where string) *kind {
	if b.depth > 4 {
		fail("%s: options are nested too deeply", where)
	}
	outer := b.inOptions
	b.inOptions = true
	b.depth++
	fields := b.params(t, where)
	b.depth--
	b.inOptions = outer
	table := &optionTable{fields: fields, byName: map[string]int{}}
	for i, f := range fields {
		if f.Rest {
			fail("%s: an options table cannot have a rest field", where)
		}
		table.byName[f.Name] = i
		table.names = append(table.names, f.Name)
	}
	name := strings.ReplaceAll(strings.ReplaceAll(where, ": parameter '", "."), "'", "")
	k := &kind{lua: strings.ReplaceAll(name, ":", "."), want: "a table", expected: "table", table: table}
	k.options = &Options{Name: k.lua, Fields: metadata(fields)}
	k.decode = func(c *Call, v reflect.Value, lv lua.LValue) *fault {
		tb, ok := lv.(*lua.LTable)
		if !ok {
			return k.refuse(c, lv)
		}
		if flt := table.unknown(tb); flt != nil {
			return flt
		}
		for i := range fields {
			f := &fields[i]
			if flt := f.take(c, v, tb.RawGetString(f.Name), false); flt != nil {
				return flt.option(f.Name)
			}
		}
		return nil
	}
	return k
}

// fill gives every field of v the value it has when it is left out.
func (t *optionTable) fill(v reflect.Value) {
	for _, f := range t.fields {
		if f.absent.IsValid() {
			v.FieldByIndex(f.index).Set(f.absent)
		}
	}
}

// unknown reports the first key of tb that is not an option.
func (t *optionTable) unknown(tb *lua.LTable) *fault {
	for key := range Pairs(tb) {
		name, ok := key.(lua.LString)
		if !ok {
			return &fault{text: "unknown option [" + key.String() + "]; options are written as name = value", whole: true}
		}
		if _, known := t.byName[string(name)]; known {
			continue
		}
		hint := didYouMean(string(name), t.names)
		if hint == "" {
			hint = "; the options are " + strings.Join(t.names, ", ")
		}
		return &fault{text: "unknown option '" + shorten(string(name)) + "'", hint: hint, whole: true}
	}
	return nil
}

// Pairs ranges over a table as Lua's pairs does: array part first, then the other keys in the order
// they were first set. (LTable.ForEach follows Go's map order, which differs from run to run.)
func Pairs(tb *lua.LTable) iter.Seq2[lua.LValue, lua.LValue] {
	return func(yield func(lua.LValue, lua.LValue) bool) {
		for key, value := tb.Next(lua.LNil); key != lua.LNil; key, value = tb.Next(key) {
			if !yield(key, value) {
				return
			}
		}
	}
}

// annotate puts a union type in parentheses so that [] applies to all of it.
func annotate(typ string) string {
	if strings.Contains(typ, "|") {
		return "(" + typ + ")"
	}
	return typ
}
