package bind

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// columns is the width of help pages.
const columns = 80

// Help writes the page on a topic, at most 80 columns wide. The topic "" lists the modules.
// The error, about a topic that does not exist, names the nearest one.
func Help(w io.Writer, modules []*Module, topic string) error {
	var p page
	if topic == "" {
		for _, m := range modules {
			p.row(2, []string{m.full}, []int{14}, Brief(m.Doc))
		}
		p.line("")
		p.text(0, `help "name" shows a module, help "module.name" what is in it.`)
		return p.writeTo(w)
	}
	t, err := Lookup(modules, topic)
	if err != nil {
		return err
	}
	for _, same := range Topics(modules) { // a class may have the name of a function
		if same.Name == t.Name {
			p.topic(same)
		}
	}
	return p.writeTo(w)
}

func (p *page) topic(t Topic) {
	if p.out.Len() > 0 {
		p.line("")
	}
	switch {
	case t.Module != nil:
		p.module(t.Module)
	case t.Class != nil:
		p.class(t.Class)
	case t.Func != nil:
		p.function(t.Func)
	default:
		p.value(t)
	}
}

// A page is text being laid out.
type page struct{ out strings.Builder }

func (p *page) writeTo(w io.Writer) error {
	_, err := io.WriteString(w, p.out.String())
	return err
}

func (p *page) line(s string) { p.out.WriteString(strings.TrimRight(s, " ") + "\n") }

// text writes paragraphs, which an empty line separates, with an indent.
func (p *page) text(indent int, s string) {
	for i, paragraph := range strings.Split(s, "\n\n") {
		if i > 0 {
			p.line("")
		}
		for _, line := range wrap(paragraph, columns-indent) {
			p.line(strings.Repeat(" ", indent) + line)
		}
	}
}

// row writes cells of at least the given widths and a text wrapped in what remains of the line.
func (p *page) row(indent int, cells []string, widths []int, text string) {
	head := strings.Repeat(" ", indent)
	for i, cell := range cells {
		pad := widths[i] - utf8.RuneCountInString(cell)
		head += cell + strings.Repeat(" ", max(2, pad+2))
	}
	left := indent
	for _, w := range widths {
		left += w + 2
	}
	if left > columns/2 {
		left = indent + 4
	}
	if utf8.RuneCountInString(strings.TrimRight(head, " "))+2 > left {
		p.line(head)
		head = ""
	}
	for _, line := range wrap(text, columns-left) {
		p.line(head + strings.Repeat(" ", max(0, left-utf8.RuneCountInString(head))) + line)
		head = ""
	}
	if text == "" {
		p.line(head)
	}
}

func (p *page) module(m *Module) {
	p.line(m.full)
	p.line("")
	p.text(2, m.Doc)
	p.line("")
	for _, f := range m.funcs {
		p.entry(f.Signature(), f.doc)
	}
	for _, v := range m.Constants() {
		p.entry(m.full+"."+v.Name, v.Doc)
	}
	for _, c := range m.classes {
		p.entry(c.full, c.doc)
	}
	for _, part := range m.parts {
		p.entry(part.full, part.Doc)
	}
	p.examples(m.examples)
}

// entry writes a line of an overview: the first sentence of doc beside or below the head.
func (p *page) entry(head, doc string) {
	p.row(2, []string{head}, []int{28}, strings.TrimSuffix(Brief(doc), "."))
}

// Brief returns the first sentence of a doc.
func Brief(doc string) string {
	doc = strings.Join(strings.Fields(doc), " ")
	if first, _, more := strings.Cut(doc, ". "); more {
		return first + "."
	}
	return doc
}

func (p *page) class(c *ClassInfo) {
	p.line(c.full)
	p.line("")
	p.text(2, c.doc)
	if names := c.Names(); names != nil {
		p.line("")
		p.text(2, "An object is one of "+strings.Join(names, ", ")+".")
	}
	p.line("")
	for _, f := range c.methods {
		_, call, _ := strings.Cut(f.Signature(), ":")
		p.entry(":"+call, f.doc)
	}
	for _, field := range c.Fields() {
		p.entry("."+field.Name, field.Doc)
	}
	p.examples(c.examples)
}

func (p *page) function(f *Func) {
	p.text(0, f.Signature())
	p.line("")
	p.text(2, f.doc)
	if f.only != nil {
		p.text(2, "Only on "+strings.Join(f.only, " and ")+".")
	}
	if len(f.params) > 0 {
		p.line("")
		p.params(2, "", f.Params())
	}
	if len(f.returns) > 0 {
		p.line("")
	}
	for i, r := range f.returns {
		head := "returns"
		if i > 0 {
			head = ""
		}
		text := fmt.Sprintf("%s (%s)", r.Name, r.Type)
		if r.Doc != "" {
			text += ": " + r.Doc
		}
		p.row(2, []string{head}, []int{7}, text)
	}
	p.failure(f)
	p.examples(f.examples)
}

func (p *page) failure(f *Func) {
	if f.errors == nil && !f.raises {
		return
	}
	text := "nil, message, code"
	switch {
	case f.raises:
		text = "raises an error"
	case f.module.puc:
		text = "nil, message"
	}
	if f.errors != nil {
		text += ": " + strings.Join(f.errors, ", ")
	}
	p.row(2, []string{"or"}, []int{7}, text)
}

func (p *page) params(indent int, prefix string, params []Param) {
	widths := []int{0, 0}
	for _, param := range params {
		widths[0] = max(widths[0], utf8.RuneCountInString(prefix+param.Name))
		widths[1] = max(widths[1], utf8.RuneCountInString(param.Kind()))
	}
	widths[0], widths[1] = min(widths[0], 16), min(widths[1], 20)
	for _, param := range params {
		text := strings.TrimSpace(param.Doc + " " + param.Notes())
		p.row(indent, []string{prefix + param.Name, param.Kind()}, widths, text)
		switch {
		case param.Options == nil:
		case subset(param.Options.Fields, params):
			p.text(indent+2, param.Options.span()+" as above")
		default:
			p.params(indent+2, ".", param.Options.Fields)
		}
	}
}

// subset reports whether every field of an options table is explained among the parameters around it already.
func subset(fields, around []Param) bool {
	for _, f := range fields {
		if !slices.ContainsFunc(around, func(p Param) bool { return p.Name == f.Name && p.Doc == f.Doc && p.Type == f.Type }) {
			return false
		}
	}
	return true
}

// span names the fields of an options table from the first to the last.
func (o *Options) span() string {
	first, last := o.Fields[0].Name, o.Fields[len(o.Fields)-1].Name
	if first == last {
		return "." + first
	}
	return "." + first + " to ." + last
}

func (p *page) value(t Topic) {
	p.line(t.Name)
	p.line("")
	p.text(2, t.Value.Doc)
	p.line("")
	text := t.Value.Type
	if t.Value.Value != "" {
		text += ": " + t.Value.Value
	}
	p.text(2, text)
}

func (p *page) examples(list []string) {
	for _, script := range list {
		p.line("")
		for line := range strings.Lines(Dedent(script)) {
			p.line("    " + strings.TrimRight(line, "\n"))
		}
	}
}

// Dedent removes the surrounding blank lines and the common indent of a script written in a Go literal.
func Dedent(script string) string {
	lines := strings.Split(strings.Trim(script, "\n\t "), "\n")
	indent := -1
	for _, line := range lines[1:] {
		if body := strings.TrimLeft(line, "\t "); body != "" {
			if n := len(line) - len(body); indent < 0 || n < indent {
				indent = n
			}
		}
	}
	for i, line := range lines {
		if i > 0 {
			line = line[min(max(indent, 0), len(line)):]
		}
		lines[i] = strings.TrimRight(strings.ReplaceAll(line, "\t", "  "), " ")
	}
	return strings.Join(lines, "\n")
}

// wrap breaks text at spaces into lines of at most width characters; longer words stay whole.
func wrap(text string, width int) []string {
	var lines []string
	line, used := "", 0
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		if line != "" && used+1+n > width {
			lines = append(lines, line)
			line, used = "", 0
		}
		if line != "" {
			line += " "
			used++
		}
		line += word
		used += n
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
