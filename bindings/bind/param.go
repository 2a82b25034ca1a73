package bind

import (
	"reflect"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// Param describes one parameter of a function or one field of an options table.
type Param struct {
	Name     string
	Type     string // as LuaLS spells it: "string", "number|string", "net.Host", "net.link.options"
	Doc      string
	Want     string // as messages say it: "a whole number from 1 to 65535"
	Unit     string // of a number that may also be text: `seconds or "10 ms"`
	Min, Max string // bounds as declared
	Optional bool
	Default  string   // as the declaration writes it; "" when there is none
	Rest     bool     // takes all remaining arguments
	Enum     []string // the allowed texts, when only some are
	Options  *Options // the fields, when the parameter is an options table
}

// Options describes a table whose fields are checked one by one.
type Options struct {
	Name   string // "net.link.options"
	Fields []Param
}

// A param is a Param with what is needed to read it from Lua.
type param struct {
	Param
	index    []int // of the field in the argument struct
	kind     *kind
	boxed    bool          // the field is a pointer to what the kind decodes
	absent   reflect.Value // what an optional parameter is set to; invalid: left zero
	takesNil bool          // an explicit nil is a value
}

// params reads the parameter list off an argument struct. where names the function in build errors.
func (b *builder) params(t reflect.Type, where string) []param {
	if t.Kind() != reflect.Struct {
		fail("%s: arguments must be a struct, not %s", where, t)
	}
	var list []param
	for _, field := range reflect.VisibleFields(t) {
		if field.Anonymous || !field.IsExported() {
			if !field.Anonymous {
				fail("%s: field %s is not exported", where, field.Name)
			}
			continue
		}
		list = append(list, b.param(field, where))
	}
	for i := range list {
		if list[i].Rest && i != len(list)-1 {
			fail("%s: the rest parameter '%s' is not the last", where, list[i].Name)
		}
		if i > 0 && list[i-1].Optional && !list[i].Optional && !list[i].Rest && !b.inOptions {
			fail("%s: parameter '%s' is required but follows an optional one", where, list[i].Name)
		}
	}
	return list
}

func (b *builder) param(field reflect.StructField, where string) param {
	p := param{index: field.Index}
	p.Name, p.Doc = fieldName(field), field.Tag.Get("doc")
	where += ": parameter '" + p.Name + "'"
	if p.Doc == "" {
		fail("%s has no doc", where)
	}
	if !isName(p.Name) {
		fail("%s is not a name in Lua; give it a name tag", where)
	}
	p.Rest = field.Tag.Get("rest") != ""
	t := field.Type
	if p.Rest {
		if t.Kind() != reflect.Slice {
			fail("%s: a rest parameter must be a slice, not %s", where, t)
		}
		t = t.Elem()
	}
	p.boxed = b.boxed(t)
	if p.boxed {
		t = t.Elem()
	}
	p.kind = b.kind(t, field.Tag, where)
	p.Type, p.Want, p.Options, p.Enum = p.kind.lua, p.kind.want, p.kind.options, p.kind.enum
	p.Unit, p.Min, p.Max = p.kind.unit, p.kind.min, p.kind.max
	if override := field.Tag.Get("type"); override != "" {
		p.Type = override
	}
	if override := field.Tag.Get("want"); override != "" {
		p.Want = override
	}
	p.takesNil = field.Type == typeValue
	b.absence(&p, field, where)
	return p
}

// boxed reports whether t is a pointer that means "optional" rather than a Lua object or class.
func (b *builder) boxed(t reflect.Type) bool {
	if t.Kind() != reflect.Pointer || b.classes[t] != nil || isLuaPointer(t) {
		return false
	}
	return true
}

// absence works out whether p may be left out and what it is then.
func (b *builder) absence(p *param, field reflect.StructField, where string) {
	text, hasDefault := field.Tag.Lookup("default")
	switch {
	case p.Rest:
		p.Optional = true
	case hasDefault && text == "nil":
		p.Optional = true
		if field.Type == typeValue {
			p.absent = reflect.ValueOf(&lua.LNil).Elem()
		}
	case hasDefault:
		if p.kind.parse == nil {
			fail("%s: a %s cannot have the default %q, only \"nil\"", where, field.Type, text)
		}
		v := reflect.New(field.Type).Elem()
		target := v
		if p.boxed {
			v.Set(reflect.New(field.Type.Elem()))
			target = v.Elem()
		}
		if err := p.kind.parse(text, target); err != nil {
			fail("%s: default: %v", where, err)
		}
		p.Optional, p.Default, p.absent = true, text, v
	case p.boxed:
		p.Optional = true
	case p.Options != nil:
		p.Optional = true
		for _, f := range p.Options.Fields {
			p.Optional = p.Optional && f.Optional
		}
		if p.Optional {
			p.absent = reflect.New(field.Type).Elem()
			p.kind.table.fill(p.absent)
		}
	}
}

// take stores lv, which is present or was left out, in p's field of the argument struct v.
func (p *param) take(c *Call, v reflect.Value, lv lua.LValue, present bool) *fault {
	var field reflect.Value
	if len(p.index) == 1 {
		field = v.Field(p.index[0])
	} else {
		field = v.FieldByIndex(p.index)
	}
	if lv == lua.LNil && !(p.takesNil && present) {
		if !p.Optional {
			return p.missing(present)
		}
		if p.absent.IsValid() {
			field.Set(p.absent)
		}
		return nil
	}
	if p.boxed {
		field.Set(reflect.New(field.Type().Elem()))
		field = field.Elem()
	}
	flt := p.kind.decode(c, field, lv)
	if flt != nil && flt.path == "" && flt.text == "" && p.Want != p.kind.want {
		flt.want = p.Want
	}
	return flt
}

func (p *param) missing(present bool) *fault {
	got := "no value"
	if present {
		got = "nil"
	}
	return &fault{want: p.Want, got: got, expected: p.kind.expected}
}

// takeRest stores the arguments from Lua stack index first on in p's slice.
func (p *param) takeRest(c *Call, v reflect.Value, first, top int) *fault {
	if top < first {
		return nil
	}
	field := v.FieldByIndex(p.index)
	if field.Type() == typeValues {
		rest := make([]lua.LValue, 0, top-first+1)
		for i := first; i <= top; i++ {
			rest = append(rest, c.L.Get(i))
		}
		field.Set(reflect.ValueOf(rest))
		return nil
	}
	rest := reflect.MakeSlice(field.Type(), top-first+1, top-first+1)
	for i := first; i <= top; i++ {
		if flt := p.kind.decode(c, rest.Index(i-first), c.L.Get(i)); flt != nil {
			flt.position = i - first
			return flt
		}
	}
	field.Set(rest)
	return nil
}

func fieldName(field reflect.StructField) string {
	if name := field.Tag.Get("name"); name != "" {
		return name
	}
	return snake(field.Name)
}

// metadata copies the descriptions out of a parameter list.
func metadata(list []param) []Param {
	out := make([]Param, len(list))
	for i := range list {
		out[i] = list[i].Param
		out[i].Enum = slices.Clone(list[i].Enum)
	}
	return out
}

// splitEnum reads an enum tag.
func splitEnum(tag string) []string {
	if tag == "" {
		return nil
	}
	words := strings.Split(tag, ",")
	for i := range words {
		words[i] = strings.TrimSpace(words[i])
	}
	return words
}
