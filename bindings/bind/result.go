package bind

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// Tuple is embedded in a struct whose fields are the several results of a function, in order.
type Tuple struct{}

// Record describes a struct that functions give as a table.
type Record struct {
	Name   string
	Fields []Return
	typ    reflect.Type
}

// A resultEncoder pushes the results in v and returns how many there are.
type resultEncoder func(c *Call, v reflect.Value) int

var (
	typeTuple   = reflect.TypeFor[Tuple]()
	typeError   = reflect.TypeFor[error]()
	typeTime    = reflect.TypeFor[time.Time]()
	typeTexter  = reflect.TypeFor[encoding.TextMarshaler]()
	typeLNumber = reflect.TypeFor[lua.LNumber]()
)

// results makes the plan for a function's results and describes them.
func (b *builder) results(f *Func) {
	if f.result != nil {
		b.encoder(f)
	}
	for i := range f.returns {
		if f.returns[i].Type == "" {
			f.returns[i].Type = "any"
		}
	}
}

func (b *builder) encoder(f *Func) {
	t := f.result
	where := f.full + ": result"
	if t.Kind() == reflect.Struct && t.NumField() > 0 && t.Field(0).Type == typeTuple {
		b.tuple(f, where)
		return
	}
	if len(f.returns) == 0 {
		f.returns = []Return{{Name: "result"}}
	}
	if f.returns[0].Type == "" {
		f.returns[0].Type = b.luaType(t, where)
	}
	class := b.classes[t]
	switch {
	case class != nil:
		f.encode = func(c *Call, v reflect.Value) int {
			if v.IsNil() {
				c.L.Push(lua.LNil)
			} else {
				c.L.Push(c.env.wrap(class, v.Interface()))
			}
			return 1
		}
	case t.Kind() == reflect.String && !t.Implements(typeTexter):
		f.encode = func(c *Call, v reflect.Value) int { c.L.Push(lua.LString(v.String())); return 1 }
	default:
		f.encode = func(c *Call, v reflect.Value) int { c.L.Push(c.env.encode(v, 0)); return 1 }
	}
}

func (b *builder) tuple(f *Func, where string) {
	t := f.result
	var returns []Return
	for i := 1; i < t.NumField(); i++ {
		field := t.Field(i)
		name, doc := fieldName(field), field.Tag.Get("doc")
		if doc == "" || !field.IsExported() {
			fail("%s '%s' is not exported or has no doc", where, name)
		}
		returns = append(returns, Return{name, b.luaType(field.Type, where), doc})
	}
	f.returns = returns
	f.encode = func(c *Call, v reflect.Value) int {
		for i := 1; i < v.NumField(); i++ {
			c.L.Push(c.env.encode(v.Field(i), 0))
		}
		return v.NumField() - 1
	}
}

// parseReturns reads the pairs given to Returns.
func parseReturns(have []Return, pairs []string) []Return {
	if len(pairs)%2 != 0 {
		fail("Returns wants a doc after each name, got %q", pairs)
	}
	var list []Return
	for i := 0; i < len(pairs); i += 2 {
		name, typ, _ := strings.Cut(pairs[i], " ")
		if typ == "" && i/2 < len(have) {
			typ = have[i/2].Type
		}
		list = append(list, Return{name, typ, pairs[i+1]})
	}
	return list
}

// luaType names the Lua type that values of t become, and refuses types that become none.
func (b *builder) luaType(t reflect.Type, where string) string {
	if class := b.classes[t]; class != nil {
		return class.full
	}
	switch t {
	case typeTable:
		return "table"
	case typeFunction:
		return "function"
	case typeUserData:
		return "userdata"
	case typeThread:
		return "thread"
	case typeDuration, typeTime, typeLNumber:
		return "number"
	case typeError:
		return "string"
	case reflect.TypeFor[lua.LString]():
		return "string"
	case reflect.TypeFor[lua.LBool]():
		return "boolean"
	}
	if t.Kind() == reflect.Interface {
		return "any"
	}
	if t.Implements(typeTexter) {
		return "string"
	}
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Float32, reflect.Float64:
		return "number"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "integer"
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return "string"
		}
		return annotate(b.luaType(t.Elem(), where)) + "[]"
	case reflect.Map:
		if t.Key().Kind() == reflect.String {
			return "table<string, " + b.luaType(t.Elem(), where) + ">"
		}
	case reflect.Pointer:
		return b.luaType(t.Elem(), where) + "?"
	case reflect.Struct:
		return b.record(t, where).Name
	}
	fail("%s: values of type %s cannot be given to Lua", where, t)
	return ""
}

// record describes a struct result once.
func (b *builder) record(t reflect.Type, where string) *Record {
	if t.Name() == "" {
		fail("%s: a struct result needs a named type", where)
	}
	for _, r := range b.records {
		if r.typ == t {
			return r
		}
	}
	r := &Record{Name: b.module.full + "." + snake(t.Name()), typ: t}
	b.records = append(b.records, r)
	for _, field := range reflect.VisibleFields(t) {
		if field.Anonymous || !field.IsExported() {
			continue
		}
		r.Fields = append(r.Fields, Return{fieldName(field), b.luaType(field.Type, where+"."+fieldName(field)), field.Tag.Get("doc")})
	}
	return r
}

// value converts any Go value.
func (e *env) value(v any) lua.LValue {
	switch v := v.(type) {
	case nil:
		return lua.LNil
	case lua.LValue:
		return v
	case string:
		return lua.LString(v)
	case []byte:
		return lua.LString(v)
	case bool:
		return lua.LBool(v)
	case int:
		return lua.LNumber(v)
	case int64:
		return lua.LNumber(v)
	case float64:
		return lua.LNumber(v)
	case time.Duration:
		return lua.LNumber(v.Seconds())
	}
	return e.encode(reflect.ValueOf(v), 0)
}

type structField struct {
	name  string
	index []int
}

// maxDepth bounds how deep a result may be nested.
const maxDepth = 64

// encode converts a Go value to Lua.
func (e *env) encode(v reflect.Value, depth int) lua.LValue {
	if depth > maxDepth {
		panic(fmt.Sprintf("a result is nested more than %d deep", maxDepth))
	}
	t := v.Type()
	switch t.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			return lua.LNil
		}
		return e.encode(v.Elem(), depth)
	case reflect.Pointer:
		if v.IsNil() {
			return lua.LNil
		}
		if class := e.byType[t]; class != nil {
			return e.wrap(class, v.Interface())
		}
	}
	if lv, ok := e.special(v, t); ok {
		return lv
	}
	switch t.Kind() {
	case reflect.String:
		return lua.LString(v.String())
	case reflect.Bool:
		return lua.LBool(v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return lua.LNumber(v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return lua.LNumber(v.Uint())
	case reflect.Float32, reflect.Float64:
		return lua.LNumber(v.Float())
	case reflect.Pointer:
		return e.encode(v.Elem(), depth+1)
	case reflect.Slice, reflect.Array:
		return e.list(v, depth)
	case reflect.Map:
		return e.table(v, depth)
	case reflect.Struct:
		return e.structure(v, t, depth)
	}
	panic(fmt.Sprintf("a result of type %s cannot be given to Lua", t))
}

// special converts the types that have a meaning beyond their kind.
func (e *env) special(v reflect.Value, t reflect.Type) (lua.LValue, bool) {
	if t.PkgPath() == "" && t.Kind() != reflect.Pointer && t.Kind() != reflect.Slice {
		return nil, false // a predeclared type
	}
	switch t {
	case typeDuration:
		return lua.LNumber(time.Duration(v.Int()).Seconds()), true
	case typeTime:
		return lua.LNumber(float64(v.Interface().(time.Time).UnixNano()) / 1e9), true
	}
	switch x := v.Interface().(type) {
	case lua.LValue:
		return x, true
	case error:
		return lua.LString(x.Error()), true
	case encoding.TextMarshaler:
		text, err := x.MarshalText()
		if err != nil {
			panic(err)
		}
		return lua.LString(text), true
	}
	return nil, false
}

func (e *env) list(v reflect.Value, depth int) lua.LValue {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		bytes := make([]byte, v.Len())
		reflect.Copy(reflect.ValueOf(bytes), v)
		return lua.LString(bytes)
	}
	tb := e.L.CreateTable(v.Len(), 0)
	for i := range v.Len() {
		tb.RawSetInt(i+1, e.encode(v.Index(i), depth+1))
	}
	return tb
}

// table converts a map, its keys in sorted order, so that pairs gives the same order every time.
func (e *env) table(v reflect.Value, depth int) lua.LValue {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	tb := e.L.CreateTable(0, len(keys))
	for _, key := range keys {
		tb.RawSetString(key.String(), e.encode(v.MapIndex(key), depth+1))
	}
	return tb
}

func (e *env) structure(v reflect.Value, t reflect.Type, depth int) lua.LValue {
	fields, known := e.structs[t]
	if !known {
		for _, field := range reflect.VisibleFields(t) {
			if !field.Anonymous && field.IsExported() {
				fields = append(fields, structField{fieldName(field), field.Index})
			}
		}
		e.structs[t] = fields
	}
	tb := e.L.CreateTable(0, len(fields))
	for _, field := range fields {
		value, err := v.FieldByIndexErr(field.index)
		if err == nil {
			tb.RawSetString(field.name, e.encode(value, depth+1))
		}
	}
	return tb
}
