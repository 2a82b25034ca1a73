package reference

import (
	"fmt"
	"strings"

	"github.com/moonwire-lab/moonwire/bindings/bind"
)

// Index makes the page that lists the modules.
func Index(modules []*bind.Module) string {
	var out strings.Builder
	out.WriteString("# Modules\n\nMade from the declarations; do not edit.\n\n")
	for _, m := range modules {
		fmt.Fprintf(&out, "- [%s](%s.md): %s\n", m.Name, m.Name, bind.Brief(m.Doc))
	}
	return out.String()
}

// Markdown makes the page of one module.
func Markdown(m *bind.Module) string {
	w := &markdown{}
	w.f("# %s\n\nMade from the declaration; do not edit.\n\n", m.Name)
	w.module(m)
	return strings.TrimRight(w.out.String(), "\n") + "\n"
}

type markdown struct{ out strings.Builder }

func (w *markdown) f(format string, args ...any) { fmt.Fprintf(&w.out, format, args...) }

func (w *markdown) module(m *bind.Module) {
	w.f("%s\n\n", m.Doc)
	w.examples(m.Examples())
	if constants := m.Constants(); len(constants) > 0 {
		w.f("| value | type | |\n|---|---|---|\n")
		for _, c := range constants {
			text := c.Doc
			if c.Value != "" {
				text += " (" + c.Value + ")"
			}
			w.f("| `%s.%s` | %s | %s |\n", m.FullName(), c.Name, code(c.Type), cell(text))
		}
		w.f("\n")
	}
	for _, f := range m.Functions() {
		w.function(f)
	}
	for _, c := range m.Classes() {
		w.class(c)
	}
	for _, r := range m.Records() {
		w.record(r)
	}
	for _, part := range m.Parts() {
		w.f("## %s\n\n", part.FullName())
		w.module(part)
	}
}

func (w *markdown) class(c *bind.ClassInfo) {
	w.f("## Class %s\n\n%s\n\n", c.FullName(), c.Doc())
	if names := c.Names(); names != nil {
		w.f("An object is one of `%s`.\n\n", strings.Join(names, "`, `"))
	}
	w.examples(c.Examples())
	if fields := c.Fields(); len(fields) > 0 {
		w.f("| field | type | |\n|---|---|---|\n")
		for _, field := range fields {
			w.f("| `%s` | %s | %s |\n", field.Name, code(field.Type), cell(field.Doc))
		}
		w.f("\n")
	}
	for _, f := range c.Methods() {
		w.function(f)
	}
}

func (w *markdown) record(r *bind.Record) {
	w.f("## Table %s\n\n| field | type | |\n|---|---|---|\n", r.Name)
	for _, field := range r.Fields {
		w.f("| `%s` | %s | %s |\n", field.Name, code(field.Type), cell(field.Doc))
	}
	w.f("\n")
}

func (w *markdown) function(f *bind.Func) {
	w.f("### %s\n\n%s\n\n", f.Signature(), f.Doc())
	if only := f.Only(); only != nil {
		w.f("Only on `%s`.\n\n", strings.Join(only, "`, `"))
	}
	if params := f.Params(); len(params) > 0 {
		w.f("| parameter | type | |\n|---|---|---|\n")
		for _, p := range params {
			w.param("", p)
		}
		w.f("\n")
	}
	for i, r := range f.Results() {
		label := "Returns"
		if i > 0 {
			label = "and"
		}
		w.f("%s `%s` (%s)", label, r.Name, code(r.Type))
		if r.Doc != "" {
			w.f(": %s", r.Doc)
		}
		w.f("  \n")
	}
	if text := failure(f); text != "" {
		w.f("%s\n", text)
	}
	if len(f.Results()) > 0 || failure(f) != "" {
		w.f("\n")
	}
	w.examples(f.Examples())
}

// failure says how a function fails, as far as it was declared.
func failure(f *bind.Func) string {
	codes := strings.Join(f.Codes(), "`, `")
	switch {
	case f.FailsRaising():
		return "or raises an error"
	case codes == "":
		return ""
	case f.IsPUC():
		return "or nil and a message: `" + codes + "`"
	}
	return "or nil, a message and a code: `" + codes + "`"
}

func (w *markdown) param(prefix string, p bind.Param) {
	name := prefix + p.Name
	if p.Rest {
		name += "…"
	}
	w.f("| `%s` | %s | %s |\n", name, code(p.Kind()), cell(strings.TrimSpace(p.Doc+" "+p.Notes())))
	if p.Options != nil {
		for _, field := range p.Options.Fields {
			w.param(name+".", field)
		}
	}
}

func (w *markdown) examples(list []string) {
	for _, script := range list {
		w.f("```lua\n%s\n```\n\n", bind.Dedent(script))
	}
}

// cell makes text safe inside a table.
func cell(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", `\|`)
}

func code(typ string) string { return "`" + cell(typ) + "`" }
