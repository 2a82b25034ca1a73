package reference

import (
	"fmt"
	"strings"

	"github.com/moonwire-lab/moonwire/bindings/bind"
)

// LuaLS makes the annotations of one module for the Lua language server.
func LuaLS(m *bind.Module) string {
	w := &meta{local: m.Name[strings.LastIndexByte(m.Name, '.')+1:], module: m.Name}
	w.f("---@meta %s\n\n-- Made from the declaration; do not edit.\n\n", m.Name)
	w.tables(m)
	w.comment(m.Doc)
	w.f("---@class %s\n", m.Name)
	w.values(m)
	w.f("local %s = {}\n\n", w.local)
	w.members(m)
	w.f("return %s\n", w.local)
	return w.out.String()
}

type meta struct {
	out    strings.Builder
	module string // "socket.http"
	local  string // "http", the variable that stands for it in the file
}

// line writes one comment line; annotations end with it, so text loses its own line breaks.
func (w *meta) line(parts ...string) {
	w.f("---%s\n", strings.Join(strings.Fields(strings.Join(parts, " ")), " "))
}

func (w *meta) f(format string, args ...any) { fmt.Fprintf(&w.out, format, args...) }

// field writes a field of a class; name may end in a question mark.
func (w *meta) field(name, typ, doc string) {
	w.line("@field", name, typ, doc)
}

func (w *meta) comment(text string) {
	if text != "" {
		w.line(text)
	}
}

// values writes the fields of a module's class: constants and parts.
func (w *meta) values(m *bind.Module) {
	for _, c := range m.Constants() {
		w.field(c.Name, c.Type, c.Doc)
	}
	for _, part := range m.Parts() {
		w.field(part.Name, part.FullName(), part.Doc)
	}
}

// members writes functions, parts and classes.
func (w *meta) members(m *bind.Module) {
	owner := w.local + strings.TrimPrefix(m.FullName(), w.module)
	for _, f := range m.Functions() {
		w.function(f, owner+"."+f.Name())
	}
	for _, part := range m.Parts() {
		w.f("---@class %s\n", part.FullName())
		w.values(part)
		w.f("%s.%s = {}\n\n", owner, part.Name)
		w.members(part)
	}
	for _, c := range m.Classes() {
		name := c.Name()
		if name == w.local {
			name += "_class"
		}
		w.comment(c.Doc())
		w.f("---@class %s\n", c.FullName())
		for _, field := range c.Fields() {
			w.field(field.Name, field.Type, field.Doc)
		}
		w.f("local %s = {}\n\n", name)
		for _, f := range c.Methods() {
			w.function(f, name+":"+f.Name())
		}
	}
}

// tables writes the option tables and the structs that functions of the module take and give.
func (w *meta) tables(m *bind.Module) {
	functions := m.Functions()
	for _, c := range m.Classes() {
		functions = append(functions, c.Methods()...)
	}
	for _, f := range functions {
		for _, p := range f.Params() {
			w.options(p.Options)
		}
	}
	for _, r := range m.Records() {
		w.f("---@class %s\n", r.Name)
		for _, field := range r.Fields {
			w.field(field.Name, field.Type, field.Doc)
		}
		w.f("\n")
	}
	for _, part := range m.Parts() {
		w.tables(part)
	}
}

func (w *meta) options(o *bind.Options) {
	if o == nil {
		return
	}
	for _, field := range o.Fields {
		w.options(field.Options)
	}
	w.f("---@class %s\n", o.Name)
	for _, field := range o.Fields {
		w.field(mark(field), field.Type, describe(field))
	}
	w.f("\n")
}

func (w *meta) function(f *bind.Func, name string) {
	w.comment(f.Doc())
	var names []string
	for _, p := range f.Params() {
		if p.Rest {
			names = append(names, "...")
			w.line("@param ...", p.Type, describe(p))
			continue
		}
		names = append(names, p.Name)
		w.line("@param", mark(p), p.Type, describe(p))
	}
	fails := len(f.Codes()) > 0 && !f.FailsRaising()
	results := f.Results()
	for i, r := range results {
		typ := r.Type
		if fails && i == 0 && !strings.HasSuffix(typ, "?") && typ != "any" {
			typ += "?"
			if strings.Contains(r.Type, "|") {
				typ = r.Type + "|nil"
			}
		}
		w.line("@return", typ, r.Name, r.Doc)
	}
	if fails && len(results) == 1 {
		w.f("---@return string? message why not\n")
		if !f.IsPUC() {
			w.f("---@return string? code %s\n", strings.Join(f.Codes(), ", "))
		}
	}
	w.f("function %s(%s) end\n\n", name, strings.Join(names, ", "))
}

// mark puts a question mark after the name of an optional parameter.
func mark(p bind.Param) string {
	if p.Optional {
		return p.Name + "?"
	}
	return p.Name
}

func describe(p bind.Param) string {
	text := p.Doc
	if p.Unit != "" {
		text += ", in " + p.Unit
	}
	p.Optional = false // the question mark says so
	return strings.TrimSpace(text + " " + p.Notes())
}
