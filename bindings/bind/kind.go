package bind

import (
	"encoding"
	"fmt"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// A decoder stores a Lua value in v, or says why it does not fit.
type decoder func(c *Call, v reflect.Value, lv lua.LValue) *fault

// A kind is how values of one Go type come out of Lua.
type kind struct {
	lua      string // the LuaLS type
	want     string // "a string"
	expected string // PUC Lua's word: "string"
	decode   decoder
	parse    func(text string, v reflect.Value) error // of a default; nil: no default can be written
	fits     func(float64) bool                       // of a whole number: it is one, and within bounds
	unit     string                                   // "seconds or "10 ms"" for the documentation
	min, max string                                   // bounds of a number, as texts
	enum     []string
	options  *Options
	table    *optionTable
}

var (
	typeValue    = reflect.TypeFor[lua.LValue]()
	typeValues   = reflect.TypeFor[[]lua.LValue]()
	typeTable    = reflect.TypeFor[*lua.LTable]()
	typeFunction = reflect.TypeFor[*lua.LFunction]()
	typeUserData = reflect.TypeFor[*lua.LUserData]()
	typeThread   = reflect.TypeFor[*lua.LState]()
	typeDuration = reflect.TypeFor[time.Duration]()
	typeSize     = reflect.TypeFor[Size]()
	typeRate     = reflect.TypeFor[Rate]()
	typeText     = reflect.TypeFor[encoding.TextUnmarshaler]()
)

func isLuaPointer(t reflect.Type) bool {
	return t == typeTable || t == typeFunction || t == typeUserData || t == typeThread
}

// kind returns how t is read. The tag may narrow it (min, max, enum).
func (b *builder) kind(t reflect.Type, tag reflect.StructTag, where string) *kind {
	switch t {
	case typeValue:
		return &kind{lua: "any", want: "a value", expected: "value", decode: decodeValue}
	case typeTable:
		return luaKind[*lua.LTable]("table")
	case typeFunction:
		return luaKind[*lua.LFunction]("function")
	case typeUserData:
		return luaKind[*lua.LUserData]("userdata")
	case typeThread:
		return luaKind[*lua.LState]("thread")
	case typeDuration:
		return b.scaled(durations(), 1e9, tag, where)
	case typeRate:
		return b.scaled(rates(), 1, tag, where)
	case typeSize:
		return b.scaled(sizes(), 1, tag, where)
	}
	if class := b.classes[t]; class != nil {
		return classKind(class)
	}
	if reflect.PointerTo(t).Implements(typeText) {
		return textKind(t)
	}
	switch t.Kind() {
	case reflect.String:
		return b.stringKind(splitEnum(tag.Get("enum")))
	case reflect.Bool:
		return boolKind()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return b.intKind(t, tag, where)
	case reflect.Float32, reflect.Float64:
		return b.floatKind(tag, where)
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return b.bytesKind()
		}
		return b.sliceKind(t, tag, where)
	case reflect.Map:
		if t.Key().Kind() == reflect.String {
			return b.mapKind(t, tag, where)
		}
	case reflect.Struct:
		return b.structKind(t, where)
	case reflect.Pointer:
		if t.Elem().Kind() == reflect.Struct {
			fail("%s: no class is declared for %s; declare it, or add bind.Uses of the module that does", where, t)
		}
	}
	fail("%s: parameters of type %s are not supported", where, t)
	return nil
}

func decodeValue(_ *Call, v reflect.Value, lv lua.LValue) *fault {
	v.Set(reflect.ValueOf(lv))
	return nil
}

func luaKind[T lua.LValue](name string) *kind {
	k := &kind{lua: name, want: article(name), expected: name}
	k.decode = func(c *Call, v reflect.Value, lv lua.LValue) *fault {
		if _, ok := lv.(T); !ok {
			return k.refuse(c, lv)
		}
		v.Set(reflect.ValueOf(lv))
		return nil
	}
	return k
}

func classKind(class *ClassInfo) *kind {
	k := &kind{lua: class.full, want: article(class.full), expected: class.group}
	k.decode = func(c *Call, v reflect.Value, lv lua.LValue) *fault {
		if ud, ok := lv.(*lua.LUserData); ok {
			if value := reflect.ValueOf(ud.Value); value.IsValid() && value.Type() == class.typ {
				v.Set(value)
				return nil
			}
		}
		return k.refuse(c, lv)
	}
	return k
}

func (b *builder) stringKind(enum []string) *kind {
	k := &kind{lua: "string", want: "a string", expected: "string", enum: enum}
	if enum != nil {
		quoted := make([]string, len(enum))
		for i, word := range enum {
			quoted[i] = strconv.Quote(word)
		}
		k.lua, k.want = strings.Join(quoted, "|"), "one of "+strings.Join(quoted, ", ")
		if len(enum) == 1 {
			k.want = quoted[0]
		}
	}
	puc := b.module.puc
	k.decode = func(c *Call, v reflect.Value, lv lua.LValue) *fault {
		s, ok := lv.(lua.LString)
		if !ok {
			n, isNumber := lv.(lua.LNumber)
			if !puc || !isNumber {
				return k.refuse(c, lv)
			}
			s = lua.LString(formatNumber(float64(n)))
		}
		c.chargeText(s)
		if enum != nil && !contains(enum, string(s)) {
			return &fault{want: k.want, got: quote(string(s)), puc: fmt.Sprintf("invalid option '%s'", string(s))}
		}
		v.SetString(string(s))
		return nil
	}
	k.parse = func(text string, v reflect.Value) error {
		if enum != nil && !contains(enum, text) {
			return fmt.Errorf("want %s, got %q", k.want, text)
		}
		v.SetString(text)
		return nil
	}
	return k
}

func contains(words []string, word string) bool {
	for _, w := range words {
		if w == word {
			return true
		}
	}
	return false
}

func (b *builder) bytesKind() *kind {
	k := b.stringKind(nil)
	text := k.decode
	k.decode = func(c *Call, v reflect.Value, lv lua.LValue) *fault {
		var s string
		if flt := text(c, reflect.ValueOf(&s).Elem(), lv); flt != nil {
			return flt
		}
		v.SetBytes([]byte(s))
		return nil
	}
	k.parse = func(text string, v reflect.Value) error { v.SetBytes([]byte(text)); return nil }
	return k
}

func boolKind() *kind {
	k := &kind{lua: "boolean", want: "a boolean", expected: "boolean"}
	k.decode = func(c *Call, v reflect.Value, lv lua.LValue) *fault {
		flag, ok := lv.(lua.LBool)
		if !ok {
			return k.refuse(c, lv)
		}
		v.SetBool(bool(flag))
		return nil
	}
	k.parse = func(text string, v reflect.Value) error {
		flag, err := strconv.ParseBool(text)
		v.SetBool(flag)
		return err
	}
	return k
}

// textKind reads types that parse themselves from text, such as netip.Addr.
func textKind(t reflect.Type) *kind {
	want := "the text of " + article(t.Name())
	switch t {
	case reflect.TypeFor[netip.Addr]():
		want = `an IP address such as "10.0.0.1"`
	case reflect.TypeFor[netip.Prefix]():
		want = `an IP prefix such as "10.0.0.0/8"`
	case reflect.TypeFor[netip.AddrPort]():
		want = `an address and port such as "10.0.0.1:53"`
	}
	k := &kind{lua: "string", want: want, expected: "string"}
	k.parse = func(text string, v reflect.Value) error {
		return v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text))
	}
	k.decode = func(c *Call, v reflect.Value, lv lua.LValue) *fault {
		s, ok := lv.(lua.LString)
		if !ok {
			return k.refuse(c, lv)
		}
		c.chargeText(s)
		if err := k.parse(string(s), v); err != nil {
			return &fault{want: want, got: quote(string(s))}
		}
		return nil
	}
	return k
}

// refuse is the fault for a value of the wrong type.
func (k *kind) refuse(c *Call, lv lua.LValue) *fault {
	return &fault{want: k.want, got: c.describe(lv), expected: k.expected}
}
