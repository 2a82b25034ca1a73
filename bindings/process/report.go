package process

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/engine/sim"
)

// Report renders the failure of a task for people: the message with file and line, the source line, and the Lua
// traceback of the task on its host.
func (p *Process) Report(t *sim.Task, err error) string {
	text, run := p.explain(err)
	if run != nil {
		text += fmt.Sprintf("\nstack traceback of %s on %s:%s", t.Name(), p.placeOf(t).Host.Name, frames(run))
	}
	return text
}

// Explain renders an error as Report does, for a shell: a traceback only if more than one function was at work.
func (p *Process) Explain(err error) string {
	text, run := p.explain(err)
	if run != nil && len(run.Traceback) > 2 {
		text += "\nstack traceback:" + frames(run)
	}
	return text
}

// explain renders message and source line, and finds the error that has a traceback, if there is one.
func (p *Process) explain(err error) (string, *lua51.RuntimeError) {
	var b strings.Builder
	b.WriteString(err.Error())
	var syntax *lua51.SyntaxError
	var run *lua51.RuntimeError
	switch {
	case errors.As(err, &syntax):
		p.quote(&b, syntax.Chunk, syntax.Line)
	case errors.As(err, &run):
		for _, f := range run.Traceback {
			if f.Line > 0 {
				p.quote(&b, f.Chunk, f.Line)
				break
			}
		}
	}
	return b.String(), run
}

func frames(run *lua51.RuntimeError) string {
	var b strings.Builder
	for _, f := range run.Traceback {
		b.WriteString("\n    " + f.String())
	}
	return b.String()
}

// placeOf returns where a task of the process runs.
func (p *Process) placeOf(t *sim.Task) *Place {
	if lt, ok := t.Runtime.(*luaTask); ok {
		return lt.at
	}
	return p.home
}

// quote appends a source line with its number.
func (p *Process) quote(b *strings.Builder, chunk string, line int) {
	source, ok := p.sources[chunk]
	if !ok {
		return
	}
	lines := strings.Split(source, "\n")
	if line < 1 || line > len(lines) {
		return
	}
	text := strings.ReplaceAll(strings.TrimRight(lines[line-1], "\r"), "\t", "  ")
	if !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		return // no bytes that a terminal would obey
	}
	if r := []rune(text); len(r) > 120 {
		text = string(r[:120]) + "…"
	}
	fmt.Fprintf(b, "\n    %d | %s", line, text)
}
